"""How a batch leaves: through the exporter's own `export`, which finds translated what is ours.

The exporter looks after shutdown, size limit, compression, retries and its metrics. Only the step from a batch to the
request's message is ours: the SDK encodes what is the application's, our log records are appended as they are. Parts of
a serialized message that stand one behind the other are one message to whoever reads it, lists joined
(https://protobuf.dev/programming-guides/encoding/#last-one-wins).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MethodType
from typing import Any, NamedTuple

from otel_audit.otlp.encoding import request
from otel_audit.otlp.functions import calls, rebound
from otel_audit.otlp.items import Origin, is_encoded, readable

Encode = Callable[[Sequence[Any]], Any]
"""From a batch to the request's message."""
GRPC_TRANSLATE = "_translate_data"
"""The method that asks for the message; over HTTP, `export` asks itself."""


class Signal(NamedTuple):
    """How exporters of one signal come to a message.

    Args:
        protocols: `HTTP` or `gRPC`, by the exporter's module.
        translate: the name under which both call what makes a message of a batch.
        over_http: puts what is ours around that; only the bytes of its messages are asked for.
        over_grpc: the same; the stub takes a message.
    """

    protocols: Mapping[str, str]
    translate: str
    over_http: Callable[[Encode], Encode]
    over_grpc: Callable[[Encode], Encode]

    def translated(self, function: Any, around: Callable[[Encode], Encode]) -> Any:
        """A function of an exporter to which our translation goes by the SDK's name, as it is at this very call."""
        return rebound(function, {self.translate: around(function.__globals__[self.translate])})


def send(exporter: Any, export: Callable[..., Any], batch: Sequence[Any], *args: Any, **kwargs: Any) -> Any:
    """Export a batch of log records, whatever lies in it.

    Args:
        exporter: of the processor that made the batch.
        export: its `export`, as it was before it was followed.
        batch: the SDK's records, and maybe `Encoded`.
        args: further arguments.
        kwargs: further arguments.

    Returns:
        What `export` returns.
    """
    if not any(map(is_encoded, batch)):
        return export(batch, *args, **kwargs)
    return (way(LOGS, exporter, export) or _as_records(export))(batch, *args, **kwargs)


def _as_records(export: Callable[..., Any]) -> Callable[..., Any]:
    """Something else than the SDK's OTLP exporter: as if nothing had been encoded."""
    return lambda batch, *args, **kwargs: export(readable(batch), *args, **kwargs)


def way(signal: Signal, exporter: Any, export: Any) -> Callable[..., Any] | None:
    """How to export through an exporter of the SDK's; None where it is no such, or not what it was."""
    protocol = signal.protocols.get(type(exporter).__module__)
    if protocol is None or type(export) is not MethodType:
        return None
    function = type(exporter).export
    if (export.__self__, export.__func__) != (exporter, function):
        return None
    if protocol == "HTTP":
        if not calls(function, signal.translate):
            return None
        return MethodType(signal.translated(function, signal.over_http), exporter)
    return export if _asks_us(exporter, signal) else None


def _asks_us(exporter: Any, signal: Signal) -> bool:
    """Have an exporter over gRPC ask us for the message."""
    translate = getattr(type(exporter), GRPC_TRANSLATE, None)
    if not calls(translate, signal.translate):
        return False
    held = vars(exporter).get(GRPC_TRANSLATE)
    if held is not None and not is_ours(held):
        return False
    if held is None or held.signal is not signal:

        def translated(batch: Sequence[Any]) -> Any:
            return signal.translated(translate, signal.over_grpc)(exporter, batch)

        translated.signal = signal  # type: ignore[attr-defined]
        setattr(exporter, GRPC_TRANSLATE, translated)
    return True


def is_ours(function: object) -> bool:
    """Whether a function was written here."""
    return getattr(function, "__globals__", None) is globals()


class _Message:
    """Stands for the request's message where only its bytes are asked for; anything else of it is made then."""

    def __init__(self, encode: Encode, batch: Sequence[Any]) -> None:
        self._others, self._ours = _split(batch)
        self._encode = encode

    @classmethod
    def of(cls, encode: Encode) -> Encode:
        return lambda batch: cls(encode, batch)

    def SerializeToString(self, **options: Any) -> bytes:
        theirs: bytes = self._encode(self._others).SerializeToString(**options) if self._others else b""
        return theirs + _joined(self._ours)

    def __getattr__(self, name: str) -> Any:
        return getattr(_merged(self._encode, self._others, self._ours), name)


def _message(encode: Encode) -> Encode:
    """The message itself."""
    return lambda batch: _merged(encode, *_split(batch))


def _merged(encode: Encode, others: Sequence[Any], ours: dict[Origin, list[bytes]]) -> Any:
    message = encode(others)
    if ours:
        message.MergeFromString(_joined(ours))
    return message


def _split(batch: Sequence[Any]) -> tuple[list[Any], dict[Origin, list[bytes]]]:
    others: list[Any] = []
    ours: dict[Origin, list[bytes]] = {}
    for item in batch:
        if is_encoded(item):
            ours.setdefault(item.origin, []).append(item.data)
        else:
            others.append(item)
    return others, ours


def _joined(ours: dict[Origin, list[bytes]]) -> bytes:
    return b"".join([request(origin.envelope, records) for origin, records in ours.items()])


LOGS = Signal(
    {
        "opentelemetry.exporter.otlp.proto.http._log_exporter": "HTTP",
        "opentelemetry.exporter.otlp.proto.grpc._log_exporter": "gRPC",
    },
    "encode_logs",
    _Message.of,
    _message,
)
