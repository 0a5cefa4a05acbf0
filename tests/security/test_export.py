"""The exporters' TLS and headers are OpenTelemetry's: nothing of ours weakens them or shows what they hold."""

from __future__ import annotations

import re
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType

import pytest
import trustme

from tests.e2e.conftest import SCRIPTS, environment, instrumented
from tests.security.claims import proves

SECRET = "Bearer hunter2-hunter2-hunter2"
PROGRAM = """
import sys, otel_audit
from opentelemetry import trace
with trace.get_tracer("x").start_as_current_span("request"):
    sys.audit("app.e", 1)
otel_audit.flush(10)
print(otel_audit.health().as_dict())
"""


class TlsReceiver:
    """Takes OTLP over HTTPS; knows paths and headers."""

    def __init__(self, authority: trustme.CA, status: int = 200) -> None:
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                receiver.paths.append(self.path)
                receiver.headers.append({name.lower(): value for name, value in self.headers.items()})
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *arguments: object) -> None:
                """Nobody asked."""

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                """A client that does not trust us ends the handshake."""

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
        self._server = Server(("127.0.0.1", 0), Handler)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def endpoint(self) -> str:
        return f"https://localhost:{self._server.server_address[1]}"

    def __enter__(self) -> TlsReceiver:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(30)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def certificate(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def variables(endpoint: str, **more: str) -> dict[str, str]:
    """Of a program that exports there, and writes a log of its own."""
    # requests prefers REQUESTS_CA_BUNDLE to what the exporter was told.
    unset = dict.fromkeys(("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"), "")
    return environment(
        **unset,
        OTEL_EXPORTER_OTLP_ENDPOINT=endpoint,
        OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf",
        OTEL_EXPORTER_OTLP_HEADERS=f"authorization={SECRET.replace(' ', '%20')},x-tenant=blue",
        OTEL_EXPORTER_OTLP_TIMEOUT="3",
        OTEL_PYTHON_AUDIT_LOG_STREAM="stderr",
        OTEL_PYTHON_AUDIT_INCLUDE="all",
        NO_PROXY="localhost",
        **more,
    )


def exported(endpoint: str, **more: str) -> str:
    """Run the program; everything it and the bridge said."""
    done = subprocess.run(
        instrumented("-c", PROGRAM),
        env=variables(endpoint, **more),
        capture_output=True,
        text=True,
        timeout=180,
        check=True,
    )
    assert "app.e" in done.stderr
    return done.stdout + done.stderr


@proves(21, 22)
def test_records_arrive_over_tls_with_headers_that_nobody_says(authority: trustme.CA, certificate: Path) -> None:
    with TlsReceiver(authority) as receiver:
        said = exported(receiver.endpoint, OTEL_EXPORTER_OTLP_CERTIFICATE=str(certificate))
    assert {"/v1/traces", "/v1/logs", "/v1/metrics"} <= set(receiver.paths)
    for headers in receiver.headers:
        assert headers["authorization"] == SECRET
        assert headers["x-tenant"] == "blue"
    assert "hunter2" not in said


@proves(21)
def test_a_certificate_that_nobody_vouches_for_gets_nothing(authority: trustme.CA) -> None:
    with TlsReceiver(authority) as receiver:
        said = exported(receiver.endpoint)
    assert receiver.paths == []
    assert "hunter2" not in said
    assert re.search(r"'logs': \{[^}]*'kept': \d+", said)
    assert "'delivered'" not in said.partition("'logs': {")[2].partition("}")[0]


@proves(22)
def test_failures_do_not_show_the_headers(authority: trustme.CA, certificate: Path) -> None:
    with TlsReceiver(authority, status=401) as receiver:
        said = exported(receiver.endpoint, OTEL_EXPORTER_OTLP_CERTIFICATE=str(certificate))
    assert receiver.paths
    assert "hunter2" not in said


@proves(22)
def test_doctor_does_not_show_them() -> None:
    for words in (["doctor"], ["doctor", "--json"]):
        done = subprocess.run(
            [SCRIPTS / "otel-audit", *words],
            env=variables("https://user:hunter2@localhost:9"),
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert "localhost" in done.stdout
        assert "hunter2" not in done.stdout + done.stderr
