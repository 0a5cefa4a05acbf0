"""The hook in a living process: other hooks, forks, signals, collections."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.conftest import run

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
signals = pytest.mark.skipif(os.name == "nt", reason="no timers here")


def played(case: str, core: str) -> Any:
    return run("capture/programs/process.py", case, core).result


def test_a_core_must_be_configured_before_it_is_armed(core: str) -> None:
    assert played("arm_first", core) == "configure first"


def test_arming_twice_installs_one_hook(core: str) -> None:
    assert played("arm_twice", core) == 1


def test_a_paused_core_sees_nothing_until_it_is_resumed(core: str) -> None:
    assert played("paused", core) == [["on", "on again"], 2]


def test_a_closed_core_only_counts(core: str) -> None:
    found, bodies = played("closed", core)
    assert (found["seen"], found["counted"], bodies) == (1, 1, 0)


def test_a_veto_of_an_earlier_hook_is_noticed(core: str) -> None:
    assert played("vetoed", core) == [False, {}]


def test_a_veto_by_another_error_is_noticed_or_passed_on(core: str) -> None:
    expected = {"c": "no other hook", "python": False}  # sys.addaudithook forgives what PySys_AddAuditHook does not
    assert played("refused_loudly", core) == [expected[core], {}]


def test_an_operation_fails_as_a_later_hook_wants(core: str) -> None:
    assert played("follower", core) == [["not today"] * 3, 3]


def test_a_later_hook_meets_no_error_of_ours(core: str) -> None:
    assert played("follower_of_errors", core)[0] == 2


def test_an_exception_on_its_way_is_left_alone(core: str) -> None:
    assert played("pending", core) == ["KeyError('mine')", 1]


@forks
def test_a_forked_child_starts_clean_and_leaves_its_parent_alone(core: str) -> None:
    found = played("forked", core)
    assert found["child"] == [[[], 0, 0], [["app.child", 1, 2]], [2], 0]
    assert found["parent"] == [3, 3, 3]


@forks
def test_a_child_of_a_busy_parent_has_whole_books(core: str) -> None:
    children, balanced = played("forked_under_load", core)
    assert children == [[8, {"app.child": 8}]] * 5
    assert balanced


@forks
def test_forked_siblings_do_not_sample_alike(core: str) -> None:
    assert played("siblings", core) == 4


@signals
def test_events_of_signal_handlers_are_counted_wherever_they_interrupt(core: str) -> None:
    assert played("signals", core) == [True, True, [0, 0], True]


@signals
def test_what_a_signal_handler_raises_inside_the_hook_reaches_the_application(core: str) -> None:
    assert played("interrupted", core) == [20, 20, True]


def test_events_of_finalizers_inside_the_hook_are_counted(core: str) -> None:
    assert played("finalizers", core) == [True, True, [0, 0], True]


def test_the_c_hook_makes_nothing_that_the_collector_tracks() -> None:
    assert abs(played("untracked", "c")) < 10


def test_near_the_recursion_limit_the_books_still_balance(core: str) -> None:
    outcomes, balanced, without_cause, dropped, after = played("deep", core)
    assert outcomes == ["RecursionError", "worked"]
    assert balanced
    assert without_cause == 0
    assert (dropped > 0) is (core == "python")  # the C hook needs no stack of Python's
    assert after == ["after"]


def test_near_the_recursion_limit_names_in_no_row_are_like_others(core: str) -> None:
    assert played("deep_names", core) == [1, True, True]


def test_wait_ends_by_time_by_wake_and_by_a_quarter_full_ring(core: str) -> None:
    assert played("waiting", core) == [False, True, [True, False], True]


def test_wait_does_not_hold_the_gil(core: str) -> None:
    assert played("waiting_frees_others", core) == [True]


def test_a_full_ring_drops_the_newest_and_counts_it(core: str) -> None:
    assert played("overflow", core) == [2000, True, ["room again"]]


def test_a_full_ring_loses_only_what_no_span_takes(core: str) -> None:
    assert played("full_ring", core) == [
        {"ring_kept": 17, "ring_queue_full": 17, "span_kept": 12, "span_over": 2, "span_late": 5},
        17,
        [["room again", 2]],
        [[0, 1, 2], 3],
        [[0, 1], 0],
    ]


def test_a_full_ring_does_not_lose_what_first_leaves_out(core: str) -> None:
    assert played("full_ring_and_first", core) == [2, 2, 1]


def test_what_merges_needs_no_room(core: str) -> None:
    found, then, kept, taken, over, outcomes = played("full_ring_and_equals", core)
    assert found == [0, 0]
    assert then == [201, 100]  # 100 outside of the span, 100 in it, and one that has nothing to merge with any more
    assert kept == [["a", 1], ["b", 1001], ["c", 1], ["equal", 1001]]
    assert taken == [["a", 1], ["b", 1001], ["c", 1]]
    assert over == 100
    assert outcomes == [4 + 201, 2000]


def test_what_a_full_ring_loses_is_measured_too(core: str) -> None:
    assert played("full_ring_and_time", core) in (19, 20, 21)


def test_a_ring_never_holds_more_than_its_size(core: str) -> None:
    assert played("ring_bound", core) == [True, True]


def test_bytes_are_reckoned_while_threads_come_and_go(core: str) -> None:
    assert played("ring_reckoning", core) == [True, True]


def test_a_drain_takes_whole_records_within_its_limit(core: str) -> None:
    sizes, *one_at_least, nothing = played("bounded_drain", core)
    assert all(size <= 500 for size in sizes)
    assert len(sizes) > 1
    assert one_at_least == [True, True]
    assert nothing == 0


def test_one_kept_event_in_1024_is_timed(core: str) -> None:
    timed, some = played("timed", core)
    assert timed in (9, 10)
    assert some
