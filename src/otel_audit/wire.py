"""The record layout, version 1: what a core writes, and how it is read.

A record is a 72-byte header (native byte order, no pointers), the thread's name, the captured values, then optional
sections (`type: u16, length: u16, bytes`), padded to 8 bytes. A reader skips sections it does not know, so that code
location, task name or a verdict can be added without a new version:

1 `name`, where the event id stands for many names: up to 1,024 bytes, then U+2026 where it was longer.
2 `who`, what the span knew of its request: up to 512 bytes as `who.encode` makes them.

Values are self-describing: one tag byte, then the tag's data. Both cores write exactly this; see capture/_state.h.
"""

from __future__ import annotations

import posixpath
import struct
from collections.abc import Callable, Iterator

from otel_audit import who
from otel_audit.model import MISSING, CodeRef, Items, Opaque, Record, Size, Value

HEADER = struct.Struct("=IBBHQQ16s8sQIBBBBIHH")
VERSION = 1
FLAG_LATE = 1
"""The span had ended when the event came."""
FLAG_NO_TRACE = 2
"""There was a span, and its identity could not be read."""
SECTION = struct.Struct("=HH")
SECTION_NAME, SECTION_WHO = 1, 2

CUT = "\N{HORIZONTAL ELLIPSIS}"

_u16, _u32, _u64 = struct.Struct("=H").unpack_from, struct.Struct("=I").unpack_from, struct.Struct("=Q").unpack_from
_i64, _f64 = struct.Struct("=q").unpack_from, struct.Struct("=d").unpack_from


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


# One function per tag: (data, offset after the tag) -> (value, offset after it).
_Found = tuple[Value, int]


def _values(data: bytes, at: int, number: int) -> tuple[tuple[Value, ...], int]:
    found: list[Value] = []
    for _ in range(number):
        value, at = _READ[data[at]](data, at + 1)
        found.append(value)
    return tuple(found), at


def _text(data: bytes, at: int) -> _Found:
    at += 2
    end = at + _u16(data, at - 2)[0]
    return clean(data[at:end]), end


def _cut_text(data: bytes, at: int) -> _Found:
    text, at = _text(data, at)
    return f"{text}{CUT}", at


def _short_text(data: bytes, at: int) -> tuple[str, int]:
    end = at + 1 + data[at]
    return clean(data[at + 1 : end]), end


def _unknown(data: bytes, at: int) -> _Found:
    raise LayoutError(f"value tag {data[at - 1]}")


def _size(data: bytes, at: int) -> _Found:
    (length,) = _i64(data, at)
    if length < 0:
        raise LayoutError("a size of 64 bits")
    name, end = _short_text(data, at + 8)
    return Size(length, name), end


def _opaque(data: bytes, at: int) -> _Found:
    name, at = _short_text(data, at)
    return Opaque(name), at


def _items(data: bytes, at: int) -> _Found:
    values, end = _values(data, at + 5, data[at + 4])
    return Items(values, _u32(data, at)[0]), end


def _code(data: bytes, at: int) -> _Found:
    (file, name, line), at = _values(data, at, 3)
    return CodeRef(str(file), str(name), line if isinstance(line, int) else 0), at


def _parts(data: bytes, at: int) -> _Found:
    pieces, at = _values(data, at + 1, data[at])
    return posixpath.join("", *(piece for piece in pieces if isinstance(piece, str))) or ".", at


_READ: tuple[Callable[[bytes, int], _Found], ...] = (
    lambda _, at: (MISSING, at),
    lambda _, at: (None, at),
    lambda _, at: (False, at),
    lambda _, at: (True, at),
    lambda data, at: (_i64(data, at)[0], at + 8),
    lambda data, at: (_u64(data, at)[0], at + 8),
    lambda data, at: (_f64(data, at)[0], at + 8),
    _text,
    _cut_text,
    _text,
    _cut_text,
    _size,
    _opaque,
    _items,
    _code,
    _parts,
    *(_unknown,) * 240,
)


def _sections(data: bytes, at: int, number: int) -> tuple[str | None, dict[str, str]]:
    name, known = None, {}
    for _ in range(number):
        kind, length = SECTION.unpack_from(data, at)
        at += SECTION.size + length
        if at > len(data):
            raise LayoutError("a section is cut short")
        if kind == SECTION_NAME:
            name = clean(data[at - length : at])
        elif kind == SECTION_WHO:
            known = who.decode(data[at - length : at])
    return name, known


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
        start = at + HEADER.size + name_length
        decoded, end = _values(data, start, values)
        if end != start + values_length or end > len(data):
            raise LayoutError("values do not fill their length")
        name, known = _sections(data, end, sections) if sections else (None, {})
    except (struct.error, IndexError, RecursionError) as error:
        raise LayoutError(str(error)) from error
    # By position: by name it takes twice as long.
    return Record(
        event, time_ns, int.from_bytes(trace, "big"), int.from_bytes(span, "big"), trace_flags, thread,
        clean(data[start - name_length : start]), interpreter, merged, flags, argc, decoded, name, known,
    )  # fmt: skip


def split(data: bytes) -> Iterator[int]:
    """Offsets of the records in what `Core.drain` returned.

    Raises:
        LayoutError: the bytes are not whole records.
    """
    at = 0
    while at < len(data):
        left = len(data) - at
        length = _u32(data, at)[0] if left >= HEADER.size else left
        if not HEADER.size <= length <= left:
            raise LayoutError(f"record of {length} bytes")
        yield at
        at += length
