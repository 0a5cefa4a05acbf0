"""What must hold of a record's OTLP bytes: both encoders write the same, and protobuf reads back what went in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import islice
from typing import Any

from opentelemetry.proto.logs.v1.logs_pb2 import ScopeLogs
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from fuzz import values
from otel_audit.model import Described
from otel_audit.otlp import encoding
from otel_audit.otlp.encoding import Encoder
from otel_audit.processors import RESERVED

_HEAD = 4
"""Fields that the chain begins every record of an event with."""
_OBSERVED = 1_700_000_000_000_000_000
_STRANGE: tuple[Any, ...] = (*values.HOSTILE, None, b"x", "\ud800", 1 << 63, (1, "a"), [[]], {}, ("\udfff",), range(2))


class Unlike(AssertionError):
    """Bytes of one encoder, or none, that are not those of the other, or not the record's."""


@cache  # not at import: the harness brings a C encoder of its own
def _both() -> tuple[Encoder, ...]:
    return tuple(encoding.choose(name)[0] for name in ("c", "python"))


def check(described: Described, encoders: Sequence[Encoder] = ()) -> None:
    """Encode it, and once more with one field that nobody but the SDK may encode.

    Args:
        described: the record.
        encoders: other than the two there are, the one that is asked twice first.

    Raises:
        Unlike: saying how.
    """
    encoders = encoders or _both()
    record, fields = described
    head = dict(islice(fields.items(), _HEAD))
    written = [encoder.record(encoder.template(head), record, fields, _OBSERVED) for encoder in encoders]
    if any(each != written[0] for each in written):
        raise Unlike(f"{written} of {fields!r:.2000}")
    if (written[0] is None) != _is_unfit(fields):
        raise Unlike(f"{len(fields)} fields, and {written[0]!r:.200}")
    if written[0] is not None:
        _check_read(described, written[0])
    _check_refused(described, head, encoders[0], written[0])
    _check_event(described, encoders)


def _is_unfit(fields: dict[str, Any]) -> bool:
    """Whether the SDK would leave something out: too many attributes, or one without a key (bytes of a route's may)."""
    return len(fields.keys() - RESERVED) > encoding.ATTRIBUTE_LIMIT or "" in fields


def _check_event(described: Described, encoders: Sequence[Encoder]) -> None:
    """The same of its span event, some of whose attributes stand behind the others."""
    record, fields = described
    keys = [key for key in fields if key not in RESERVED]
    last = tuple(keys[: len(keys) // 2])
    written = [encoder.span_event(fields["event"], record.time_ns, fields, last) for encoder in encoders]
    if any(each != written[0] for each in written) or (written[0] is None) != _is_unfit(fields):
        raise Unlike(f"{written} of {fields!r:.2000}")
    if written[0] is None:
        return
    found = Span.Event.FromString(written[0])
    read = [(each.key, _plain(each.value)) for each in found.attributes]
    given = [(key, _comparable(fields[key])) for key in (*keys[len(last) :], *last)]
    if read != given or found.name != fields["event"] or found.time_unix_nano != record.time_ns:
        raise Unlike(f"protobuf reads {found} of {fields!r:.2000}")


def _check_read(described: Described, written: bytes) -> None:
    (found,) = ScopeLogs.FromString(written).log_records
    record, fields = described
    read = {each.key: _plain(each.value) for each in found.attributes}
    given = {key: _comparable(value) for key, value in fields.items() if key not in RESERVED}
    same = found.body.string_value == fields["message"] and found.event_name == fields["event"]
    traced = int.from_bytes(found.trace_id, "big") == record.trace_id
    if read != given or not same or not traced or found.time_unix_nano != record.time_ns:
        raise Unlike(f"protobuf reads {found} of {fields!r:.2000}")


def _plain(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return tuple(_plain(each) for each in value.array_value.values)
    return _comparable(getattr(value, kind))


def _comparable(value: Any) -> Any:
    """A float by its text, as one that is no number equals nothing; True apart from 1."""
    if type(value) in (list, tuple):
        return tuple(map(_comparable, value))
    return value if type(value) is str else repr(value)


def _check_refused(described: Described, head: dict[str, Any], encoder: Encoder, written: bytes | None) -> None:
    """The C encoder asks a value for nothing but its type."""
    record, fields = described
    strange = _STRANGE[len(written or b"") % len(_STRANGE)]
    key = list(fields)[len(fields) // 2]
    values.listen(True)
    try:
        refused = encoder.record(
            encoder.template(head), record, {**fields, key: strange, "message": strange}, _OBSERVED
        )
    finally:
        values.listen(False)
    if refused is not None or values.told():
        raise Unlike(f"{type(strange)}: {refused!r:.200}, told {values.told()}")
