"""Spans and their events as OTLP bytes, where spans leave through the SDK's own exporter.

The SDK's code encodes spans; three things it calls by name are ours there. An audit event becomes bytes in one go
(`encoding.Encoder.span_event`) instead of attribute by attribute. A span is bytes at once. And what surrounds spans is
made of bytes: protobuf copies a message into each one that surrounds it, an event four times on its way. Whatever is
not the SDK's own on that way gets events as everybody does.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

from otel_audit.otlp.functions import calls, is_original, within
from otel_audit.otlp.protobuf import field
from otel_audit.otlp.transport import Encode, Signal, way

PROTOCOLS = {
    "opentelemetry.exporter.otlp.proto.http.trace_exporter": "HTTP",
    "opentelemetry.exporter.otlp.proto.grpc.trace_exporter": "gRPC",
}
"""By the module of an OTLPSpanExporter."""
_ENCODER = "opentelemetry.exporter.otlp.proto.common._internal.trace_encoder"
_ALL, _GROUPS, _SPAN, _EVENTS = _STEPS = ("encode_spans", "_encode_resource_spans", "_encode_span", "_encode_events")
"""The SDK's way from a batch to the events of a span: each calls the next by its name."""
_REQUEST = "PB2ExportTraceServiceRequest"
_AROUND: Mapping[str, tuple[str, dict[str, int]]] = {
    _REQUEST: (_ALL, {"resource_spans": 0x0A}),
    "PB2ResourceSpans": (_GROUPS, {"resource": 0x0A, "scope_spans": 0x12, "schema_url": 0x1A}),
    "PB2ScopeSpans": (_GROUPS, {"scope": 0x0A, "spans": 0x12, "schema_url": 0x1A}),
}
"""What surrounds spans: the step that makes it, and the tags of its fields (opentelemetry/proto/trace/v1)."""
_EVENT = 0x5A
"""Tag of a span's event."""


class SpanSender:
    """Exports batches of spans.

    Args:
        kind: of the bridge's span events.
        encode: makes the bytes of one; None for one that is to be encoded by the SDK.
    """

    def __init__(self, kind: type, encode: Callable[[Any], bytes | None]) -> None:
        self._kind, self._encode = kind, encode
        self._signal = Signal(PROTOCOLS, _ALL, partial(self._translation, _Request), partial(self._translation, _read))

    def __call__(
        self, exporter: Any, export: Callable[..., Any], batch: Sequence[Any], *args: Any, **kwargs: Any
    ) -> Any:
        """Export as `transport.send` does."""
        return (way(self._signal, exporter, export) or export)(batch, *args, **kwargs)

    def _translation(self, finish: Callable[[Any, bytes], Any], theirs: Encode) -> Encode:
        """The SDK's `encode_spans` with ours in it; itself where it is not what it was."""
        module = sys.modules.get(_ENCODER)
        if module is None or theirs is not getattr(module, _ALL, None) or not _is_known(vars(module)):
            return theirs

        def encoded(batch: Sequence[Any]) -> Any:
            try:
                return finish(getattr(module, _REQUEST), self._ours(vars(module))(batch))
            except Exception:  # whatever it is: the SDK has its own way with it
                return theirs(batch)

        return encoded

    def _ours(self, module: Mapping[str, Any]) -> Callable[[Sequence[Any]], bytes]:
        """The SDK's steps, among names of their own."""
        names = dict(module)
        names.update((name, within(module[name], names)) for name in _STEPS)
        names.update((name, partial(_message, tags)) for name, (_, tags) in _AROUND.items())
        events: list[bytes] = []
        encode_span = names[_SPAN]

        def span(sdk_span: Any) -> bytes:
            events.clear()
            message = encode_span(sdk_span)
            return b"".join((message.SerializePartialToString(), *events))

        names[_SPAN], names[_EVENTS] = span, partial(self._events, names[_EVENTS], events)
        made: Callable[[Sequence[Any]], bytes] = names[_ALL]
        return made

    def _events(self, theirs: Callable[..., Any], into: list[bytes], events: Sequence[Any]) -> None:
        """Put a span's events, encoded, where they wait for the span; the SDK is told that there are none."""
        for event in events or ():
            data = self._encode(event) if type(event) is self._kind else None
            for message in (data,) if data is not None else theirs((event,)):
                into.append(field(_EVENT, _written(message), always=True))


def _is_known(module: Mapping[str, Any]) -> bool:
    """Whether the SDK's steps are its own, and call each other and what surrounds spans by name."""
    return (
        all(is_original(_ENCODER, "", name) for name in _STEPS)
        and all(calls(module[step], name) for step, name in pairwise(_STEPS))
        and all(name in module and calls(module[step], name) for name, (step, _) in _AROUND.items())
    )


def _message(tags: Mapping[str, int], **given: Any) -> bytes:
    """What the SDK would make a message of, as its bytes.

    Raises:
        KeyError: a field nobody knew of when this was written.
    """
    parts = []
    for name in sorted(given, key=tags.__getitem__):
        value, tag = given[name], tags[name]
        if isinstance(value, list):
            parts += [field(tag, _written(each), always=True) for each in value]
        elif value is not None:
            parts.append(field(tag, _written(value), always=not isinstance(value, str)))
    return b"".join(parts)


def _written(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    found: bytes = value.encode() if isinstance(value, str) else value.SerializePartialToString()
    return found


def _read(kind: Any, data: bytes) -> Any:
    """The message itself."""
    return kind.FromString(data)


class _Request:
    """Stands for the request's message where only its bytes are asked for; anything else of it is made then."""

    def __init__(self, kind: Any, data: bytes) -> None:
        self._kind, self._data = kind, data

    def SerializePartialToString(self, **_: Any) -> bytes:
        return self._data

    SerializeToString = SerializePartialToString

    def __getattr__(self, name: str) -> Any:
        return getattr(_read(self._kind, self._data), name)
