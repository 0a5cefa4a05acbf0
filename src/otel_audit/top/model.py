"""What is known of a stream: counts, tables, the last records. Pure: lines and the time go in."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, get_args

from otel_audit import semconv
from otel_audit.top import subjects
from otel_audit.top.clock import Clock
from otel_audit.top.counting import Seconds, Table, mean
from otel_audit.top.record import Record, read
from otel_audit.top.text import short

View = Literal["events", "traces", "peers", "processes", "files"]
VIEWS: tuple[View, ...] = get_args(View)
MAX_ROWS = 2_000
"""Rows of one table; some 1 kB each."""
MAX_RECORDS = 5_000
"""Records that can be looked at; 0.5 to 1 kB each, at most 64 kB."""
MAX_BYTES = 16 << 20
"""Bytes of their lines, together."""
HISTORY_S = 600
"""Seconds of the rate that are kept: more than any terminal has columns."""
OUTSIDE = "outside traces"


class Rejected(NamedTuple):
    """A line that is no record, to tell the user what came instead."""

    number: int
    text: str


@dataclass
class Model:
    """Everything that the view shows.

    Args:
        max_rows: rows per table.
        max_records: records that are kept.
        max_bytes: bytes of the lines that are kept.
    """

    max_rows: int = MAX_ROWS
    max_records: int = MAX_RECORDS
    max_bytes: int = MAX_BYTES
    clock: Clock = field(default_factory=Clock)
    records: int = 0
    events: int = 0
    """What the records stand for: their `python.audit.count`, summed."""
    sampled: int = 0
    """Records under a rule that leaves others out."""
    limited: int = 0
    """Events that rate limits took away, as far as the bridge has said so."""
    rejected: Rejected = field(default_factory=lambda: Rejected(0, ""))
    levels: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.tables: dict[View, Table] = {view: Table(self.max_rows) for view in VIEWS}
        self.groups: Counter[str] = Counter()
        self.history = Seconds(HISTORY_S)
        self.last: deque[tuple[int, Record]] = deque()
        self._bytes = self._number = 0
        self._limited: dict[str, tuple[int, int]] = {}

    def take(self, lines: Iterable[bytes], now: float) -> None:
        """Count lines.

        Args:
            lines: without their ends.
            now: seconds since 1970.
        """
        for line in lines:
            self._line(line, now)

    def _line(self, line: bytes, now: float) -> None:
        if not line.strip():
            return
        found = read(line)
        if found is None:
            self.reject(line)
            return
        record, fields = found
        self._keep(record)
        if record.notice:
            self._notice(record, fields)
        else:
            self._count(record, fields, self.clock.place(record.time_ns / 1e9, now))

    def reject(self, line: bytes) -> None:
        """Count a line that is no record."""
        self.rejected = Rejected(self.rejected.number + 1, short(line[:512].decode("utf-8", "replace"), 200))

    def _keep(self, record: Record) -> None:
        self._number += 1
        self.last.append((self._number, record))
        self._bytes += len(record.line)
        while len(self.last) > self.max_records or self._bytes > self.max_bytes:
            self._bytes -= len(self.last.popleft()[1].line)

    def _count(self, record: Record, fields: Mapping[str, Any], at: float) -> None:
        number, level = record.events, record.level
        self.records += 1
        self.events += number
        self.sampled += bool(record.sampler)
        self.levels[level] += number
        self.history.add(int(at), number)
        self.groups[record.group if record.group in self.groups or len(self.groups) < 100 else "other"] += number
        event = self.tables["events"].row(record.name)
        event.note, event.sampler = record.group, record.sampler or event.sampler
        event.add(at, number, level)
        self._trace(record, fields, at)
        self._subjects(record, fields, at)

    def _trace(self, record: Record, fields: Mapping[str, Any], at: float) -> None:
        trace = self.tables["traces"].row(record.trace_id or OUTSIDE)
        route = fields.get(semconv.HTTP_ROUTE)
        if record.trace_id and isinstance(route, str) and not trace.note:
            trace.note = short(route)
        trace.add(at, record.events, record.level, record.name)

    def _subjects(self, record: Record, fields: Mapping[str, Any], at: float) -> None:
        name, command = subjects.program(fields)
        found: tuple[tuple[View, str, str], ...] = (
            ("peers", subjects.peer(fields), ""),
            ("processes", name, command),
            ("files", subjects.file(fields), ""),
        )
        for view, key, note in found:
            if key:
                row = self.tables[view].row(key)
                row.note = note
                row.add(at, record.events, record.level, subjects.use(record.name, fields))

    def _notice(self, record: Record, fields: Mapping[str, Any]) -> None:
        """A limiter says how many it took so far when it starts, and in all when it stops."""
        said = fields.get("python.audit.bridge.limited")
        if said is None:  # somebody paused the bridge
            return
        number = said if isinstance(said, int) and not isinstance(said, bool) and 0 < said < 2**53 else 0
        if record.name not in self._limited and len(self._limited) >= self.max_rows:
            return
        ended, running = self._limited.get(record.name, (0, 0))
        started = fields.get("python.audit.bridge.state") == "started"
        self._limited[record.name] = (ended + running, number) if started else (ended + number, 0)
        self.limited = sum(map(sum, self._limited.values()))

    def rate(self, now: float) -> float:
        """Events per second, over the last ten."""
        at = self.clock.time(now)
        return mean(self.history, at, at - self.clock.began)

    def frozen(self, now: float) -> Model:
        """As it is now, for a view that stands still."""
        found = copy(self)
        found.clock = copy(self.clock)
        found.clock.stop(now)
        found.tables = {view: table.copy() for view, table in self.tables.items()}
        found.groups, found.levels = self.groups.copy(), self.levels.copy()
        found.history, found.last = self.history.copy(), self.last.copy()
        return found
