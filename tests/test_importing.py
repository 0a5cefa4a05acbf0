"""Whose imports a fork waits for, and for how long."""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from otel_audit import importing, threads
from tests.conftest import Run

SLOW, BODY = "slow_to_import", "slow_to_import_body"


class Slow:
    """A module whose import lasts until it is told to end."""

    def __init__(self) -> None:
        self.begun, self.end = threading.Event(), threading.Event()

    @staticmethod
    def does(body: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> None:
        """What its import executes."""
        holder = ModuleType(BODY)
        vars(holder)["run"] = body
        monkeypatch.setitem(sys.modules, BODY, holder)

    def imported_by(self, name: str) -> threading.Thread:
        """A thread of that name that is in the middle of it."""
        thread = threading.Thread(target=importlib.import_module, args=(SLOW,), name=name)
        thread.start()
        assert self.begun.wait(10)
        return thread


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Slow]:
    module = Slow()
    (tmp_path / f"{SLOW}.py").write_text(f"import {BODY}\n{BODY}.run()\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    def body() -> None:
        module.begun.set()
        assert module.end.wait(20)

    module.does(body, monkeypatch)
    yield module
    module.end.set()
    sys.modules.pop(SLOW, None)


@pytest.fixture
def rests(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited each time."""
    found: list[float] = []
    real = threads.rest

    def rest(time_s: float) -> None:
        found.append(time_s)
        real(time_s)

    monkeypatch.setattr(threads, "rest", rest)
    return found


def test_nothing_is_waited_for_where_nobody_imports(rests: list[float]) -> None:
    assert importing.settle(None)
    assert rests == []


@pytest.mark.parametrize("name", ["OtelPeriodicExportingMetricReader", "otel-audit-flush"])
def test_an_exporters_import_is_waited_for(slow: Slow, rests: list[float], name: str) -> None:
    thread = slow.imported_by(name)
    threading.Timer(0.05, slow.end.set).start()
    assert importing.settle(None)
    assert rests
    thread.join(10)
    assert SLOW in sys.modules


def test_the_bridges_own_import_is_waited_for(slow: Slow, rests: list[float]) -> None:
    thread = slow.imported_by("somebody")
    threading.Timer(0.05, slow.end.set).start()
    assert importing.settle(thread.ident)
    assert rests
    thread.join(10)


def test_an_import_of_the_applications_is_not(slow: Slow, rests: list[float]) -> None:
    thread = slow.imported_by("server")
    assert importing.settle(None)
    assert rests == []
    slow.end.set()
    thread.join(10)


def test_an_import_without_end_is_waited_for_in_bounded_time(
    slow: Slow, rests: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "TIMEOUT_S", 0.02)
    thread = slow.imported_by("OtelBatchSpanRecordProcessor")
    assert not importing.settle(None)
    assert rests
    slow.end.set()
    thread.join(10)


def test_who_forks_while_it_imports_does_not_wait_for_itself(
    slow: Slow, rests: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[bool] = []
    slow.does(lambda: answers.append(importing.settle(threads.get_ident())), monkeypatch)
    importlib.import_module(SLOW)
    assert (answers, rests) == ([True], [])


def test_greenlets_are_not_waited_for(slow: Slow, rests: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    thread = slow.imported_by("OtelBatchSpanRecordProcessor")
    monkeypatch.setattr(threads, "is_patched", lambda: True)
    assert importing.settle(None)
    assert rests == []
    slow.end.set()
    thread.join(10)


def test_an_interpreter_without_these_locks(rests: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "_locks", {})
    assert importing.settle(1)
    assert rests == []


KEPT = """
import asyncio, importlib, json, os, signal, sys, threading
import otel_audit

otel_audit.install(core=sys.argv[1], signals="none", include="app.*")
begun, end, came = threading.Event(), threading.Event(), []
sys.modules["slow_body"] = sys
sys.slow = lambda: (begun.set(), end.wait(20))

def importing(then):
    open(os.path.join(sys.argv[2], "slow_to_import.py"), "w").write("import slow_body; slow_body.slow()")
    sys.path.insert(0, sys.argv[2])
    thread = threading.Thread(
        target=importlib.import_module, args=("slow_to_import",), name="OtelBatchSpanRecordProcessor", daemon=True
    )
    thread.start()
    begun.wait(20)
    threading.Timer(0.05, then).start()
    threading.Timer(0.15, end.set).start()

def kill(number):
    return lambda: os.kill(os.getpid(), number)

def fork():
    if os.fork() == 0:
        os._exit(len(came))

def child():
    return os.waitstatus_to_exitcode(os.wait()[1])
"""
RAISES = """
def handle(number, frame):
    came.append(number)
    sys.exit(7)

signal.signal(signal.SIGTERM, handle)
importing(kill(signal.SIGTERM))
try:
    fork()
    threading.Event().wait(20)
except SystemExit as error:
    print(json.dumps([error.code, child(), signal.getsignal(signal.SIGTERM) is handle, came == [signal.SIGTERM]]))
"""
INTERRUPTS = """
importing(kill(signal.SIGINT))
try:
    fork()
    threading.Event().wait(20)
except KeyboardInterrupt:
    print(json.dumps([child(), signal.getsignal(signal.SIGINT) is signal.default_int_handler]))
"""
LOOP = """
async def main():
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, lambda: (came.append(1), told.set()))
    importing(kill(signal.SIGTERM))
    fork()
    await asyncio.wait_for(told.wait(), 20)
    await asyncio.sleep(0.2)
    kill(signal.SIGTERM)()
    await asyncio.sleep(0.2)
    return child()
print(json.dumps([asyncio.run(main()), len(came)]))
"""


def test_a_signal_meanwhile_is_raised_after_the_fork(run_python: Run, core: str, tmp_path: Path) -> None:
    assert run_python(KEPT + RAISES, core, str(tmp_path)).result == [7, 0, True, True]


def test_so_is_an_interrupt(run_python: Run, core: str, tmp_path: Path) -> None:
    assert run_python(KEPT + INTERRUPTS, core, str(tmp_path)).result == [0, True]


def test_an_event_loop_is_told_once(run_python: Run, core: str, tmp_path: Path) -> None:
    assert run_python(KEPT + LOOP, core, str(tmp_path)).result == [0, 2]
