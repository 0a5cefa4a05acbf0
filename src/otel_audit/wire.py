"""The record layout, version 1: what a core writes, and how it is read.

A record is a 72-byte header (native byte order, no pointers), the thread's name, the captured values, then optional
sections (`type: u16, length: u16, bytes`), padded to 8 bytes. A reader skips sections it does not know, so that a
verdict can be added without a new version:

1 `name`, where the event id stands for many names: up to 1,024 bytes, then U+2026 where it was longer.
2 `who`, what the span knew of its request: up to 512 bytes as `who.encode` makes them.
3 `location`, the application's frame: line (u32), length of the function's name (u16), that name (up to 256 bytes), the
  file (up to 1,024), each then with U+2026 where it was longer.
4 `task`, the asyncio task's name: up to 128 bytes, then U+2026 where it was longer.

Values are self-describing: one tag byte, then the tag's data. Both cores write exactly this; see capture/_state.h.
"""

from __future__ import annotations

import posixpath
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, Protocol

from otel_audit import who
from otel_audit.compiled import optional_extension
from otel_audit.model import MISSING, CodeRef, Items, Location, Opaque, Record, Size, Value

HEADER = struct.Struct("=IBBHQQ16s8sQIBBBBIHH")
VERSION = 1
FLAG_LATE = 1
"""The span had ended when the event came."""
FLAG_NO_TRACE = 2
"""There was a span, and its identity could not be read."""
FLAG_ON_EVENT_LOOP = 4
"""Blocking work in a thread whose event loop was running."""
_FLAGS_AT = 5
SECTION = struct.Struct("=HH")
SECTION_NAME, SECTION_WHO, SECTION_LOCATION, SECTION_TASK = 1, 2, 3, 4
LOCATION = struct.Struct("=IH")

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


class _Sections(NamedTuple):
    name: str | None = None
    who: Mapping[str, str] = {}
    task: str | None = None
    location: Location | None = None


_NO_SECTIONS = _Sections()


def _sections(data: bytes, at: int, number: int) -> _Sections:
    name, known, task, location = _NO_SECTIONS
    for _ in range(number):
        kind, length = SECTION.unpack_from(data, at)
        at += SECTION.size + length
        if at > len(data):
            raise LayoutError("a section is cut short")
        if kind == SECTION_NAME:
            name = clean(data[at - length : at])
        elif kind == SECTION_WHO:
            known = who.decode(data[at - length : at])
        elif kind == SECTION_LOCATION:
            location = _location(data[at - length : at])
        elif kind == SECTION_TASK:
            task = clean(data[at - length : at])
    return _Sections(name, known, task, location)


def _location(data: bytes) -> Location:
    line, length = LOCATION.unpack_from(data)
    file = LOCATION.size + length
    if file > len(data):
        raise LayoutError("a location is cut short")
    return Location(clean(data[file:]), clean(data[LOCATION.size : file]), line)


class Reader(Protocol):
    """Reads one record."""

    def __call__(self, data: bytes, at: int = 0, /) -> Record:
        """See `decode_in_python`."""
        ...


def decode_in_python(data: bytes, at: int = 0, /) -> Record:
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
        name, known, task, location = _sections(data, end, sections) if sections else _NO_SECTIONS
    except (struct.error, IndexError, RecursionError) as error:
        raise LayoutError(str(error)) from error
    # By position, past the named tuple's own way: either takes twice as long.
    return tuple.__new__(Record, (
        event, time_ns, int.from_bytes(trace, "big"), int.from_bytes(span, "big"), trace_flags, thread,
        clean(data[start - name_length : start]), interpreter, merged, flags, argc, decoded, name, known,
        flags & FLAG_ON_EVENT_LOOP != 0, task, location,
    ))  # fmt: skip


def is_marked(data: bytes, at: int = 0) -> bool:
    """Whether a record has `FLAG_ON_EVENT_LOOP`, without reading it."""
    return bool(data[at + _FLAGS_AT] & FLAG_ON_EVENT_LOOP)


def split_in_python(data: bytes, /) -> Iterator[int]:
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


decode: Reader = decode_in_python
"""Reads one record, by the C reader where it was compiled."""
split: Callable[[bytes], Iterable[int]] = split_in_python
"""Offsets of the records in what `Core.drain` returned, by the same; see `split_in_python`."""
reader_name = "python"
"""What reads records: `c` where it was compiled."""
_wire = optional_extension("otel_audit._wire")
if _wire is not None:
    _wire.bind(
        decode_in_python, Record, Size, Opaque, Items, CodeRef, Location, MISSING, _NO_SECTIONS.who, who.decode,
        split_in_python,
    )  # fmt: skip
    decode, split, reader_name = _wire.decode, _wire.split, "c"
