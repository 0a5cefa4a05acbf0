"""What the tables show: columns, order, cells. Text only; neither a terminal nor a library is known here."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, get_args

from otel_audit.top.counting import Row
from otel_audit.top.model import OUTSIDE, Model, View
from otel_audit.top.record import Record
from otel_audit.top.text import ago, number, rate, short

Order = Literal["events", "rate", "last", "name"]
ORDERS: tuple[Order, ...] = get_args(Order)
FIRST_ORDER: dict[View, Order] = {
    "events": "events",
    "traces": "last",  # those that are going on
    "peers": "events",
    "processes": "events",
    "files": "events",
}


class Column(NamedTuple):
    """One column.

    Args:
        title: heading.
        width: least number of cells.
        keep: the smaller, the longer it stays when a terminal is narrow; 0 stays always.
        share: part of the room that is left, in proportion to the others'.
        right: whether it is aligned to the right.
        order: by which it is sorted, if it can be.
        most: cells beyond which it takes no part of that room; 0 for no bound.
        path: whether its end says more than its beginning, where it must be cut.
    """

    title: str
    width: int
    keep: int = 0
    share: int = 0
    right: bool = False
    order: Order | None = None
    most: int = 0
    path: bool = False


_BAR = 12
"""Cells of a bar that stands for all events."""
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_NUMBERS = (
    Column("EVENTS", 7, 0, right=True, order="events"),
    Column("RATE/S", 7, 1, right=True, order="rate"),
    Column("LAST", 5, 2, right=True, order="last"),
)
COLUMNS: dict[View, tuple[Column, ...]] = {
    "events": (
        Column("EVENT", 20, 0, 3, order="name", most=44),
        Column("GROUP", 13, 3),
        *_NUMBERS,
        Column("SHARE", 5 + _BAR, 5),
        Column("SAMPLER", 8, 4),
    ),
    "traces": (
        Column("TRACE", 8, 0, order="name"),
        Column("ROUTE", 14, 2, 2, most=40),
        *_NUMBERS,
        Column("OF THEM", 14, 3, 5),
    ),
    "peers": (Column("PEER", 16, 0, 3, order="name", most=60), *_NUMBERS, Column("OF THEM", 16, 3, 3)),
    "processes": (
        Column("PROGRAM", 14, 0, 3, order="name", most=48, path=True),
        *_NUMBERS,
        Column("LAST COMMAND", 16, 3, 5),
    ),
    "files": (Column("FILE", 20, 0, 3, order="name", most=90, path=True), *_NUMBERS, Column("OF THEM", 16, 3, 1)),
}
RECORD_COLUMNS = (
    Column("TIME", 12, 1),
    Column("LEVEL", 5, 3),
    Column("EVENT", 18, 2),
    Column("MESSAGE", 16, 0, 1),
    Column("N", 4, 5, right=True),
    Column("TRACE", 8, 4),
)


def widths(columns: Sequence[Column], room: int, gap: int = 2) -> list[int]:
    """Cells of each column; 0 for one that finds no room.

    Args:
        room: cells of the line.
        gap: cells between two columns.
    """
    kept = sorted(range(len(columns)), key=lambda at: columns[at].keep)
    while len(kept) > 1 and sum(columns[at].width + gap for at in kept) - gap > room:
        kept.pop()
    found = [columns[at].width if at in kept else 0 for at in range(len(columns))]
    left = max(0, room - sum(found) - gap * (len(kept) - 1))
    growing = sorted((at for at in kept if columns[at].share), key=lambda at: columns[at].most or room)
    shares = sum(columns[at].share for at in growing)
    for at in growing:  # the bounded ones first: what they leave goes to the others
        given = left * columns[at].share // shares
        given = min(given, max(0, columns[at].most - found[at])) if columns[at].most else given
        left, shares = left - given, shares - columns[at].share
        found[at] += given
    if len(kept) == 1:
        found[kept[0]] = min(found[kept[0]], max(1, room))
    return found


class Line(NamedTuple):
    """One line of a table.

    Args:
        key: of its row; empty for that of all others.
        cells: one text per column.
        level: the most severe seen.
    """

    key: str
    cells: tuple[str, ...]
    level: str


def lines(model: Model, view: View, order: Order, now: float, *, reverse: bool = False, group: str = "") -> list[Line]:
    """A table, sorted; what could no longer be told apart comes last.

    Args:
        model: counted so far.
        view: which table.
        order: events, rate and last descend, names ascend.
        now: seconds since 1970.
        reverse: the other way round.
        group: only its events; tables other than that of events do not know groups.
    """
    table, at = model.tables[view], model.clock.time(now)
    since = at - model.clock.began
    rows: Iterable[Row] = table.rows.values()
    if group and view == "events":
        rows = [row for row in rows if row.note == group]
    counted = [(row, row.rate(at, since)) for row in rows]
    ordered = sorted(counted, key=_KEYS[order], reverse=reverse)
    found = [_line(view, row, per_second, at, model.events) for row, per_second in ordered]
    if table.other.events and not group:
        other = _line(view, table.other, table.other.rate(at, since), at, model.events)
        found.append(other._replace(key="", cells=("other", *other.cells[1:])))
    return found


_KEYS = {
    "events": lambda counted: (-counted[0].events, counted[0].key),
    "rate": lambda counted: (-counted[1], -counted[0].events, counted[0].key),
    "last": lambda counted: (-counted[0].last, counted[0].key),
    "name": lambda counted: counted[0].key,
}


def _line(view: View, row: Row, per_second: float, at: float, events: int) -> Line:
    numbers = f"{row.events:,}", rate(per_second), ago(at - row.last)
    cells: tuple[str, ...]
    if view == "events":
        cells = row.key, row.note, *numbers, share(row.events, events), row.sampler
    elif view == "traces":
        outside = row.key == OUTSIDE
        cells = "-" if outside else row.key[:8], OUTSIDE if outside else row.note, *numbers, of_them(row)
    else:
        cells = row.key, *numbers, row.note or of_them(row)
    return Line(row.key, cells, row.level)


def share(part: int, whole: int) -> str:
    """In per cent and as a bar."""
    full, rest = divmod(round(part * _BAR * 8 / max(1, whole)), 8)
    percent = f"{part * 100 / max(1, whole):.0f}%"
    return f"{percent:>4} {'█' * full}{_EIGHTHS[rest].strip()}"


def of_them(row: Row) -> str:
    """Its events by name, the most frequent first."""
    return ", ".join(f"{name} {count:,}" for name, count in row.names.most_common())


def record_cells(record: Record) -> tuple[str, ...]:
    """One line of the records."""
    count = f"x{record.events:,}" if record.events > 1 else ""
    name = "rate limit" if record.notice and not record.name.startswith("bridge.") else record.name
    return clock(record.time_ns), record.level, name, record.message, count, record.trace_id[:8]


def clock(time_ns: int) -> str:
    """Local time to the millisecond."""
    if not time_ns:
        return "-"
    local = datetime.fromtimestamp(time_ns / 1e9)
    return f"{local:%H:%M:%S}.{local.microsecond // 1000:03d}"


def details(record: Record) -> list[tuple[str, str]]:
    """Every key of a record and its value, as text; lists by item."""
    found: list[tuple[str, str]] = []
    for key, value in record.fields.items():
        items = value if isinstance(value, list) and value else [value]
        for at, item in enumerate(items):
            text = item if isinstance(item, str) else json.dumps(item, ensure_ascii=False)
            found.append((short(key, 200) if not at else "", short(text, 4_096)))
    return found


class Fact(NamedTuple):
    """A part of the header.

    Args:
        text: what is so.
        level: its colour.
        short: the same where room is short; empty where it cannot be said in less.
    """

    text: str
    level: str = ""
    short: str = ""


def facts(model: Model, now: float) -> list[Fact]:
    """The second line of the header, the most wanted first."""
    per_second, events = rate(model.rate(now)) or "0", number(model.events, "event")
    found = [
        Fact(f"{per_second} events/s", short=f"{per_second}/s"),
        Fact(f"{events} in {number(model.records, 'record')}", short=events),
    ]
    for level, noun in (("error", "error"), ("warn", "warning")):
        if model.levels[level]:
            found.append(Fact(number(model.levels[level], noun), level))
    if model.limited:
        found.append(Fact(f"{model.limited:,} more over a rate limit", "warn", f"{model.limited:,} limited"))
    if model.rejected.number:
        was = "line was no record" if model.rejected.number == 1 else "lines were no records"
        found.append(
            Fact(f"{model.rejected.number:,} {was}", "warn", f"{number(model.rejected.number, 'line')} rejected")
        )
    if model.sampled:
        found.append(Fact(f"{number(model.sampled, 'record')} under a sampler", short=f"{model.sampled:,} sampled"))
    return found


def nothing(model: Model, waiting: str) -> str:
    """What a view without records says: what is awaited, or what came instead.

    Args:
        waiting: the source's own sentence.
    """
    if not model.rejected.number:
        return waiting
    came = f"What came so far is no record, {number(model.rejected.number, 'line')} of it."
    expected = "Expected: JSON lines of the log stream (--log-format json). The last one:"
    return f"{waiting}\n\n{came} {expected}\n\n{model.rejected.text}"


NONE_YET: dict[View, str] = {
    "events": "No event of this group so far.",
    "traces": "No trace so far.",
    "peers": "No record has named an address or a host so far.",
    "processes": "No record has named a program so far.",
    "files": "No record has named a file so far.",
}
