"""What lies in the SDK's queue for one record: its bytes.

Our own exporting (`otlp.transport`) knows these items. Should anything else get one, because it was put between queue
and exporter while items were waiting, it finds the `ReadableLogRecord` that the SDK would have had there.

Where the encoder was compiled they are no containers to the garbage collector: as many as are made here would have it
run in the background thread, and the application's finalizers with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from otel_audit.compiled import optional_extension

if TYPE_CHECKING:
    from otel_audit.otlp.encoding import Envelope


class Origin:
    """Where records come from, as the SDK holds it and as bytes.

    Args:
        logger: the SDK's logger of our scope.
        resource: its resource at that time; a fork changes it.
        envelope: both, encoded.
    """

    __slots__ = ("_logger", "envelope", "resource")

    def __init__(self, logger: Any, resource: Any, envelope: Envelope) -> None:
        self._logger, self.resource, self.envelope = logger, resource, envelope

    @property
    def scope(self) -> Any:
        return self._logger._instrumentation_scope

    def readable(self, data: bytes) -> Any:
        """What a batch processor makes of the log record that was encoded."""
        from opentelemetry.sdk._logs import ReadableLogRecord, ReadWriteLogRecord

        limits = getattr(self._logger, "_log_record_limits", None)  # newer than SDK 1.40
        known = {} if limits is None else {"limits": limits}
        written = ReadWriteLogRecord(decoded(data), self.resource, self.scope, **known)
        return ReadableLogRecord(written.log_record, self.resource, self.scope, written.limits)


class Encoded(NamedTuple):
    """One item of the queue, where no C encoder makes it.

    Args:
        origin: where it comes from.
        data: one entry of `ScopeLogs.log_records`, its tag and length included.
    """

    origin: Origin
    data: bytes

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.origin.readable(self.data), name)


def items_in_python(origin: Origin, data: list[bytes], /) -> list[Any]:
    """An item of each encoded record."""
    return [Encoded(origin, each) for each in data]


items: Callable[[Origin, list[bytes]], list[Any]] = items_in_python
"""The same, by the C encoder's module where it was compiled."""
_kinds: tuple[type, ...] = (Encoded,)
_encode = optional_extension("otel_audit.otlp._encode")
if _encode is not None:
    items, _kinds = _encode.items, (Encoded, _encode.Encoded)


def is_encoded(item: object) -> bool:
    """Whether an item of the queue is ours."""
    return type(item) in _kinds


def readable(batch: Iterable[Any]) -> list[Any]:
    """A batch as any exporter can take it."""
    return [item.origin.readable(item.data) if is_encoded(item) else item for item in batch]


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
