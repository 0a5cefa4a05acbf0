"""The time of a stream goes on from its last record, and no record can push it into the future."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from otel_audit.top.clock import AHEAD_S, Clock


def test_before_the_first_record_there_is_no_time() -> None:
    assert Clock().time(1_000) == 0


def test_a_file_of_yesterday_is_shown_as_of_yesterday() -> None:
    clock = Clock()
    assert [clock.place(time, 90_000) for time in (1_000, 1_007, 1_003)] == [1_000, 1_007, 1_003]
    assert clock.time(90_002) == 1_009
    assert (clock.began, clock.newest) == (1_000, 1_007)


def test_a_live_record_behind_old_ones_brings_the_present() -> None:
    clock = Clock()
    clock.place(1_000, 90_000)
    assert clock.place(90_000.5, 90_001) == 90_000.5
    assert clock.time(90_002) == 90_001.5


def test_a_time_in_the_future_or_none_is_taken_for_now() -> None:
    clock = Clock()
    clock.place(1_000, 1_000)
    assert clock.place(253_402_300_799, 1_004) == 1_004
    assert clock.place(0, 1_005) == 1_005


def test_a_clock_that_is_stopped_stays() -> None:
    clock = Clock()
    clock.place(1_000, 1_000)
    clock.stop(1_010)
    assert clock.time(2_000) == 1_010


@given(st.lists(st.tuples(st.floats(0, 1e12), st.floats(0, 10)), min_size=1))
def test_it_never_runs_back_nor_far_ahead(records: list[tuple[float, float]]) -> None:
    clock, now, before = Clock(), 1_000_000.0, 0.0
    for time, passed in records:
        now += passed
        assert clock.place(time, now) <= now + AHEAD_S
        assert before <= clock.time(now) <= now + AHEAD_S
        before = clock.time(now)
