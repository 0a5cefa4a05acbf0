"""Daemon threads go on raising events while the interpreter ends, under the whole bridge: no crash, hang or word."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.e2e.conftest import ROOT, environment, instrumented
from tests.receiver import Receiver

RUNS = 12
PROGRAM = str(ROOT / "tools" / "exits" / "program.py")


@pytest.mark.skipif(sys.platform == "win32", reason="signals end processes otherwise there")
def test_it_ends_every_time(receiver: Receiver, core: str, tmp_path: Path) -> None:
    variables = environment(
        **receiver.env("http/protobuf"),
        OTEL_PYTHON_AUDIT_INCLUDE="exits.*",
        OTEL_PYTHON_AUDIT_SAMPLING="exits.*=all",
        OTEL_PYTHON_AUDIT_CORE=core,
        OTEL_PYTHON_AUDIT_RING_SIZE="65536",
    )

    def once(number: int) -> tuple[int, str]:
        command = instrumented(PROGRAM, "daemon threads", "0.05", str(tmp_path / str(number)))
        done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=120, check=False)
        return done.returncode, done.stderr

    with ThreadPoolExecutor(2) as pool:
        assert set(pool.map(once, range(RUNS))) == {(0, "")}
    offered = sum(int((tmp_path / str(number)).read_text()) for number in range(RUNS))
    arrived = sum(log.event_name == "python.audit.exits.event" for log in receiver.logs)
    assert 0 < arrived <= offered
