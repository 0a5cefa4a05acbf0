"""The exporters' TLS and headers are OpenTelemetry's: nothing of ours weakens them or shows what they hold."""

from __future__ import annotations

import os
import re
import ssl
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import NamedTuple
from urllib.parse import unquote

import grpc  # type: ignore[import-untyped]  # grpcio ships no types
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
FORKING = """
import os, sys, otel_audit
from opentelemetry import trace

def delivered(name):
    with trace.get_tracer("x").start_as_current_span("request"):
        sys.audit(f"app.e.{name}", 1)
    return otel_audit.flush(20)

before = delivered("before")
child = os.fork()
if child == 0:
    os._exit(not delivered("child"))
_, status = os.waitpid(child, 0)
print("delivered:", before, os.waitstatus_to_exitcode(status), delivered("after"))
"""


class Request(NamedTuple):
    """What came, decrypted.

    Args:
        peer: the client's port, one for each connection.
        path: of HTTP; over gRPC, the method.
        headers: of HTTP; over gRPC, the call's metadata. Names are in small letters.
        body: one protobuf message.
    """

    peer: int
    path: str
    headers: dict[str, str]
    body: bytes


class HttpsReceiver:
    """Takes OTLP over HTTPS, on connections that stay open.

    Args:
        authority: that issued its certificate.
        refusing: answer that nobody may.
    """

    protocol = "http/protobuf"
    paths = frozenset({"/v1/traces", "/v1/logs", "/v1/metrics"})

    def __init__(self, authority: trustme.CA, refusing: bool = False) -> None:
        self.requests: list[Request] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.requests.append(Request(self.client_address[1], self.path, headers, body))
                self.send_response(401 if refusing else 200)
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

    def __enter__(self) -> HttpsReceiver:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(30)


