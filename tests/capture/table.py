"""What every kind makes of an argument: expected, unexpected, hostile. (kind, argument, decoded value)."""

from __future__ import annotations

import pathlib
import re
from enum import IntEnum
from typing import Any

from otel_audit.model import CodeRef, Items, Kind, Opaque, Size

CUT = "…"
LONG = "ab" * 5_000_000
HUGE = 1 << 100_000


class Colour(IntEnum):
    RED = 3


class Text(str):
    pass


class Namé(dict[str, int]):
    pass


LONG_NAME = type("é" * 40, (), {})


def code() -> None:
    pass


CODE = code.__code__
FILE = CodeRef(CODE.co_filename, "code", CODE.co_firstlineno)
ODD_CODE = CODE.replace(co_filename="\udcff" * 2000, co_name="né" * 200, co_firstlineno=7)

_TEXT: list[tuple[Kind, Any, Any]] = [
    (Kind.TEXT, "", ""),
    (Kind.TEXT, "héllo\x00wörld", "héllo\x00wörld"),
    (Kind.TEXT, "\U0001f40d", "\U0001f40d"),
    (Kind.TEXT, "a\udcffb", "a\\xffb"),
    (Kind.TEXT, "a\ud800b", "a\\xed\\xa0\\x80b"),
    (Kind.TEXT, "x" * 1024, "x" * 1024),
    (Kind.TEXT, "x" * 1025, "x" * 1024 + CUT),
    (Kind.TEXT, "é" * 513, "é" * 512 + CUT),
    (Kind.TEXT, "x" + "é" * 512, "x" + "é" * 511 + CUT),
    (Kind.TEXT, "x" * 1022 + "\U0001f40d" + "y", "x" * 1022 + CUT),
    (Kind.TEXT, LONG, LONG[:1024] + CUT),
    (Kind.TEXT, "é" + LONG, ("é" + LONG)[:1023] + CUT),
    (Kind.TEXT, Text("sub"), "sub"),
    (Kind.TEXT, b"bytes", "bytes"),
    (Kind.TEXT, b"\xff\x00", "\\xff\x00"),
    (Kind.TEXT, b"y" * 2000, "y" * 1024 + CUT),
    (Kind.TEXT, bytearray(b"array"), "array"),
    (Kind.TEXT, None, None),
    (Kind.TEXT, True, True),
    (Kind.TEXT, 5, 5),
    (Kind.TEXT, 2.5, 2.5),
    (Kind.TEXT, ["x"], Opaque("list")),
    (Kind.TEXT, object(), Opaque("object")),
    (Kind.TEXT, memoryview(b"m"), Opaque("memoryview")),
]

_SIZE: list[tuple[Kind, Any, Any]] = [
    (Kind.SIZE, "é" * 3, Size(3, "str")),
    (Kind.SIZE, LONG, Size(10_000_000, "str")),
    (Kind.SIZE, b"12", Size(2, "bytes")),
    (Kind.SIZE, bytearray(3), Size(3, "bytearray")),
    (Kind.SIZE, [1, 2], Size(2, "list")),
    (Kind.SIZE, (), Size(0, "tuple")),
    (Kind.SIZE, {"a": 1}, Size(1, "dict")),
    (Kind.SIZE, {1, 2}, Size(2, "set")),
    (Kind.SIZE, frozenset("ab"), Size(2, "frozenset")),
    (Kind.SIZE, Namé(a=1), Size(1, "Namé")),
    (Kind.SIZE, None, None),
    (Kind.SIZE, 7, Opaque("int")),
    (Kind.SIZE, True, Opaque("bool")),
    (Kind.SIZE, range(3), Opaque("range")),
]

