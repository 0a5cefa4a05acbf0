"""Columns fit, rows are in order, nothing says nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_audit.top.model import VIEWS, Model
from otel_audit.top.presentation import (
    COLUMNS,
    ORDERS,
    RECORD_COLUMNS,
    Column,
    Order,
    clock,
    details,
    facts,
    lines,
    nothing,
    record_cells,
    share,
    widths,
)
from otel_audit.top.record import read
from otel_audit.top.text import ago, duration, rate
from tests.top.streams import NOON, SHOP, line

ALL_COLUMNS = (*COLUMNS.values(), RECORD_COLUMNS)


def shop() -> Model:
    found = Model()
    found.take(SHOP, NOON)
    return found


@given(st.sampled_from(ALL_COLUMNS), st.integers(1, 300))
def test_columns_fit_every_terminal(columns: tuple[Column, ...], room: int) -> None:
    found = widths(columns, room)
    shown = [width for width in found if width]
    assert sum(shown) + 2 * (len(shown) - 1) <= room
    assert all(column.keep == 0 for column, width in zip(columns, found) if width and len(shown) == 1)


@pytest.mark.parametrize("columns", ALL_COLUMNS)
def test_a_terminal_of_100_columns_shows_all_of_them(columns: tuple[Column, ...]) -> None:
    assert all(widths(columns, 100))
    assert widths(columns, 80)[0] >= 8


def test_cells_are_as_many_as_columns() -> None:
    found = shop()
    for view in VIEWS:
        assert {len(row.cells) for row in lines(found, view, "events", NOON)} == {len(COLUMNS[view])}
    assert len(record_cells(found.last[0][1])) == len(RECORD_COLUMNS)


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ("events", ["open", "socket.connect", "sqlite3.connect", "subprocess.Popen"]),
        ("rate", ["open", "socket.connect", "sqlite3.connect", "subprocess.Popen"]),
        ("last", ["subprocess.Popen", "socket.connect", "open", "sqlite3.connect"]),
        ("name", ["open", "socket.connect", "sqlite3.connect", "subprocess.Popen"]),
    ],
)
def test_rows_are_sorted(order: Order, names: list[str]) -> None:
    assert [row.key for row in lines(shop(), "events", order, NOON)] == names
    backwards = [row.key for row in lines(shop(), "events", order, NOON, reverse=True)]
    assert backwards == names[::-1]


def test_every_order_has_a_column_to_click() -> None:
    for columns in COLUMNS.values():
        assert {column.order for column in columns} - {None} == set(ORDERS)


def test_a_group_leaves_the_other_events_out() -> None:
    assert [row.key for row in lines(shop(), "events", "events", NOON, group="process")] == ["subprocess.Popen"]


def test_what_is_no_longer_told_apart_is_one_last_row() -> None:
    found = Model(max_rows=1)
    found.take(SHOP, NOON)
    rows = lines(found, "events", "events", NOON)
    assert [(row.key, row.cells[0], row.cells[2]) for row in rows] == [
        ("subprocess.Popen", "subprocess.Popen", "1"),
        ("", "other", "6"),
    ]


def test_the_header_tells_what_a_person_must_know() -> None:
    found = shop()
    found.take([line(level="error", python__audit__sampler="0.1")], NOON)
    assert [fact.text for fact in facts(found, NOON)] == [
        "2.7 events/s",
        "8 events in 6 records",
        "1 error",
        "1 warning",
        "1 record under a sampler",
    ]


def test_a_view_without_records_says_what_is_awaited_or_what_came() -> None:
    found = Model()
    assert nothing(found, "Waiting.") == "Waiting."
    found.reject(b"02:06:31 open SQLite database")
    assert "no record" in nothing(found, "Waiting.")
    assert nothing(found, "Waiting.").endswith("02:06:31 open SQLite database")


def test_details_are_every_key_and_item() -> None:
    read_again = read(SHOP[4])
    assert read_again is not None
    found = details(read_again[0])
    assert ("process.executable.path", "/usr/bin/git") in found
    assert [value for key, value in found[-3:]] == ["git", "fetch", "--all"]
    assert [key for key, _ in found[-3:]] == ["process.command_args", "", ""]


def test_numbers_are_short() -> None:
    assert [rate(each) for each in (0, 0.04, 12.34, 99.96, 1234.5)] == ["", "0.0", "12.3", "100.0", "1,234"]
    assert [ago(each) for each in (-1, 0.4, 1, 59, 60, 3_600, 90_000, 1e12)] == [
        *("now", "now", "1s", "59s", "1m", "1h", "1d", "999d")
    ]
    assert [duration(each) for each in (-1, 7, 750, 10_801)] == ["0:00", "0:07", "12:30", "3:00:01"]
    assert [share(1, 2), share(0, 0), share(1, 1000)] == [" 50% ██████", "  0% ", "  0% "]
    assert clock(0) == "-"
