"""The record layout, version 1: what a core writes, and how it is read.

A record is a 72-byte header (native byte order, no pointers), the thread's name, the captured values, then optional
sections (`type: u16, length: u16, bytes`), padded to 8 bytes. A reader skips sections it does not know, so that code
location, task name, baggage or a verdict can be added without a new version.

Values are self-describing: one tag byte, then the tag's data. Both cores write exactly this; see capture/_state.h.
"""

from __future__ import annotations

import posixpath
import struct
from collections.abc import Iterator

from otel_audit.model import MISSING, CodeRef, Items, Opaque, Record, Size, Value

HEADER = struct.Struct("=IBBHQQ16s8sQIBBBBIHH")
VERSION = 1
FLAG_LATE = 1
"""The span had ended when the event came."""
FLAG_NO_TRACE = 2
"""There was a span, and its identity could not be read."""
SECTION_NAME = 1

_U16, _U32 = struct.Struct("=H"), struct.Struct("=I")
_I64, _U64, _F64 = struct.Struct("=q"), struct.Struct("=Q"), struct.Struct("=d")
_CUT = "\N{HORIZONTAL ELLIPSIS}"


class LayoutError(ValueError):
    """Bytes that no core of this version wrote."""


def clean(data: bytes) -> str:
    """Decode what the hook copied: valid UTF-8 comes out as it is, anything else as escapes, never a lone surrogate."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        pass
    try:  # a str with surrogates: those of surrogateescape stand for single bytes
        data = data.decode("utf-8", "surrogatepass").encode("utf-8", "surrogateescape")
    except (UnicodeDecodeError, UnicodeEncodeError):
        pass
    return data.decode("utf-8", "backslashreplace")


class _Reader:
    __slots__ = ("at", "data")

    def __init__(self, data: bytes, at: int) -> None:
        self.data = data
        self.at = at

    def number(self, layout: struct.Struct) -> int:
        value: int = layout.unpack_from(self.data, self.at)[0]
        self.at += layout.size
        return value

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def text(self, length: int) -> str:
        self.at += length
        return clean(self.data[self.at - length : self.at])

    def value(self) -> Value:
        tag = self.byte()
        if tag > 15:
            raise LayoutError(f"value tag {tag}")
        return _READ[tag](self)


def _missing(_: _Reader) -> Value:
    return MISSING


def _text(reader: _Reader) -> Value:
    return reader.text(reader.number(_U16))


def _cut_text(reader: _Reader) -> Value:
    return reader.text(reader.number(_U16)) + _CUT


def _float(reader: _Reader) -> Value:
    value: float = _F64.unpack_from(reader.data, reader.at)[0]
    reader.at += 8
    return value


def _size(reader: _Reader) -> Value:
    length = reader.number(_U64)
    return Size(length, reader.text(reader.byte()))


def _items(reader: _Reader) -> Value:
    total = reader.number(_U32)
    return Items(tuple(reader.value() for _ in range(reader.byte())), total)


def _code(reader: _Reader) -> Value:
    file, name, line = reader.value(), reader.value(), reader.value()
    return CodeRef(str(file), str(name), line if isinstance(line, int) else 0)


def _parts(reader: _Reader) -> Value:
    pieces = [reader.value() for _ in range(reader.byte())]
    return posixpath.join("", *(piece for piece in pieces if isinstance(piece, str))) or "."


_READ = (
    _missing,
    lambda _: None,
    lambda _: False,
    lambda _: True,
    lambda reader: reader.number(_I64),
    lambda reader: reader.number(_U64),
    _float,
    _text,
    _cut_text,
    _text,
    _cut_text,
    _size,
    lambda reader: Opaque(reader.text(reader.byte())),
    _items,
    _code,
    _parts,
)


def _section_name(data: bytes, at: int, sections: int) -> str | None:
    for _ in range(sections):
        kind, length = struct.unpack_from("=HH", data, at)
        if kind == SECTION_NAME:
            return clean(data[at + 4 : at + 4 + length])
        at += 4 + length
    return None


def decode(data: bytes, at: int = 0) -> Record:
    """Read one record.

    Args:
        data: bytes from `Core.drain` or `Core.span_close`.
        at: offset of the record.

    Raises:
        LayoutError: the version is not this one, or the bytes are not a record.
    """
    try:
        (_, version, flags, event, merged, time_ns, trace, span, thread, interpreter, trace_flags, values, argc,
         name_length, values_length, sections, _) = HEADER.unpack_from(data, at)  # fmt: skip
        if version != VERSION:
            raise LayoutError(f"layout version {version}")
        reader = _Reader(data, at + HEADER.size)
        thread_name = reader.text(name_length)
        start = reader.at
        decoded = tuple(reader.value() for _ in range(values))
        if reader.at != start + values_length:
            raise LayoutError("values do not fill their length")
        name = _section_name(data, reader.at, sections) if sections else None
    except (struct.error, IndexError) as error:
        raise LayoutError(str(error)) from error
    return Record(
        event_id=event,
        time_ns=time_ns,
        trace_id=int.from_bytes(trace, "big"),
        span_id=int.from_bytes(span, "big"),
        trace_flags=trace_flags,
        thread_id=thread,
        thread_name=thread_name,
        interpreter=interpreter,
        count=merged,
        flags=flags,
        argc=argc,
        values=decoded,
        name=name,
    )


def split(data: bytes) -> Iterator[int]:
    """Offsets of the records in what `Core.drain` returned."""
    at = 0
    while at < len(data):
        (length,) = _U32.unpack_from(data, at)
        if length < HEADER.size:
            raise LayoutError(f"record of {length} bytes")
        yield at
        at += length
