"""Counts records by trace, for the summary at exit. Keeps no record, and a bounded number of traces."""

from __future__ import annotations

import os
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from otel_audit import semconv
from otel_audit.destination import Account
from otel_audit.model import Described
from otel_audit.processors import NOTICES

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

MAX_TRACES = 1_000
"""Traces told apart; some 1 kB each."""
MAX_NAMES = 64
"""Event names told apart in a trace."""
_MAX_ROOTS = 10_000
"""Names of root spans waiting for the records of their trace: one flush interval at 10,000 per second."""
MAX_BLOCKED = 200
"""Places told apart that blocked the event loop."""
OTHER = "other"


class Blocked(NamedTuple):
    """Something that was done on a thread whose event loop had to wait for it.

    Args:
        event: what was done.
        file: where the code that did it was written; "" where no code of the application did.
        line: its line there; 0 where there is no file.
        function: its name.
        route: of the request it was done for; "" outside requests.
    """

    event: str
    file: str = ""
    line: int = 0
    function: str = ""
    route: str = ""


@dataclass
class TraceCount:
    """What happened in one trace.

    Args:
        name: of its root span in this process; empty when no such span was seen.
        events: number of events by name, merged ones included.
    """

    name: str = ""
    events: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, number: int) -> None:
        """Count events of a record."""
        self.events[name if name in self.events or len(self.events) < MAX_NAMES else OTHER] += number

    @property
    def total(self) -> int:
        return sum(self.events.values())


class Summary:
    """A sink that only counts."""

    name = "summary"

    def __init__(self) -> None:
        self.account = Account(self.name)
        self.process = os.getpid()
        """The process it speaks for: a forked child prints none."""
        self._begin()

    def _begin(self) -> None:
        self.traces: dict[int, TraceCount] = {}
        self.others = TraceCount("other traces")
        self.outside = TraceCount("outside traces")
        self.blocked: Counter[Blocked] = Counter()
        self._roots: deque[tuple[int, int, str]] = deque(maxlen=_MAX_ROOTS)
        self._root_names: dict[int, tuple[int, str]] = {}

    def span(self, span: ReadableSpan) -> None:
        """Take the name of a root span. Called by the application's threads: an append, no lock."""
        context, parent = span.get_span_context(), span.parent
        if context is not None and (parent is None or parent.is_remote):
            self._roots.append((context.trace_id, context.span_id, span.name))

    def refresh(self) -> None:
        """Learn the names of root spans that began or ended since the last turn."""
        while self._roots:
            trace_id, span_id, name = self._roots.popleft()
            root = self._root_names.setdefault(trace_id, (span_id, name))
            if root[0] != span_id:
                continue  # a second root span: a program that calls itself. The first names the trace
            self._root_names[trace_id] = (span_id, name)
            if trace_id in self.traces:
                self.traces[trace_id].name = name
        while len(self._root_names) > _MAX_ROOTS:
            del self._root_names[next(iter(self._root_names))]

    def reason(self) -> str | None:
        """Nothing can stand in the way of counting."""
        return None

    def room(self) -> int:
        """As many as come."""
        return 1 << 16

    def emit(self, described: Described) -> None:
        """Count one record."""
        fields: dict[str, Any] = described.fields
        if fields["event"] in NOTICES:
            return
        self._trace(described.record.trace_id).add(fields["python.audit.event"], described.record.count)
        if described.record.on_event_loop:
            self._block(described)
        self.account.add("delivered")

    def _block(self, described: Described) -> None:
        record, fields = described
        event, route = str(fields[semconv.AUDIT_EVENT]), str(fields.get(semconv.HTTP_ROUTE, ""))
        place = Blocked(event, route=route)
        if record.location is not None:
            file, function = (str(fields.get(key, "")) for key in (semconv.CODE_FILE_PATH, semconv.CODE_FUNCTION_NAME))
            place = Blocked(event, file, record.location.line, function, route)
        known = place in self.blocked or len(self.blocked) < MAX_BLOCKED
        self.blocked[place if known else Blocked(OTHER)] += record.count

    def _trace(self, trace_id: int) -> TraceCount:
        if not trace_id:
            return self.outside
        found = self.traces.get(trace_id)
        if found is None:
            if len(self.traces) >= MAX_TRACES:
                return self.others
            found = self.traces[trace_id] = TraceCount(self._root_names.get(trace_id, (0, ""))[1])
        return found

    def flush(self) -> None:
        """Nothing is buffered."""

    def after_fork_child(self) -> None:
        """The parent tells of what it saw."""
        self.account.clear()
        self._begin()