_NUMBERS: list[tuple[Kind, Any, Any]] = [
    (Kind.INT, 0, 0),
    (Kind.INT, -1, -1),
    (Kind.INT, (1 << 63) - 1, (1 << 63) - 1),
    (Kind.INT, -(1 << 63), -(1 << 63)),
    (Kind.INT, 1 << 63, 1 << 63),
    (Kind.INT, (1 << 64) - 1, (1 << 64) - 1),
    (Kind.INT, 1 << 64, Opaque("int")),
    (Kind.INT, -(1 << 63) - 1, Opaque("int")),
    (Kind.INT, HUGE, Opaque("int")),
    (Kind.INT, -HUGE, Opaque("int")),
    (Kind.INT, Colour.RED, 3),
    (Kind.INT, 1.5, 1.5),
    (Kind.INT, False, False),
    (Kind.INT, None, None),
    (Kind.INT, "7", Opaque("str")),
    (Kind.FLOAT, 1.5, 1.5),
    (Kind.FLOAT, float("inf"), float("inf")),
    (Kind.FLOAT, float("nan"), float("nan")),
    (Kind.FLOAT, -0.0, -0.0),
    (Kind.FLOAT, 3, 3),
    (Kind.FLOAT, 1j, Opaque("complex")),
    (Kind.BOOL, True, True),
    (Kind.BOOL, False, False),
    (Kind.BOOL, 1, 1),
    (Kind.BOOL, b"", Opaque("bytes")),
]

_PATHS: list[tuple[Kind, Any, Any]] = [
    (Kind.PATH, "/etc/hosts", "/etc/hosts"),
    (Kind.PATH, b"/tmp/\xff", "/tmp/\\xff"),
    (Kind.PATH, 3, 3),
    (Kind.PATH, None, None),
    (Kind.PATH, pathlib.PurePosixPath("/a/b", "c d"), "/a/b/c d"),
    (Kind.PATH, pathlib.Path("rel") / "é" / "x", "rel/é/x"),
    (Kind.PATH, pathlib.PurePosixPath(), "."),
    (Kind.PATH, pathlib.PurePosixPath("/"), "/"),
    (Kind.PATH, pathlib.PurePosixPath("/\udcff"), "/\\xff"),
    (Kind.PATH, 1.5, 1.5),
    (Kind.PATH, ["x"], Opaque("list")),
    (Kind.ADDRESS, ("::1", 80, 0, 1), Items(("::1", 80, 0, 1), 4)),
    (Kind.ADDRESS, (b"host", None), Items(("host", None), 2)),
    (Kind.ADDRESS, b"\x00abstract", "\x00abstract"),
    (Kind.ADDRESS, "/run/s.sock", "/run/s.sock"),
    (Kind.ADDRESS, (), Items((), 0)),
    (Kind.ADDRESS, 4, 4),
    (Kind.ADDRESS, {}, Opaque("dict")),
    (Kind.ADDRESS, ("x" * 300, 1), Items(("x" * 256 + CUT, 1), 2)),
]

_ARGV: list[tuple[Kind, Any, Any]] = [
    (Kind.ARGV, ["ls", "-l"], Items(("ls", "-l"), 2)),
    (Kind.ARGV, ("a", b"\xff", pathlib.PurePosixPath("/p")), Items(("a", "\\xff", "/p"), 3)),
    (Kind.ARGV, ["x", 3, None, object()], Items(("x", 3, None, Opaque("object")), 4)),
    (Kind.ARGV, ["i"] * 10_000, Items(("i",) * 64, 10_000)),
    (Kind.ARGV, ["y" * 300] * 20, Items(("y" * 256 + CUT,) * 11 + ("y" * 214 + CUT,), 20)),
    (Kind.ARGV, "rm -rf /", "rm -rf /"),
    (Kind.ARGV, b"sh", "sh"),
    (Kind.ARGV, [["nested"]], Items((Opaque("list"),), 1)),
    (Kind.ARGV, [], Items((), 0)),
    (Kind.ARGV, {"a"}, Opaque("set")),
]

