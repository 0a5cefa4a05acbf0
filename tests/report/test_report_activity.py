"""Events over time stay exact while the intervals grow."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from otel_audit.report.activity import INTERVALS, MAX_GROUPS, Activity

SECOND = 1_000_000_000


def test_each_interval_has_its_events() -> None:
    activity = Activity(5 * SECOND)
    for milliseconds in (0, 9, 10, 35):
        activity.add("process", 5 * SECOND + milliseconds * 1_000_000, 2)
    assert activity.width_ns == 10_000_000
    assert activity.series() == {"process": [4, 2, 0, 2]}


def test_a_longer_run_has_wider_intervals() -> None:
    activity = Activity(0)
    activity.add("dns", 0, 1)
    activity.add("dns", 11_000_000, 1)
    activity.add("dns", 3600 * SECOND, 5)
    (counts,) = activity.series().values()
    assert INTERVALS // 2 <= len(counts) <= INTERVALS
    assert counts[0] == 2
    assert counts[-1] == 5
    assert activity.width_ns * (len(counts) - 1) <= 3600 * SECOND < activity.width_ns * len(counts)


def test_a_clock_that_was_set_back_counts_at_the_start() -> None:
    activity = Activity(100)
    activity.add("dns", 40, 3)
    assert activity.series() == {"dns": [3]}


@given(st.lists(st.tuples(st.integers(0, 10**15), st.integers(1, 9))))
def test_no_event_is_lost(events: list[tuple[int, int]]) -> None:
    activity = Activity(0)
    for time_ns, number in events:
        activity.add("dns", time_ns, number)
    assert sum(sum(counts) for counts in activity.series().values()) == sum(number for _, number in events)
    assert all(len(counts) <= INTERVALS for counts in activity.series().values())


def test_groups_are_bounded() -> None:
    activity = Activity(0)
    for number in range(MAX_GROUPS + 10):
        activity.add(f"group {number}", 0, 1)
    series = activity.series()
    assert len(series) == MAX_GROUPS + 1
    assert series["other"] == [10]
