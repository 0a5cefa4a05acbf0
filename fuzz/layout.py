"""Layout version 1, walked strictly: what a core may write, where wire.py only asks what can be read."""

from __future__ import annotations

import struct
import sys

_HEADER = struct.Struct("=IBBHQQ16s8sQIBBBBIHH")
_TEXT_MAX, _ITEMS_MAX, _TYPE_MAX, _VALUES_MAX, _THREAD_NAME_MAX = 1024, 64, 64, 3072, 48
_SLACK = 160
"""Past the values' bound: tags of one byte where there was no room for more."""
_LOCATION, _TASK = 3, 4
_ON_EVENT_LOOP = 4
_FUNCTION_MAX, _TASK_MAX = 256 + 3, 128 + 3
_SECTIONS = {1: _TEXT_MAX + 3, 2: 512, _LOCATION: 6 + _FUNCTION_MAX + _TEXT_MAX + 3, _TASK: _TASK_MAX}
"""Bytes of a section, at most, by its type."""

(_MISSING, _NONE, _FALSE, _TRUE, _INT, _UINT, _FLOAT, _TEXT, _TEXT_CUT, _RAW, _RAW_CUT, _SIZE, _OPAQUE, _ITEMS, _CODE,
 _PARTS) = range(16)  # fmt: skip
_WHOLE = frozenset((_INT, _UINT, _FLOAT, _TEXT, _TEXT_CUT, _RAW, _RAW_CUT, _SIZE, _OPAQUE))
"""Written where there is room for all of it; the others may end in tags of one byte."""
_WIDTH = {_MISSING: 0, _NONE: 0, _FALSE: 0, _TRUE: 0, _INT: 8, _UINT: 8, _FLOAT: 8}


class Malformed(AssertionError):
    """Bytes that no core may write."""


def _must(holds: bool, what: str) -> None:
    if not holds:
        raise Malformed(what)


def _text(data: bytes, at: int, tag: int) -> int:
    if not _TEXT <= tag <= _RAW_CUT:
        raise Malformed(f"tag {tag} where a text must be")
    length = int.from_bytes(data[at : at + 2], sys.byteorder)
    if length > _TEXT_MAX:
        raise Malformed(f"a text of {length} bytes")
    if tag <= _TEXT_CUT:
        data[at + 2 : at + 2 + length].decode("utf-8", "surrogatepass")
    return at + 2 + length


def _type_name(data: bytes, at: int) -> int:
    length = data[at]
    _must(length <= _TYPE_MAX, f"a type name of {length} bytes")
    data[at + 1 : at + 1 + length].decode("utf-8", "surrogatepass")
    return at + 1 + length


def _value(data: bytes, at: int, nested: bool) -> int:
    """Offset behind the value at an offset."""
    tag = data[at]
    at += 1
    if tag in _WIDTH:
        return at + _WIDTH[tag]
    if _TEXT <= tag <= _RAW_CUT:
        return _text(data, at, tag)
    if tag == _OPAQUE:
        return _type_name(data, at)
    if tag == _PARTS:
        return _parts(data, at)
    _must(not nested and tag <= _PARTS, f"tag {tag} in a sequence")
    if tag == _SIZE:
        return _type_name(data, at + 8)
    return _items(data, at) if tag == _ITEMS else _code(data, at)


def _items(data: bytes, at: int) -> int:
    total, count = struct.unpack_from("=IB", data, at)
    _must(count <= _ITEMS_MAX, f"{count} items of {total}")
    at += 5
    for _ in range(count):
        at = _value(data, at, True)
    return at


def _code(data: bytes, at: int) -> int:
    for _ in range(2):
        if data[at] == _MISSING:
            at += 1
        else:
            at = _text(data, at + 1, data[at])
    _must(data[at] == _INT, "a code object without a line")
    return at + 9


def _parts(data: bytes, at: int) -> int:
    count = data[at]
    _must(count <= _ITEMS_MAX, f"{count} pieces of a path")
    at += 1
    for _ in range(count):
        at = at + 1 if data[at] == _MISSING else _text(data, at + 1, data[at])
    return at


def _sections(data: bytes, at: int, number: int, flags: int) -> int:
    seen = set()
    for _ in range(number):
        kind, length = struct.unpack_from("=HH", data, at)
        _must(kind in _SECTIONS and length <= _SECTIONS[kind], f"section {kind} of {length} bytes")
        _must(kind not in seen, f"section {kind} twice")
        seen.add(kind)
        at += 4 + length
        if kind == _LOCATION:
            _location(data[at - length : at])
        elif kind == _TASK:
            _must(flags & _ON_EVENT_LOOP != 0, "a task without a loop")
            data[at - length : at].decode("utf-8", "surrogatepass")
    return at


def _location(data: bytes) -> None:
    line, length = struct.unpack_from("=IH", data)
    _must(length <= _FUNCTION_MAX and length + 6 <= len(data), f"a function's name of {length} bytes in {len(data)}")
    _must(line < 1 << 31, f"line {line}")
    for text in (data[6 : 6 + length], data[6 + length :]):
        text.decode("utf-8", "surrogatepass")


def step(data: bytes, at: int) -> tuple[int, int]:
    """What `walk` returns, unchecked."""
    length, merged = struct.unpack_from("=I4xQ", data, at)
    return at + length, merged


def walk(data: bytes, at: int) -> tuple[int, int]:
    """Check one record.

    Returns:
        Where the next one begins, and for how many events this one stands.

    Raises:
        Malformed: what a core may not write.
    """
    (length, version, flags, _, merged, _, _, _, _, _, _, values, _, name_length, values_length, sections,
    reserved) = _HEADER.unpack_from(data, at)  # fmt: skip
    if length % 8 or at + length > len(data) or version != 1 or reserved or flags > 7 or not 0 < merged < 1 << 32:
        raise Malformed(f"{length} bytes at {at} of {len(data)}, version {version}, flags {flags}, for {merged} events")
    if values > 16 or name_length > _THREAD_NAME_MAX or values_length > _VALUES_MAX + _SLACK:
        raise Malformed(f"{values} values of {values_length} bytes, thread name of {name_length}")
    start = at + _HEADER.size
    data[start : start + name_length].decode("utf-8", "surrogatepass")
    start = end = start + name_length
    for _ in range(values):
        tag, end = data[end], _value(data, end, False)
        if tag in _WHOLE and end - start > _VALUES_MAX:
            raise Malformed(f"a value of tag {tag} past the bound of {_VALUES_MAX} bytes")
    if end - start != values_length:
        raise Malformed(f"values of {end - start} bytes, said to be {values_length}")
    end = _sections(data, end, sections, flags)
    if not 0 <= at + length - end < 8 or any(data[end : at + length]):
        raise Malformed("the padding is not zero")
    return at + length, merged
