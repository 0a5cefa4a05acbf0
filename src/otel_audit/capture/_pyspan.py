"""What an ended span had, as the event objects that exporters read: the twin of _span_events.h."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from otel_audit.contract import Limits, SpanEventReader

UNLIMITED: Limits = (None, None)


class _Reading:
    """Who names and decodes."""

    def __init__(self) -> None:
        self.bind(None)

    def bind(self, reader: SpanEventReader | None) -> None:
        self._reader = reader
        self.names: dict[int, str] = {}

    @property
    def reader(self) -> SpanEventReader:
        if self._reader is None:
            raise RuntimeError("bind_span_events first")
        return self._reader


READING = _Reading()
"""This process's."""


class SpanEvent:
    """A record of an ended span, as an event of that span. Its bytes are made when somebody looks.

    Args:
        event_id: the core's.
        timestamp: nanoseconds since the Unix epoch.
        pack: makes the record's bytes; nothing merges into it any more, as its span has ended.
        limits: of the span, as the reader takes them.
    """

    __slots__ = ("_attributes", "_pack", "event_id", "limits", "over", "timestamp")

    def __init__(self, event_id: int, timestamp: int, pack: Callable[[], bytes], limits: Limits) -> None:
        self.event_id, self.timestamp = event_id, timestamp
        self.over = 0
        """On the last event of a span: how many came after the cap."""
        self._pack, self.limits = pack, limits
        self._attributes: Mapping[str, Any] | None = None

    @property
    def record(self) -> bytes:
        """Its bytes; see wire.py."""
        return self._pack()

    @property
    def name(self) -> str:
        """What the reader calls its event."""
        reader, names = READING.reader, READING.names
        found = names.get(self.event_id)
        if found is None:
            found = names[self.event_id] = reader.name(self.event_id)
        return found

    @property
    def attributes(self) -> Mapping[str, Any]:
        """What the reader made of its record when somebody first asked."""
        if self._attributes is None:
            found = READING.reader.attributes(self.record, 0, self.over, self.limits)
            if self._attributes is None:  # threads that ask at the same time get the same
                self._attributes = found
        return self._attributes

    @property
    def dropped_attributes(self) -> int:
        """How many the span's limits took away."""
        return getattr(self.attributes, "dropped", 0)

    def __reduce__(self) -> tuple[Any, ...]:
        """A plain event of the SDK takes its place."""
        return READING.reader.reduce(self)


def are_limits(limits: object) -> bool:
    """Exact types only, as the C core has it."""
    return type(limits) is tuple and len(limits) == 2 and all(each is None or type(each) is int for each in limits)
