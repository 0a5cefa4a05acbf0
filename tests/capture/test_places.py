"""The trace, span, thread and interpreter of each record are those of its moment."""

from __future__ import annotations

from typing import Any

import pytest

from otel_audit.capture._pystate import THREAD_NAME_MAX
from tests.conftest import run


def played(case: str, core: str) -> Any:
    return run("capture/programs/places.py", case, core).result


def test_a_record_carries_the_span_that_was_current(core: str) -> None:
    assert played("current", core) is True


def test_a_span_nobody_told_of_gives_its_ids_and_takes_no_events(core: str) -> None:
    assert played("remote", core) == [[[11, 12, 1], [0, 0, 0]], 0, 0]


def test_all_eight_trace_flags_are_kept(core: str) -> None:
    assert played("flags", core) is True


def test_a_span_that_cannot_be_read_without_its_code_gives_no_trace_and_is_counted(core: str) -> None:
    assert played("odd_spans", core) == [9, 0, 9, True]


def test_without_a_context_mapping_there_is_no_trace(core: str) -> None:
    assert played("no_context", core) == [["unbound", 0], ["bound", 1], ["empty context", 0], ["no mapping", 0]]


def test_suppression_is_read_by_value(core: str) -> None:
    assert played("suppression", core) == [["False", "0", "None"], 6, 3]


def test_tasks_and_to_thread_carry_their_span_and_executors_do_not(core: str) -> None:
    assert played("tasks", core) == [True, 41, [0]]


def test_a_plain_thread_has_no_span_unless_the_context_is_carried(core: str) -> None:
    name = "wörker-" + "ü" * ((THREAD_NAME_MAX - 8) // 2)  # whole characters, bounded
    assert played("plain_threads", core) == [[0, name], [1, name]]


def test_a_renamed_thread_shows_its_new_name_in_the_next_window(core: str) -> None:
    assert played("renamed", core) == ["first", "second"]


def test_a_thread_inherits_nothing_from_one_of_the_same_identity(core: str) -> None:
    reused, found, suppressed, seen = played("reused_identity", core)
    assert reused
    assert found == [["t1", 1], ["t2", 1], ["t3", 1]]
    assert (suppressed, seen) == (1, 3)


def test_a_reused_address_never_carries_a_dead_spans_ids(core: str) -> None:
    assert played("short_spans", core) == [0, True, 10_000, 0]


def test_ten_thousand_live_spans_are_told_apart(core: str) -> None:
    assert played("many_spans", core) == [0, True, 0, True]


def test_a_spans_buffer_is_capped_and_closed(core: str) -> None:
    taken, over, again, late, stat_over, stat_late = played("capped", core)
    assert (taken, over, again) == ([0, 1, 2], 2, [[], 0])
    assert late == ["late", 1, 1]
    assert (stat_over, stat_late) == (2, 1)


def test_without_span_events_records_still_carry_the_span(core: str) -> None:
    assert played("no_span_events", core) == [[[3, 4, 1]], [[], 0], 0]


def test_every_record_of_a_span_says_who_did_it(core: str) -> None:
    who = {"http.route": "/a/{id}", "user.id": "jäne"}
    taken, ring = played("who_did_it", core)
    assert taken == [[0, who], [1025, who]]
    assert ring == [who, who, who, {}, {}]


def test_who_did_it_is_bounded(core: str) -> None:
    assert played("who_bounds", core) == [[[], [0], [510], [], []], 2]


def test_who_did_it_is_not_compared_when_events_merge(core: str) -> None:
    assert played("who_merging", core) == [2, 1]


def test_who_did_it_goes_with_its_span(core: str) -> None:
    assert played("who_kept", core) == [True, 0]


def test_all_span_buffers_together_are_bounded(core: str) -> None:
    assert played("memory_cap", core) == [True, True, 0, 0]


def test_other_interpreters_are_seen_without_trace_by_the_c_core() -> None:
    found = played("interpreters", "c")
    assert found == [["inside", False, 1], ["inside", True, 0], ["PurePosixPath", True, 0], ["after", False, 1]] or (
        [each[1:] for each in found] == [[False, 1], [True, 0], [True, 0], [False, 1]]
    )


def test_other_interpreters_are_not_seen_by_the_python_core() -> None:
    assert played("interpreters", "python") == [["inside", False, 1], ["after", False, 1]]


@pytest.mark.parametrize(("name", "seen"), [("c", 2800), ("python", 2000)])
def test_interpreters_in_several_threads_lose_no_event(name: str, seen: int) -> None:
    assert played("interpreters_in_threads", name) == [seen, seen, True]
