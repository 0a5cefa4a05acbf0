"""Protobuf's encoding of what OTLP attributes are made of: fields, varints, `KeyValue`, `AnyValue`.

https://protobuf.dev/programming-guides/encoding/ and opentelemetry/proto/common/v1/common.proto. A tag is one byte:
the field's number times eight, plus the wire type.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from struct import Struct
from typing import Any

_INT64 = 1 << 63
_SHORT = tuple(bytes((number,)) for number in range(128))
_double = Struct("<d").pack


class Unfit(ValueError):
    """A value the SDK would not take as it is."""


def varint(number: int) -> bytes:
    """A whole number from 0 to 2**64 - 1."""
    if number < 128:
        return _SHORT[number]
    written = bytearray()
    while number > 127:
        written.append(number & 127 | 128)
        number >>= 7
    written.append(number)
    return bytes(written)


def field(tag: int, content: bytes, *, always: bool = False) -> bytes:
    """A field with a length; one of no content is left out, unless it is always there."""
    return _SHORT[tag] + varint(len(content)) + content if content or always else b""


@lru_cache(maxsize=1024)  # the conventions' keys and those of a few hundred processors
def _key(key: str) -> bytes:
    written = key.encode()
    return b"\x0a" + varint(len(written)) + written + b"\x12"


def keyvalue(key: str, value: Any) -> bytes:
    """Content of a `KeyValue`.

    Raises:
        Unfit: of another type, or size, than the SDK takes as it is.
        UnicodeEncodeError: a lone surrogate.
    """
    if type(key) is not str or not key:
        raise Unfit
    written = anyvalue(value)
    return _key(key) + varint(len(written)) + written


def anyvalue(value: Any) -> bytes:
    """Content of an `AnyValue`; raises what `keyvalue` does."""
    write = _WRITERS.get(type(value))
    if write is None:
        raise Unfit
    return write(value)


def _text(value: str) -> bytes:
    written = value.encode()
    return b"\x0a" + varint(len(written)) + written


def _bool(value: bool) -> bytes:
    return b"\x10\x01" if value else b"\x10\x00"


def _int(value: int) -> bytes:
    if not -_INT64 <= value < _INT64:
        raise Unfit
    return b"\x18" + varint(value & 2 * _INT64 - 1)


def _float(value: float) -> bytes:
    return b"\x21" + _double(value)


def _array(values: Sequence[Any]) -> bytes:
    values = tuple(values)  # a list may change meanwhile
    if not values:
        return b"\x2a\x00"
    kind = type(values[0])
    write = _ITEM_WRITERS.get(kind)
    if write is None or any(type(value) is not kind for value in values):
        raise Unfit
    written = b"".join([field(0x0A, write(value)) for value in values])
    return b"\x2a" + varint(len(written)) + written


_ITEM_WRITERS: dict[type, Callable[[Any], bytes]] = {str: _text, bool: _bool, int: _int, float: _float}
_WRITERS: dict[type, Callable[[Any], bytes]] = {**_ITEM_WRITERS, list: _array, tuple: _array}
