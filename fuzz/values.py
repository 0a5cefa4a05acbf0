"""Arguments: what an event documents, what it does not, and what answers back when the hook asks it anything."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from pathlib import Path, PurePosixPath, PureWindowsPath
from types import CodeType, SimpleNamespace
from typing import Any

from fuzz import texts
from fuzz.source import Source
from otel_audit.model import Arg, Kind
from tests.capture.programs import hostile

HOSTILE: tuple[Any, ...] = tuple(hostile.arguments())
"""Every method of these tells that it was called; see `told`."""

_INTS = (0, 1, -1, 2, 10, 80, 255, 256, 65535, 65536, 2**31 - 1, 2**31, 4294967295, 2**63 - 1, 2**63, -(2**63),
         -(2**63) - 1, 2**64 - 1, 2**64, -(2**64), 1 << 2000, -(1 << 2000))  # fmt: skip
_FLOATS = (0.0, -0.0, 1.5, -1e300, 5e-324, float("inf"), float("-inf"), float("nan"))


class Colour(IntEnum):
    RED = 3


class Text(str):
    pass


class LongName(dict[str, int]):
    pass


LongName.__name__ = "é" * 40


class Listed(list[Any]):
    pass


class Named(tuple[Any, ...]):
    pass


def _codes() -> tuple[CodeType, ...]:
    plain = _codes.__code__
    return (
        plain,
        plain.replace(co_filename="\udcff" * 2000, co_name="né" * 200, co_firstlineno=7),
        plain.replace(co_filename="", co_name="<lambda>", co_firstlineno=0),
        plain.replace(co_filename="/srv/app/päth.py" + "x" * 1100, co_name="f"),
    )


CODES = _codes()
_THINGS: tuple[Any, ...] = (
    None, True, False, ..., NotImplemented, object(), int, Colour, Colour.RED, LongName(a=1), len, SimpleNamespace(),
    range(3), memoryview(b"m"), 1j, {1, 2}, frozenset("ab"), {"k": "v"}, {}, slice(1), Path, Text("sub"),
    ValueError("x"), _codes, type("a.b.C", (), {})(),
)  # fmt: skip
_ADDRESSES: tuple[Any, ...] = (
    ("127.0.0.1", 80), ("::1", 443, 0, 0), ("fe80::1%eth0", 1, 0, 2), (b"10.0.0.1", 53), "/run/app.sock",
    b"/run/b.sock",
    b"\x00abstract", "\x00abstract", "", b"", (0, 0), (2, 1234), ("00:11:22:33:44:55", 3),
    ("eth0", 3, 0, 1, b"\xaa\xbb"),
    ("user:secret@example.org", 80), ("", 0), ("0.0.0.0", -1), ("x" * 300, 2**70), (None, None), ((("n",),),), [],
)  # fmt: skip


def path(source: Source) -> Any:
    """What names a file: text, bytes, a descriptor, pathlib."""
    way = source.byte() % 8
    if way < 3:
        return texts.text(source)
    if way == 3:
        return texts.data(source)
    if way == 4:
        return source.pick(_INTS)
    kind = source.pick((Path, PurePosixPath, PureWindowsPath))
    return kind(*[texts.text(source).replace("\x00", "") for _ in range(source.byte() % 5)])


def number(source: Source) -> Any:
    """A whole number, sometimes a boolean."""
    way = source.byte()
    if way < 150:
        return source.pick(_INTS)
    return source.number(way % 9) if way < 240 else source.one_in(2)


def items(source: Source, depth: int) -> Any:
    """A sequence of anything."""
    size = source.pick((0, 1, 2, 3, 5, 8, 63, 64, 65, 90))
    if size > 8:
        return source.pick((list, tuple))([anything(source, depth + 1)] * size)
    made = [anything(source, depth + 1) for _ in range(size)]
    return source.pick(_SHAPES)(made)


def set_of(made: list[Any]) -> Any:
    """A dict or set may not hold everything: by position."""
    return set(range(len(made)))


def dict_of(made: list[Any]) -> Any:
    """The same as values of a dict."""
    return dict(enumerate(made))


_SHAPES: tuple[Callable[[list[Any]], Any], ...] = (list, tuple, list, tuple, Listed, Named, set_of, dict_of)


def argv(source: Source) -> Any:
    """A command: a list of words, or a shell's line."""
    if source.one_in(5):
        return texts.text(source)
    words: list[Any] = [texts.text(source) for _ in range(source.byte() % 7)]
    if source.one_in(4):
        words.append(anything(source, 1))
    return source.pick((list, tuple))(words)


def address(source: Source) -> Any:
    """A socket address of some family, known or not."""
    return source.pick(_ADDRESSES) if source.byte() < 200 else items(source, 1)


def anything(source: Source, depth: int = 0) -> Any:
    """Whatever `sys.audit` takes."""
    way = source.byte()
    if way < 80:
        return texts.text(source)
    if way < 110:
        return number(source)
    if way < 130:
        return texts.data(source)
    if way < 160:
        return source.pick(_THINGS)
    if way < 185:
        return source.pick(HOSTILE)
    if way < 195:
        return path(source)
    if way < 205:
        return source.pick(_FLOATS)
    if way < 212:
        return source.pick(CODES)
    if way < 220:
        return bytearray(texts.data(source))
    return items(source, depth) if depth < 3 else None


_BY_KIND: dict[Kind, Callable[[Source], Any]] = {
    Kind.TEXT: texts.text,
    Kind.INT: number,
    Kind.FLOAT: lambda source: source.pick(_FLOATS),
    Kind.BOOL: lambda source: source.one_in(2),
    Kind.PATH: path,
    Kind.ADDRESS: address,
    Kind.ARGV: argv,
    Kind.CODE: lambda source: source.pick(CODES),
    Kind.SIZE: texts.data,
    Kind.TYPE: lambda source: source.pick(_THINGS),
}


def documented(source: Source, arg: Arg) -> Any:
    """An argument as its row expects it, mostly."""
    if source.byte() >= 225:
        return anything(source)
    return _BY_KIND.get(arg.kind, anything)(source)


def listen(on: bool) -> None:
    """Say that whatever calls a hostile argument from now on is the hook."""
    hostile.listen(on)


def told() -> list[str]:
    """What was called on a hostile argument while the hook was at work; must stay empty."""
    return hostile.CALLS
