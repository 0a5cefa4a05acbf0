"""Spans of the run: told by the application's threads, learnt by the drain thread."""

from __future__ import annotations

from collections import deque
from itertools import count
from typing import TYPE_CHECKING, NamedTuple
from weakref import ReferenceType, ref

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan

UNKNOWN = "unknown request"
"""A trace without a root span in this process, or one forgotten since."""

MAX_SPANS = 5_000
"""Half of them the first, half the last, as for records; some 400 bytes each."""
_MAX_WAITING = 20_000
"""Starts and ends not yet learnt: one flush interval at 10,000 spans per second."""
_MAX_ROOTS = 10_000
"""Traces whose name is remembered for records to come."""


class SpanSeen(NamedTuple):
    """What the page shows of a span. Times are nanoseconds since the Unix epoch; `end_ns` is None while it lives."""

    trace_id: int
    span_id: int
    parent_id: int
    local_root: bool
    """Its parent, if any, is in another process or sent a request to this one."""
    name: str
    start_ns: int
    end_ns: int | None
    live: ReferenceType[ReadableSpan] | None = None
    """A root that has not ended: frameworks name it by its route only later."""

    def now(self) -> str:
        """Its name by now."""
        span = None if self.live is None else self.live()
        return self.name if span is None else span.name


class Spans:
    """The first and the last spans, and names of traces."""

    def __init__(self) -> None:
        self._new: deque[SpanSeen] = deque(maxlen=_MAX_WAITING)
        self._started = count()
        self._first: dict[tuple[int, int], SpanSeen] = {}
        self._last: dict[tuple[int, int], SpanSeen] = {}
        self._roots: dict[int, SpanSeen] = {}

    def observe(self, span: ReadableSpan) -> None:
        """Take a span that begins or has ended. Called by the application's threads: an append, no lock."""
        context, parent = span.get_span_context(), span.parent
        if context is None:
            return
        parent_id = 0 if parent is None else parent.span_id
        root = parent is None or bool(parent.is_remote)
        start, end, live = span.start_time or 0, span.end_time, None
        if end is None:
            next(self._started)
            live = ref(span) if root else None
        self._new.append(SpanSeen(context.trace_id, context.span_id, parent_id, root, span.name, start, end, live))

    def learn(self) -> None:
        """Sort in what was observed."""
        while self._new:
            self._keep(self._new.popleft())

    def request(self, trace_id: int) -> str:
        """Name of the root span of a trace, as it is called by now; "" outside of any."""
        if trace_id and trace_id not in self._roots:
            self.learn()  # full rings are emptied between two flush intervals too
        return self.name(trace_id)

    def name(self, trace_id: int) -> str:
        """The same of what was learnt already."""
        root = self._roots.get(trace_id)
        if root is None:
            return UNKNOWN if trace_id else ""
        return root.now()

    def _keep(self, span: SpanSeen) -> None:
        if span.local_root:
            self._name(span)
        place = (span.trace_id, span.span_id)
        if place in self._first or (span.end_ns is None and len(self._first) < MAX_SPANS // 2):
            self._first[place] = span
        elif place in self._last or span.end_ns is None:
            self._last[place] = span
            if len(self._last) > MAX_SPANS // 2:
                del self._last[next(iter(self._last))]

    def _name(self, span: SpanSeen) -> None:
        root = self._roots.setdefault(span.trace_id, span)
        if root.span_id == span.span_id:  # not a second one, of a program that calls itself: the first names the trace
            self._roots[span.trace_id] = span
        if len(self._roots) > _MAX_ROOTS:
            del self._roots[next(iter(self._roots))]

    def kept(self) -> list[SpanSeen]:
        """In order of their start."""
        return sorted([*self._first.values(), *self._last.values()], key=lambda span: span.start_ns)

    def left_out(self) -> int:
        """Spans that began and are not kept. Ends the counting: to be asked once."""
        return max(0, next(self._started) - len(self._first) - len(self._last))
