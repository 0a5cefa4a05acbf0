"""os.fork by hand, from a thread, nested, as a daemon; os.exec*."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.receiver import Receiver
from tests_compat.processes import books

PROGRAM = str(books.PROGRAMS / "forks.py")
MODES = {
    "thread": ("os.fork", "in a thread, others raise events", "each child calls otel_audit.flush() and os._exit"),
    "nested": ("os.fork", "children of children", ""),
}


@pytest.mark.parametrize("how", list(MODES))
def test_forked_by_hand(receiver: Receiver, core: str, tmp_path: Path, how: str) -> None:
    variables = books.environment(receiver, tmp_path, core)
    books.call(books.instrumented(PROGRAM, how), variables, tmp_path)
    subject, mode, note = MODES[how]
    books.check(receiver, tmp_path, subject, mode, core, note)


def test_a_daemon_that_closed_every_descriptor(receiver: Receiver, core: str, tmp_path: Path) -> None:
    variables = books.environment(receiver, tmp_path, core)
    books.call(books.instrumented(PROGRAM, "daemon"), variables, tmp_path)
    _wait_for_end(tmp_path / "book.txt.pid")
    note = "http/protobuf; otel_audit.flush() before the first fork"
    books.check(receiver, tmp_path, "daemon", "double fork, every descriptor closed", core, note)


def test_a_daemon_that_closed_the_descriptors_of_grpc_ends_all_the_same(receiver: Receiver, tmp_path: Path) -> None:
    """gRPC cannot work without them: what the daemon raises is lost, what was flushed before is not, nothing hangs."""
    variables = {**books.environment(receiver, tmp_path, "c"), **receiver.env("grpc")}
    books.call(books.instrumented(PROGRAM, "daemon"), variables, tmp_path)
    _wait_for_end(tmp_path / "book.txt.pid")
    kinds = [str(log.attributes["python.audit.args"]).split()[0] for log in receiver.logs]
    assert kinds == ["parent"] * 200


def _wait_for_end(pid_file: Path) -> None:
    end = time.monotonic() + books.TIMEOUT_S
    while time.monotonic() < end:
        if pid_file.exists() and (text := pid_file.read_text()):
            try:
                os.kill(int(text), 0)
            except ProcessLookupError:
                return
        time.sleep(0.05)
    raise AssertionError("the daemon did not end")


@pytest.mark.parametrize("way", ["instrument", "run"])
def test_exec_delivers_before_it(receiver: Receiver, core: str, tmp_path: Path, way: str) -> None:
    variables = books.environment(receiver, tmp_path, core, OTEL_PYTHON_AUDIT_CHILDREN="true")
    start = books.instrumented if way == "instrument" else books.run_by_us
    books.call(start(PROGRAM, "execute"), variables, tmp_path)
    name = {"instrument": "opentelemetry-instrument", "run": "otel-audit run --children"}[way]
    kinds = books.check(receiver, tmp_path, "os.exec*", name, core, "OTEL_PYTHON_AUDIT_CHILDREN=true")
    assert kinds == {"parent": 200, "after": 400}
