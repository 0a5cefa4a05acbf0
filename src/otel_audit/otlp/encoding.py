"""What both encoders offer, which one is taken, and the request around their records.

What the SDK makes of the same log record is the truth: the bytes are those that protobuf writes for it. An encoder
says None to whatever the SDK would change, refuse or count, so that the SDK does it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol, cast

from otel_audit import compiled
from otel_audit.model import Record
from otel_audit.otlp.protobuf import field, keyvalue

ATTRIBUTE_LIMIT = 128
"""Attributes of one log record that the SDK takes by default; of more it drops the oldest."""
SIZE_LIMIT = 1 << 26
"""Bytes of one record, far above what the hook captures: so that no length on the way to it is beyond any integer."""


class Encoder(Protocol):
    """From a described record to bytes. `otlp/_encode.c` and `otlp/_pyencode.py` offer exactly this."""

    encoder_name: str
    """`c` or `python`."""

    def template(self, head: Mapping[str, Any], /) -> object:
        """Encode what is the same in all records of an event.

        Args:
            head: the fields every record of it begins with: event name, severity, constant attributes. What cannot
                be encoded is left to each record.
        """
        ...

    def record(self, template: object, record: Record, fields: dict[str, Any], observed_ns: int, /) -> bytes | None:
        """Encode one record.

        Args:
            template: made of the head that the fields began with; a field whose value is the head's very object is
                taken from it.
            record: time, trace and span id, trace flags.
            fields: `model.Described.fields`. `event` is the event name, `level` the severity, `message` the body;
                what is not in `processors.RESERVED` is an attribute.
            observed_ns: nanoseconds since the Unix epoch.

        Returns:
            One entry of `ScopeLogs.log_records`, its tag and length included; or None when the SDK would not take it
            as it is: a value or key of another type than `str`, `bool`, `int`, `float` and their lists and tuples of
            one type, an integer beyond 64 bits, text that is no Unicode, an unknown severity, no body, over 128
            attributes or 64 MiB.
        """
        ...

    def span_event(self, name: str, time_ns: int, fields: dict[str, Any], last: tuple[str, ...], /) -> bytes | None:
        """Encode one span event.

        Args:
            name: of the event.
            time_ns: nanoseconds since the Unix epoch.
            fields: as for `record`; what is not in `processors.RESERVED` is an attribute.
            last: keys of attributes that stand behind the others, in this order.

        Returns:
            Content of a `Span.Event`; or None when the SDK would not take it as it is, see `record`.
        """
        ...


class Envelope(NamedTuple):
    """What surrounds the records of one scope of one resource, encoded once per provider."""

    resource: bytes
    """`ResourceLogs.resource`"""
    resource_end: bytes
    """`ResourceLogs.schema_url`"""
    scope: bytes
    """`ScopeLogs.scope`"""
    scope_end: bytes
    """`ScopeLogs.schema_url`"""


def envelope(resource: Any, scope: Any) -> Envelope | None:
    """Encode the surroundings of records.

    Args:
        resource: the SDK's `Resource`, or what has its `attributes` and `schema_url`.
        scope: the SDK's `InstrumentationScope`, or what has its `name`, `version`, `attributes` and `schema_url`.

    Returns:
        None when an attribute is of a type that only the SDK knows what to do with.
    """
    try:
        named = field(0x0A, (scope.name or "").encode()) + field(0x12, (scope.version or "").encode())
        return Envelope(
            resource=field(0x0A, _attributes(0x0A, resource.attributes), always=True),
            resource_end=field(0x1A, (resource.schema_url or "").encode()),
            scope=field(0x0A, named + _attributes(0x1A, scope.attributes), always=True),
            scope_end=field(0x1A, (scope.schema_url or "").encode()),
        )
    except (TypeError, ValueError):
        return None


def _attributes(tag: int, attributes: Mapping[str, Any] | None) -> bytes:
    return b"".join(field(tag, keyvalue(key, value)) for key, value in (attributes or {}).items())


def request(around: Envelope, records: Sequence[bytes]) -> bytes:
    """Join what `Encoder.record` returned into a serialized `ExportLogsServiceRequest`."""
    scope_logs = b"".join((around.scope, *records, around.scope_end))
    resource_logs = b"".join((around.resource, field(0x12, scope_logs, always=True), around.resource_end))
    return field(0x0A, resource_logs, always=True)


def choose(wanted: str) -> tuple[Encoder, str]:
    """Import the encoder that goes with the core that was asked for.

    Args:
        wanted: `auto`, `c` or `python`; `auto` takes the C encoder where it can be loaded.

    Returns:
        The encoder, and why it is this one.

    Raises:
        CoreUnavailable: `c` was asked for by name and cannot be loaded.
    """
    found, reason = compiled.choose("encoder", "otel_audit.otlp._encode", "otel_audit.otlp._pyencode", wanted)
    return cast(Encoder, found), reason
