"""Nothing listens, and nothing of ours connects anywhere."""

from __future__ import annotations

import json
import socket
import subprocess
import sys

import pytest

from tests.conftest import Run
from tests.e2e.conftest import environment, instrumented
from tests.receiver import Receiver
from tests.security.claims import proves
from tests.security.programs.sockets import sockets

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

EVERYTHING = """
import sys, otel_audit
from tests.security.programs.sockets import show
status = otel_audit.install(include="all", log_stream="stderr", core=sys.argv[1])
assert status.state == "armed", status
sys.audit("app.e", 1)
assert otel_audit.flush(30)
show()
"""
EXPORTING = """
import sys, otel_audit
from opentelemetry import trace
from tests.security.programs.sockets import show
with trace.get_tracer("x").start_as_current_span("request"):
    sys.audit("app.e", 1)
assert otel_audit.flush(30)
show()
"""


@linux
@proves(9)
def test_the_look_finds_what_listens() -> None:
    before = sockets()
    with socket.socket() as one, socket.socket(socket.AF_UNIX) as two, socket.socket(type=socket.SOCK_DGRAM) as three:
        one.bind(("127.0.0.1", 0))
        one.listen()
        two.bind("\0otel-audit-test-ports")
        two.listen()
        three.bind(("127.0.0.1", 0))
        now = sockets()
    assert now["listening"] == before["listening"] + 2
    assert now["datagram"] == before["datagram"] + 1


@linux
@proves(9)
def test_a_bridge_has_no_socket_at_all(run_python: Run, core: str) -> None:
    assert run_python(EVERYTHING, core).result == {"listening": 0, "datagram": 0, "all": 0}


@linux
@proves(9)
def test_with_exporters_nothing_listens_either() -> None:
    with Receiver() as receiver:
        done = subprocess.run(
            instrumented("-c", EXPORTING),
            env=environment(**receiver.env("http/protobuf"), PYTHONPATH="."),
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        assert receiver.logs
    found = json.loads(done.stdout.splitlines()[-1])
    assert (found["listening"], found["datagram"]) == (0, 0)