class GrpcsReceiver(grpc.GenericRpcHandler):  # type: ignore[misc]
    """Takes OTLP over gRPC with TLS; as `HttpsReceiver`."""

    protocol = "grpc"
    paths = frozenset(
        f"/opentelemetry.proto.collector.{signal}.v1.{signal.capitalize()}Service/Export"
        for signal in ("trace", "logs", "metrics")
    )

    def __init__(self, authority: trustme.CA, refusing: bool = False) -> None:
        self.requests: list[Request] = []
        self._refusing = refusing
        issued = authority.issue_cert("localhost", "127.0.0.1")
        chain = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
        credentials = grpc.ssl_server_credentials([(issued.private_key_pem.bytes(), chain)])
        self._server = grpc.server(ThreadPoolExecutor(4), handlers=(self,))
        self.endpoint = f"https://localhost:{self._server.add_secure_port('127.0.0.1:0', credentials)}"

    def service(self, call: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        headers = {name: value for name, value in call.invocation_metadata if isinstance(value, str)}

        def export(body: bytes, context: grpc.ServicerContext) -> bytes:
            port = int(unquote(context.peer()).rpartition(":")[2])
            self.requests.append(Request(port, call.method, headers, body))
            if self._refusing:
                context.set_code(grpc.StatusCode.UNAUTHENTICATED)
            return b""

        return grpc.unary_unary_rpc_method_handler(export)

    def __enter__(self) -> GrpcsReceiver:
        self._server.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._server.stop(grace=0).wait(30)


TlsReceiver = type[HttpsReceiver] | type[GrpcsReceiver]
over_both = pytest.mark.parametrize("receive", [HttpsReceiver, GrpcsReceiver], ids=lambda receive: receive.protocol)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def certificate(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


def variables(receiver: HttpsReceiver | GrpcsReceiver | None, **more: str) -> dict[str, str]:
    """Of a program that exports there, and writes a log of its own."""
    # requests prefers REQUESTS_CA_BUNDLE to what the exporter was told.
    unset = dict.fromkeys(("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"), "")
    return environment(
        **unset,
        OTEL_EXPORTER_OTLP_ENDPOINT=receiver.endpoint if receiver else "https://user:hunter2@localhost:9",
        OTEL_EXPORTER_OTLP_PROTOCOL=receiver.protocol if receiver else "http/protobuf",
        OTEL_EXPORTER_OTLP_HEADERS=f"authorization={SECRET.replace(' ', '%20')},x-tenant=blue",
        OTEL_EXPORTER_OTLP_TIMEOUT="3",
        OTEL_PYTHON_AUDIT_LOG_STREAM="stderr",
        OTEL_PYTHON_AUDIT_INCLUDE="all",
        NO_PROXY="localhost",
        **more,
    )


def exported(receiver: HttpsReceiver | GrpcsReceiver, program: str = PROGRAM, **more: str) -> str:
    """Run the program; everything it and the bridge said."""
    done = subprocess.run(
        instrumented("-c", program),
        env=variables(receiver, **more),
        capture_output=True,
        text=True,
        timeout=180,
        check=True,
    )
    assert "app.e" in done.stderr
    return done.stdout + done.stderr


@over_both
@proves(21, 22)
def test_records_arrive_over_tls_with_headers_that_nobody_says(
    receive: TlsReceiver, authority: trustme.CA, certificate: Path
) -> None:
    with receive(authority) as receiver:
        said = exported(receiver, OTEL_EXPORTER_OTLP_CERTIFICATE=str(certificate))
    assert {request.path for request in receiver.requests} == receiver.paths
    for request in receiver.requests:
        assert request.headers["authorization"] == SECRET
        assert request.headers["x-tenant"] == "blue"
    assert any(b"python.audit.app.e" in request.body for request in receiver.requests)
    assert "log records: " not in said  # a note of health's where it is not the bridge that encodes them
    assert "hunter2" not in said


@over_both
@proves(21)
def test_a_certificate_that_nobody_vouches_for_gets_nothing(receive: TlsReceiver, authority: trustme.CA) -> None:
    with receive(authority) as receiver:
        said = exported(receiver)
    assert receiver.requests == []
    assert "hunter2" not in said
    assert re.search(r"'logs': \{[^}]*'kept': \d+", said)
    assert "'delivered'" not in said.partition("'logs': {")[2].partition("}")[0]


@over_both
@proves(22)
def test_failures_do_not_show_the_headers(receive: TlsReceiver, authority: trustme.CA, certificate: Path) -> None:
    with receive(authority, refusing=True) as receiver:
        said = exported(receiver, OTEL_EXPORTER_OTLP_CERTIFICATE=str(certificate))
    assert receiver.requests
    assert "hunter2" not in said


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@proves(21, 22)
def test_a_forked_child_has_connections_of_its_own_over_tls(authority: trustme.CA, certificate: Path) -> None:
    with HttpsReceiver(authority) as receiver:
        said = exported(receiver, FORKING, OTEL_EXPORTER_OTLP_CERTIFICATE=str(certificate))
    assert "delivered: True 0 True" in said
    peers = {
        name: {request.peer for request in receiver.requests if f"python.audit.app.e.{name}".encode() in request.body}
        for name in ("before", "child", "after")
    }
    assert all(peers.values())
    assert peers["child"].isdisjoint(peers["before"] | peers["after"])
    assert {request.headers["authorization"] for request in receiver.requests} == {SECRET}
    assert "hunter2" not in said


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@proves(21)
def test_a_forked_child_trusts_nobody_either(authority: trustme.CA) -> None:
    with HttpsReceiver(authority) as receiver:
        said = exported(receiver, FORKING)
    assert receiver.requests == []
    assert "delivered: False 1 False" in said
    assert "hunter2" not in said


@proves(22)
def test_doctor_does_not_show_them() -> None:
    for words in (["doctor"], ["doctor", "--json"]):
        done = subprocess.run(
            [SCRIPTS / "otel-audit", *words],
            env=variables(None),
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert "localhost" in done.stdout
        assert "hunter2" not in done.stdout + done.stderr
