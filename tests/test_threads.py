"""Threads of the system, and what is waited for with them."""

from __future__ import annotations

import threading
import time

import pytest

from otel_audit import threads
from tests.conftest import Run


def test_a_flag_lets_everybody_go_at_once() -> None:
    flag = threads.Flag()
    went: list[bool] = []
    waiting = [threading.Thread(target=lambda: went.append(flag.wait(30.0))) for _ in range(3)]
    for thread in waiting:
        thread.start()
    flag.set()
    flag.set()
    for thread in waiting:
        thread.join(30.0)
    assert went == [True, True, True]
    assert flag.wait(0.0)


def test_a_flag_that_nobody_sets_holds_up_a_bounded_time() -> None:
    started = time.monotonic()
    assert not threads.Flag().wait(0.01)
    assert time.monotonic() - started >= 0.01


def test_a_thread_is_alive_until_its_end() -> None:
    go = threads.Flag()
    thread = threads.Thread(lambda: go.wait(30.0))
    assert not thread.is_alive()
    thread.start()
    assert thread.is_alive()
    assert not thread.join(0.0)
    go.set()
    assert thread.join(30.0)
    assert not thread.is_alive()


def test_a_thread_is_not_one_that_the_application_sees() -> None:
    seen: list[threading.Thread] = []
    thread = threads.Thread(lambda: seen.extend(threading.enumerate()))
    thread.start()
    assert thread.join(30.0)
    assert seen == threading.enumerate()


def test_patches_made_before_and_after_are_passed_by(run_python: Run) -> None:
    """A stand-in for gevent: `_thread` with other functions in it. tests_compat has the real ones."""
    program = """
import _thread, sys, time
def green(*args, **kwargs): raise SystemError("a patched function was called")
slept = []
def patch():
    _thread.start_new_thread = green
    time.sleep = lambda seconds: slept.append(seconds)
if sys.argv[1] == "before": patch()
from otel_audit import threads
if sys.argv[1] == "after": patch()
assert threads.is_patched()
go = threads.Flag()
thread = threads.Thread(lambda: go.wait(30.0))
thread.start()
go.set()
assert thread.join(30.0)
assert not threads.Flag().wait(0.01) and slept, "who waits lets other greenlets run"
"""
    for order in ("before", "after"):
        run_python(program, order)


def test_whoever_may_not_be_switched_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop's own greenlet: its sleep raises."""

    def refuse(_: float) -> None:
        raise AssertionError("Impossible to call blocking function in the event loop callback")

    monkeypatch.setattr(threads, "is_patched", lambda: True)
    monkeypatch.setattr(time, "sleep", refuse)
    flag = threads.Flag()
    threading.Timer(0.05, flag.set).start()
    assert flag.wait(30.0)


def test_giving_way_goes_past_patches_and_raises_no_event(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.sleep", None)
    monkeypatch.setattr("sys.audit", None)
    threads.give_way()
    assert threads._never.locked()
