"""The encoder in Python: the same bytes as `_encode.c`, where that one was not compiled.

Fields are written in the order of their numbers, as protobuf does: opentelemetry/proto/{logs,trace}/v1.
"""

from __future__ import annotations

from collections.abc import Mapping
from struct import Struct
from typing import Any, NamedTuple

from otel_audit.model import Record
from otel_audit.otlp.encoding import ATTRIBUTE_LIMIT, SIZE_LIMIT
from otel_audit.otlp.protobuf import Unfit, anyvalue, field, keyvalue
from otel_audit.processors import RESERVED

encoder_name = "python"

_TIME, _OBSERVED, _FLAGS = Struct("<BQ").pack, Struct("<BQ").pack, Struct("<BI").pack
_SPAN_EVENT_NAME, _SPAN_EVENT_ATTRIBUTE = 0x12, 0x1A
_LOG_RECORD, _TEXT, _BODY, _ATTRIBUTE, _TRACE_ID, _SPAN_ID, _EVENT_NAME = 0x12, 0x1A, 0x2A, 0x32, 0x4A, 0x52, 0x62
_SEVERITY = {
    level: b"\x10" + bytes((number,)) + field(_TEXT, level.upper().encode())
    for level, number in (("debug", 5), ("info", 9), ("warn", 13))
}
"""`severity_number` and `severity_text`; the numbers are OpenTelemetry's SeverityNumber."""


class Template(NamedTuple):
    """What is the same in all records of an event; an empty `bytes` where the head says nothing."""

    name: object
    event_name: bytes
    attributes: Mapping[str, tuple[object, bytes]]
    """Key to the value, and to the encoded attribute."""


def template(head: Mapping[str, Any], /) -> Template:
    """See `encoding.Encoder.template`."""
    attributes = {}
    for key, value in head.items():
        if key in RESERVED or isinstance(value, list):  # a list may hold something else by then
            continue
        try:
            attributes[key] = value, field(_ATTRIBUTE, keyvalue(key, value))
        except ValueError:
            continue
    name = head.get("event")
    try:
        return Template(name, _event_name(name), attributes)
    except ValueError:
        return Template(None, b"", attributes)


def record(template: Template, record: Record, fields: dict[str, Any], observed_ns: int, /) -> bytes | None:
    """See `encoding.Encoder.record`."""
    if type(fields) is not dict:
        return None
    try:
        return _log_record(template, record, fields, observed_ns)
    except ValueError:  # Unfit, or a lone surrogate
        return None


def _log_record(template: Template, record: Record, fields: dict[str, Any], observed_ns: int) -> bytes:
    level, name = fields.get("level"), fields.get("event")
    if type(level) is not str or level not in _SEVERITY:
        raise Unfit
    parts = [
        _nanoseconds(0x09, record.time_ns),
        _SEVERITY[level],
        field(_BODY, anyvalue(fields.get("message")), always=True),
        *_attributes(template.attributes, fields),
    ]
    if record.trace_id:
        parts.append(_place(record))
    parts.append(_nanoseconds(0x59, observed_ns))
    parts.append(template.event_name if name is template.name and name is not None else _event_name(name))
    written = b"".join(parts)
    if len(written) > SIZE_LIMIT:
        raise Unfit
    return field(_LOG_RECORD, written, always=True)


def span_event(name: str, time_ns: int, fields: dict[str, Any], last: tuple[str, ...], /) -> bytes | None:
    """See `encoding.Encoder.span_event`."""
    if type(fields) is not dict or type(name) is not str:
        return None
    try:
        return _span_event(name, time_ns, fields, last)
    except ValueError:  # Unfit, or a lone surrogate
        return None


def _span_event(name: str, time_ns: int, fields: dict[str, Any], last: tuple[str, ...]) -> bytes:
    if any(type(key) is not str for key in (*fields, *last)):
        raise Unfit
    behind = dict.fromkeys(reversed(last))
    keys = [key for key in fields if key not in behind]
    keys += [key for key in reversed(behind) if key in fields]
    found = [field(_SPAN_EVENT_ATTRIBUTE, keyvalue(key, fields[key])) for key in keys if key not in RESERVED]
    if len(found) > ATTRIBUTE_LIMIT:
        raise Unfit
    written = b"".join((_nanoseconds(0x09, time_ns), field(_SPAN_EVENT_NAME, name.encode()), *found))
    if len(written) > SIZE_LIMIT:
        raise Unfit
    return written


def _attributes(constant: Mapping[str, tuple[object, bytes]], fields: dict[str, Any]) -> list[bytes]:
    parts = []
    for key, value in fields.items():
        if type(key) is not str:
            raise Unfit
        if key in RESERVED:
            continue
        known = constant.get(key)
        if known is not None and known[0] is value:
            parts.append(known[1])
        else:
            parts.append(field(_ATTRIBUTE, keyvalue(key, value)))
    if len(parts) > ATTRIBUTE_LIMIT:
        raise Unfit
    return parts


def _event_name(name: object) -> bytes:
    if type(name) is not str:
        raise Unfit
    return field(_EVENT_NAME, name.encode())


def _nanoseconds(tag: int, time_ns: int) -> bytes:
    if not 0 <= time_ns < 1 << 64:
        raise Unfit
    return _TIME(tag, time_ns) if time_ns else b""


def _place(record: Record) -> bytes:
    """Flags, trace and span id; without a trace there are none."""
    trace_id, span_id, flags = record.trace_id, record.span_id, record.trace_flags
    if not (0 <= flags < 1 << 32 and 0 < trace_id < 1 << 128 and 0 <= span_id < 1 << 64):
        raise Unfit
    place = _FLAGS(0x45, flags) if flags else b""
    place += field(_TRACE_ID, trace_id.to_bytes(16, "big"))
    return place + field(_SPAN_ID, span_id.to_bytes(8, "big")) if span_id else place