_WORDS: list[tuple[Kind, Any, Any]] = [
    (Kind.WORD, "PASS hunter2\r\n", Items(("PASS",), 14)),
    (Kind.WORD, b"user bob", Items(("USER",), 8)),
    (Kind.WORD, bytearray(b"QUIT\r\n"), Items(("QUIT",), 6)),
    (Kind.WORD, "KHJF1 LOGIN bob hunter2", Items(("LOGIN",), 23)),
    (Kind.WORD, "A1 AUTHENTICATE PLAIN", Items(("AUTHENTICATE",), 21)),
    (Kind.WORD, "A1 b LOGIN", Items(("",), 10)),
    (Kind.WORD, "hunter\r\n", Items(("",), 8)),
    (Kind.WORD, "hunter\nQUIT", Items(("",), 11)),
    (Kind.WORD, b"Zm9vYmFy\r\n", Items(("",), 10)),
    (Kind.WORD, "QUITTER", Items(("",), 7)),
    (Kind.WORD, "UNAUTHENTICATE", Items(("",), 14)),
    (Kind.WORD, "x" * 27 + " QUIT", Items(("QUIT",), 32)),
    (Kind.WORD, "x" * 27 + " QUITTER", Items(("",), 35)),
    (Kind.WORD, "x" * 26 + " QUIT me", Items(("QUIT",), 34)),
    (Kind.WORD, "pa\xdf", Items(("",), 3)),
    (Kind.WORD, "\u0250 quit", Items(("QUIT",), 6)),
    (Kind.WORD, "\udcff", Items(("",), 1)),
    (Kind.WORD, " QUIT", Items(("QUIT",), 5)),
    (Kind.WORD, "", Items(("",), 0)),
    (Kind.WORD, Text("noop"), Items(("NOOP",), 4)),
    (Kind.WORD, LONG, Items(("",), 10_000_000)),
    (Kind.WORD, None, None),
    (Kind.WORD, ["QUIT"], Size(1, "list")),
    (Kind.WORD, 5, Opaque("int")),
]

_CODE: list[tuple[Kind, Any, Any]] = [
    (Kind.CODE, CODE, FILE),
    (Kind.CODE, ODD_CODE, CodeRef("\\xff" * 341 + CUT, "né" * 85 + "n" + CUT, 7)),
    (Kind.CODE, code, Opaque("function")),
    (Kind.CODE, None, Opaque("NoneType")),
    (Kind.CODE, "x", Opaque("str")),
    (Kind.TYPE, 5, Opaque("int")),
    (Kind.TYPE, int, Opaque("int")),
    (Kind.TYPE, Namé, Opaque("Namé")),
    (Kind.TYPE, Namé(), Opaque("Namé")),
    (Kind.TYPE, re.compile("x"), Opaque("Pattern")),
    (Kind.TYPE, IntEnum, Opaque("IntEnum")),
    (Kind.TYPE, LONG_NAME(), Opaque("é" * 32)),
    (Kind.TYPE, type("a.b.C", (), {})(), Opaque("a.b.C")),
    (Kind.TYPE, None, Opaque("NoneType")),
]

_AUTO: list[tuple[Kind, Any, Any]] = [
    (Kind.AUTO, "text", "text"),
    (Kind.AUTO, 9, 9),
    (Kind.AUTO, 0.5, 0.5),
    (Kind.AUTO, True, True),
    (Kind.AUTO, None, None),
    (Kind.AUTO, b"secret", Size(6, "bytes")),
    (Kind.AUTO, ["secret"], Size(1, "list")),
    (Kind.AUTO, {"k": "secret"}, Size(1, "dict")),
    (Kind.AUTO, pathlib.PurePosixPath("/p"), Opaque("PurePosixPath")),
    (Kind.AUTO, HUGE, Opaque("int")),
    (Kind.AUTO, code, Opaque("function")),
]

ROWS: list[tuple[Kind, Any, Any]] = [*_TEXT, *_SIZE, *_NUMBERS, *_PATHS, *_ARGV, *_WORDS, *_CODE, *_AUTO]
