"""A record says whether it blocked an event loop, in which task, and where in the application."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from tests.conftest import run


def played(case: str, core: str) -> Any:
    return run("capture/programs/loops.py", case, core).result


def test_blocking_work_on_a_running_loop_is_marked_and_nothing_else(core: str) -> None:
    assert played("marked", core) == [
        ["before", False, None],
        ["on a loop", True, "the task"],
        ["does not block", False, None],
        ["in a thread", False, None],
        ["in the executor", False, None],
        ["between", False, None],
        ["after", False, None],
    ]


def test_the_task_s_name_is_bounded_and_read_without_code_of_the_application(core: str) -> None:
    long, surrogate, empty, counted, answering, callback = played("tasks", core)
    assert long == "\u20ac" * 42 + "\u2026"
    assert (surrogate, empty, answering, callback) == (r"\xed\xa0\x80", "", None, None)
    assert counted.startswith("Task-")


def test_a_socket_that_does_not_wait_blocks_nothing(core: str) -> None:
    assert played("sockets", core) == [
        *(
            [f"{kind} {timeout}", timeout != 0.0]
            for kind in ("socket", "lying", "bare")
            for timeout in (None, 0.0, 1.5)
        ),
        ["datagram", False],
    ]


def test_asyncio_s_own_doing_is_not_the_application_s(core: str) -> None:
    assert played("innocence", core) == {
        "application": [True, "/app/a.py"],
        "through the library": [True, "/app/a.py"],
        "through a package": [True, "/app/a.py"],
        "asyncio itself": [False, None],
        "asyncio itself, below a package": [False, None],
        "within asyncio's wait": [True, "/app/a.py"],
        "a package, started by the application": [True, None],
        "a callback in C": [True, None],
        "nobody": [True, None],
        "far away": [True, "/app/a.py"],
        "too far away": [True, None],
    }


def test_a_location_is_what_a_traceback_would_say(core: str) -> None:
    found = played("places", core)
    assert found["first"] == ["loops.py", 0]
    comprehension = "method" if sys.version_info >= (3, 12) else "<listcomp>"
    assert found["functions"] == {
        "function": "here",
        "lambda": "<lambda>",
        "comprehension": comprehension,
        "generator": "generated",
        "through C": "method",
        "finalizer": "__del__",
        "thread": "here",
        "exec": "<module>",
        "deep": "deep",
    }
    assert found["qualified"] == ("Place.__del__" if sys.version_info >= (3, 11) else "__del__")
    assert found["made"] == ["made.py", 3]


def test_equal_events_of_different_code_do_not_merge(core: str) -> None:
    assert played("merging", core) == [
        ["one.py", None, False, 3],
        ["two.py", None, False, 3],
        ["loops.py", "a", True, 2],
        ["loops.py", "b", True, 2],
        [None, None, False, 1],
    ]


def test_locations_are_looked_for_by_chance(core: str) -> None:
    records, located, on_loop = played("chances", core)
    assert (records, on_loop) == (3000, 100)
    assert 200 < located < 400  # six standard deviations


def test_a_ring_for_marked_records_takes_no_others(core: str) -> None:
    assert played("ring_of_marked", core) == [
        ["marked", "in a span"],
        ["in a span, off the loop", "in a span"],
        [4, 3, 0, 0, 0, 1, 0],
        [1, 0, 1, 0, 0, 0, 0],
        2,
    ]


def test_without_a_destination_nothing_is_looked_at(core: str) -> None:
    assert played("no_destination", core) == [1, 0, 0, 0, 0, 1, 0]


def test_a_forked_child_sees_the_loop_as_asyncio_does(core: str) -> None:
    assert played("forked", core) is True


def test_what_is_not_asyncio_s_own_code_is_not_asked(core: str) -> None:
    assert played("refused", core) == [False, False, False, True, [True, False]]


def test_reading_frames_is_no_event(core: str) -> None:
    assert played("unseen", core) == [{"app.here": 1, "sys._getframe": 1}, 0, 0]


def test_an_event_that_nothing_of_python_raised_has_no_place(core: str) -> None:
    assert played("frameless", core) == [[[0, None], [1, None], [2, None]], 0]


def test_a_frame_s_names_are_read_without_code_of_the_application(core: str) -> None:
    assert played("speaking", core) == [[], [["/app/a.py", "step", 1], ["/app/b.py", "named", 5]]]


@pytest.mark.skipif(sys.platform == "win32", reason="no interval timers")
def test_what_a_signal_handler_does_while_frames_are_read_is_seen(core: str) -> None:
    assert played("interrupted", core) == [300, 300, 300]


@pytest.mark.parametrize(("name", "located"), [("c", True), ("python", False)])
def test_a_hook_that_refuses_to_have_frames_read_does_not_stop_the_application(name: str, located: bool) -> None:
    assert played("vetoed", name) == [[1, located], [2, located], [3, located], [4, True]]


def test_a_record_may_be_full_to_the_brim(core: str) -> None:
    assert played("fullest", core) == [64, 64, ["n\u2026", 16, [1025, 257, 2], 129, True]]
