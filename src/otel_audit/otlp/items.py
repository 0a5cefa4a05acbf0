"""What lies in the SDK's queue for one record: its bytes.

Our own exporting (`otlp.transport`) knows these items. Should anything else get one, because it was put between queue
and exporter while items were waiting, it finds the `ReadableLogRecord` that the SDK would have had there.

They are bytes and no containers: thousands lie there, and containers would have the garbage collector run in the
background thread, application's finalizers with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from otel_audit.otlp.encoding import Envelope


class Origin:
    """Where records come from, as the SDK holds it and as bytes.

    Args:
        logger: the SDK's logger of our scope.
        resource: its resource at that time; a fork changes it.
        envelope: both, encoded.
    """

    __slots__ = ("_logger", "envelope", "item", "resource")

    def __init__(self, logger: Any, resource: Any, envelope: Envelope) -> None:
        self._logger, self.resource, self.envelope = logger, resource, envelope
        self.item: type[Encoded] = type("Encoded", (Encoded,), {"__slots__": (), "origin": self})
        """Makes an item of bytes."""

    @property
    def scope(self) -> Any:
        return self._logger._instrumentation_scope

    def readable(self, log_record: Any) -> Any:
        """What a batch processor makes of an emitted log record."""
        from opentelemetry.sdk._logs import ReadableLogRecord, ReadWriteLogRecord

        limits = getattr(self._logger, "_log_record_limits", None)  # newer than SDK 1.40
        known = {} if limits is None else {"limits": limits}
        written = ReadWriteLogRecord(log_record, self.resource, self.scope, **known)
        return ReadableLogRecord(written.log_record, self.resource, self.scope, written.limits)


class Encoded(bytes):
    """One item of the queue: one entry of `ScopeLogs.log_records`, its tag and length included."""

    __slots__ = ()
    origin: Origin
    """Where it comes from: the class's, as each origin has a class of its own."""

    def readable(self) -> Any:
        """The SDK's record of it."""
        return self.origin.readable(decoded(self))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.readable(), name)


def readable(batch: Iterable[Any]) -> list[Any]:
    """A batch as any exporter can take it."""
    return [item.readable() if isinstance(item, Encoded) else item for item in batch]


def decoded(data: bytes) -> Any:
    """The API's log record of an entry."""
    from opentelemetry import trace
    from opentelemetry._logs import LogRecord, SeverityNumber
    from opentelemetry.context import Context
    from opentelemetry.proto.logs.v1.logs_pb2 import ScopeLogs

    (found,) = ScopeLogs.FromString(data).log_records
    trace_id, span_id = (int.from_bytes(held, "big") for held in (found.trace_id, found.span_id))
    place = trace.SpanContext(trace_id, span_id, False, trace.TraceFlags(found.flags))
    context = trace.set_span_in_context(trace.NonRecordingSpan(place), Context()) if trace_id else Context()
    return LogRecord(
        timestamp=found.time_unix_nano,
        observed_timestamp=found.observed_time_unix_nano,
        context=context,
        severity_text=found.severity_text,
        severity_number=SeverityNumber(found.severity_number),
        body=_value(found.body),
        attributes={pair.key: _value(pair.value) for pair in found.attributes},
        event_name=found.event_name,
    )


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(item) for item in value.array_value.values]
    return None if kind is None else getattr(value, kind)
