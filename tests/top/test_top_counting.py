"""Counts are exact and bounded."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from otel_audit.top.counting import MAX_NAMES, Row, Seconds, Table, mean


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 9))), st.integers(0, 80), st.integers(1, 10))
def test_a_window_tells_each_second_it_still_knows(added: list[tuple[int, int]], until: int, number: int) -> None:
    seconds, told, newest = Seconds(10), Counter[int](), 0
    for second, count in added:
        newest = max(newest, second)
        if second > newest - 10:
            told[second] += count
        seconds.add(second, count)
    expected = [told[at] if newest - 10 < at <= newest else 0 for at in range(until - number + 1, until + 1)]
    assert seconds.last(until, number) == expected


def test_a_leap_of_years_costs_no_more_than_the_window() -> None:
    seconds = Seconds(10)
    seconds.add(5, 1)
    seconds.add(10**15, 2)
    assert seconds.last(10**15, 10) == [0] * 9 + [2]


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(1, 100))), st.integers(1, 4))
def test_no_event_is_lost_when_rows_are_folded(added: list[tuple[str, int]], limit: int) -> None:
    table = Table(limit)
    for at, (key, number) in enumerate(added):
        table.row(key).add(at, number, "info")
    assert len(table.rows) <= limit
    assert sum(row.events for row in table.rows.values()) + table.other.events == sum(n for _, n in added)


def test_the_row_longest_unheard_of_makes_room() -> None:
    table = Table(2)
    for at, key in enumerate("abac"):
        table.row(key).add(at, 1, "info")
    assert list(table.rows) == ["a", "c"]
    assert (table.other.events, table.folded) == (1, 1)


def test_names_of_a_row_are_bounded_and_their_sum_is_exact() -> None:
    row = Row("x")
    for at in range(100):
        row.add(at, 2, "info", f"event {at}")
    assert len(row.names) == MAX_NAMES + 1
    assert sum(row.names.values()) == row.events == 200


def test_a_row_keeps_its_most_severe_level() -> None:
    row = Row("x")
    for level in ("debug", "warn", "info"):
        row.add(0, 1, level)
    assert row.level == "warn"


def test_a_rate_is_a_mean_of_the_seconds_there_were() -> None:
    recent = Seconds()
    for second in range(100, 104):
        recent.add(second, 5)
    assert mean(recent, 103.5, 4) == 5
    assert mean(recent, 103.5, 3600) == 2
    assert mean(recent, 113.5, 3600) == 0


def test_a_copy_stands_still() -> None:
    table = Table(4)
    table.row("a").add(7, 1, "info", "e")
    copy = table.copy()
    table.row("a").add(7, 1, "warn", "e")
    table.row("b").add(7, 1, "info")
    assert list(copy.rows) == ["a"]
    row = copy.rows["a"]
    assert (row.events, row.level, row.names, row.recent.last(7, 1)) == (1, "info", {"e": 1}, [1])
