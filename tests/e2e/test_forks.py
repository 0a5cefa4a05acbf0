"""Parent and forked children at the collector: series of their own, connections of their own, on every SDK."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.e2e.conftest import PROGRAMS, environment, instrumented
from tests.receiver import Receiver

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
PROGRAM = str(PROGRAMS / "forks.py")
VARIABLES = {
    "OTEL_PYTHON_AUDIT_INCLUDE": "app.*",
    "OTEL_PYTHON_AUDIT_SAMPLING": "app.*=all",
    "OTEL_EXPERIMENTAL_RESOURCE_DETECTORS": "",  # as most people have it: nothing names the process
    "OTEL_METRIC_EXPORT_INTERVAL": "600000",  # what is sent is sent by a flush
    "OTEL_BLRP_SCHEDULE_DELAY": "600000",
    "OTEL_BSP_SCHEDULE_DELAY": "600000",
}


def test_each_process_has_its_own_series(receiver: Receiver, core: str) -> None:
    variables = environment(**{**receiver.env("http/protobuf"), **VARIABLES, "OTEL_PYTHON_AUDIT_CORE": core})
    subprocess.run(instrumented(PROGRAM), env=variables, stdin=subprocess.DEVNULL, check=True, timeout=60)
    for metric, event in (("python.audit.events", "app.e"), ("python.audit.bridge.events", None)):
        series: dict[object, float] = {}
        for point in receiver.metrics:
            outcome = point.attributes.get("python.audit.bridge.outcome", "kept")
            if point.metric == metric and point.attributes.get("python.audit.event") == event and outcome == "kept":
                series[frozenset(point.resource.items()), frozenset(point.attributes.items())] = point.value
        assert sorted(series.values()) == [3, 10, 20], metric


class Recorder(BaseHTTPRequestHandler):
    """Notes from which port each request came."""

    protocol_version = "HTTP/1.1"
    ports: set[int]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.ports.add(self.client_address[1])
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Silence."""


@pytest.fixture
def recorder() -> Iterator[tuple[str, set[int]]]:
    ports: set[int] = set()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Recorder,), {"ports": ports}))
    server.daemon_threads, server.block_on_close = True, False
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", ports
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_child_does_not_write_into_its_parents_connections(recorder: tuple[str, set[int]], core: str) -> None:
    endpoint, ports = recorder
    exporters = {f"OTEL_{signal}_EXPORTER": "otlp" for signal in ("TRACES", "METRICS", "LOGS")}
    variables = environment(
        **VARIABLES,
        **exporters,
        OTEL_EXPORTER_OTLP_PROTOCOL="http/protobuf",
        OTEL_EXPORTER_OTLP_ENDPOINT=endpoint,
        OTEL_PYTHON_AUDIT_CORE=core,
        NO_PROXY="127.0.0.1",
    )
    used: list[set[int]] = []
    pipe = subprocess.PIPE
    with subprocess.Popen(instrumented(PROGRAM), env=variables, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for line in process.stdout:
            assert line.endswith("delivered\n")
            used.append(set(ports))
            ports.clear()
            process.stdin.write("go on\n")
            process.stdin.flush()
    assert process.returncode == 0
    assert len(used) == 3
    assert all(used)
    assert len(set.union(*used)) == sum(map(len, used))


SLOW_NETRC = """
import os, time
open(os.environ["BEGUN"], "w").close()
time.sleep(0.2)

class NetrcParseError(Exception):
    pass

class netrc:
    def __init__(self, file=None):
        raise NetrcParseError
"""


def test_a_fork_waits_for_what_an_exporter_imports(receiver: Receiver, core: str, tmp_path: Path) -> None:
    (tmp_path / "netrc.py").write_text(SLOW_NETRC)
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / ".netrc").touch()
    variables = environment(
        **receiver.env("http/protobuf"),
        OTEL_PYTHON_AUDIT_INCLUDE="child.*",
        OTEL_PYTHON_AUDIT_CORE=core,
        BEGUN=str(tmp_path / "begun"),
        PYTHONPATH=str(tmp_path),
        HOME=str(tmp_path / "home"),
    )
    done = subprocess.run(
        instrumented(str(PROGRAMS / "fork_while_importing.py")),
        env=variables,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr, done.stdout) == (0, "", "0\n")
    assert (tmp_path / "begun").exists(), "no exporter imports netrc any more: the test needs another module"
    assert [log.attributes["python.audit.args"] for log in receiver.logs] == ["child"]
