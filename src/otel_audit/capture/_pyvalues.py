"""Arguments to bytes, in Python: the twin of _values.h, tag for tag.

Every call here is on a built-in type's own method, never on the argument: `isinstance` would ask the argument for its
`__class__`, `len` for its `__len__`, and an application's code must not run inside the hook.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from pathlib import PurePath
from types import CodeType
from typing import Any

from otel_audit.model import Kind

TEXT_MAX, ITEM_MAX, ITEMS_MAX, TYPE_MAX, VALUES_MAX = 1024, 256, 64, 64, 3072
WORD_MAX, LINE_MAX_READ = 12, 32

MISSING, NONE, FALSE, TRUE = b"\x00", b"\x01", b"\x02", b"\x03"
_INT = struct.Struct("=Bq").pack
_UINT = struct.Struct("=BQ").pack
_FLOAT = struct.Struct("=Bd").pack
_TEXT = struct.Struct("=BH").pack
_SIZE = struct.Struct("=BQ").pack
_ITEMS = struct.Struct("=BIB").pack
(INT, UINT, DOUBLE, TEXT, TEXT_CUT, RAW, RAW_CUT, SIZE, OPAQUE, ITEMS, CODE, PARTS) = range(4, 16)

_type_name = type.__dict__["__name__"].__get__
_path_slot: Any = PurePath.__dict__.get("_raw_paths", PurePath.__dict__.get("_parts"))
_SIZED: tuple[tuple[type, Callable[[Any], int]], ...] = tuple(
    (t, t.__len__) for t in (str, bytes, bytearray, list, tuple, dict, set, frozenset)
)


def cut_whole(data: bytes, bound: int) -> bytes:
    """Cut UTF-8 at `bound` bytes, between characters."""
    while bound and data[bound] & 0xC0 == 0x80:
        bound -= 1
    return data[:bound]


def _named(type_: type) -> bytes:
    name = str.encode(_type_name(type_), "utf-8", "surrogatepass")
    if len(name) > TYPE_MAX:
        name = cut_whole(name, TYPE_MAX)
    return bytes((len(name),)) + name


def _opaque(type_: type, room: int) -> bytes:
    if room < TYPE_MAX + 2:
        return MISSING
    return bytes((OPAQUE,)) + _named(type_)


def _text(o: Any, bound: int, room: int) -> bytes:
    if room < 16:
        return MISSING
    bound = min(bound, room - 3)
    if issubclass(type(o), str):
        piece = str.__getitem__(o, slice(0, bound + 1))
        data = str.encode(piece, "utf-8", "surrogatepass")
        if len(data) <= bound and len(piece) == str.__len__(o):
            return _TEXT(TEXT, len(data)) + data
        data = cut_whole(data, bound) if len(data) > bound else data
        return _TEXT(TEXT_CUT, len(data)) + data
    base: Any = bytes if issubclass(type(o), bytes) else bytearray
    data = bytes(base.__getitem__(o, slice(0, bound)))
    return _TEXT(RAW if len(data) == base.__len__(o) else RAW_CUT, len(data)) + data


def _number(o: Any, type_: type, room: int) -> bytes:
    if room < 16:
        return MISSING
    if issubclass(type_, float):
        return _FLOAT(DOUBLE, float.__float__(o))
    number = int.__int__(o)
    if -(1 << 63) <= number < 1 << 63:
        return _INT(INT, number)
    if 0 <= number < 1 << 64:
        return _UINT(UINT, number)
    return _opaque(type_, room)


def _plain(o: Any, room: int) -> bytes | None:
    if o is None:
        return NONE
    if o is True:
        return TRUE
    if o is False:
        return FALSE
    type_ = type(o)
    if issubclass(type_, (int, float)):
        return _number(o, type_, room)
    return None


def _is_text(type_: type) -> bool:
    return issubclass(type_, (str, bytes, bytearray))


def _size(o: Any, room: int) -> bytes:
    type_ = type(o)
    for sized, length in _SIZED:
        if issubclass(type_, sized):
            return MISSING if room < TYPE_MAX + 10 else _SIZE(SIZE, length(o)) + _named(type_)
    return NONE if o is None else _opaque(type_, room)


def _pathlib(o: Any, bound: int, room: int) -> bytes | None:
    if _path_slot is None or room < 32 or not issubclass(type(o), PurePath):
        return None
    try:
        pieces = _path_slot.__get__(o)
    except AttributeError:
        return None
    if type(pieces) is not list:
        return None
    out = [bytes((PARTS, min(len(pieces), ITEMS_MAX)))]
    room -= 2
    for piece in pieces[:ITEMS_MAX]:
        out.append(_text(piece, bound, room) if issubclass(type(piece), str) else MISSING)
        room -= len(out[-1])
    return b"".join(out)


def _path(o: Any, bound: int, room: int) -> bytes:
    if _is_text(type(o)):
        return _text(o, bound, room)
    return _plain(o, room) or _pathlib(o, bound, room) or _opaque(type(o), room)


def _items(o: Any, room: int) -> bytes:
    if room < 16:
        return MISSING
    base: Any = list if issubclass(type(o), list) else tuple
    total = base.__len__(o)
    room -= 6
    out: list[bytes] = []
    for item in base.__getitem__(o, slice(0, ITEMS_MAX)):
        if room < TYPE_MAX + 16:
            break
        out.append(_path(item, ITEM_MAX, room))
        room -= len(out[-1])
    return _ITEMS(ITEMS, total, len(out)) + b"".join(out)


def _sequence(o: Any, room: int) -> bytes:
    return _items(o, room) if issubclass(type(o), (tuple, list)) else _path(o, TEXT_MAX, room)


VERBS = frozenset(
    """
    ABOR ACCT ALLO APOP APPE ARTICLE AUTH AUTHENTICATE AUTHINFO BDAT BODY CAPA CAPABILITY CDUP CHECK CLOSE COPY
    CREATE CWD DATA DELE DELETE EHLO ENABLE EPRT EPSV EXAMINE EXPN EXPUNGE FEAT FETCH GROUP HEAD HELO HELP IDLE
    IHAVE LIST LISTGROUP LOGIN LOGOUT LSUB MAIL MDTM MKD MLSD MLST MODE MOVE NAMESPACE NEXT NLST NOOP OPTS OVER PASS
    PASV PBSZ PORT POST PROT PWD QUIT RCPT REIN RENAME REST RETR RMD RNFR RNTO RSET SEARCH SELECT SITE SIZE SORT
    STARTTLS STAT STATUS STLS STOR STORE STOU STRU SUBSCRIBE SYST THREAD TOP TYPE UID UIDL UNSUBSCRIBE USER VRFY
    XHDR XOVER
    """.split()  # noqa: SIM905 - a hundred words in quotes read worse
)
"""Commands of FTP, IMAP, NNTP, POP3 and SMTP: all that a record ever tells of a line."""
_line = re.compile(r"[\r\n]").split


def _verb(line: str) -> str:
    """The command among the first two words of a line; a word that goes on past what was read is none."""
    for word in _line(line, 1)[0].split(" ")[:2]:
        if word.isascii() and word.upper() in VERBS:
            return word.upper()
    return ""


def _word(o: Any, room: int) -> bytes:
    type_ = type(o)
    if not _is_text(type_):
        return _size(o, room)
    if room < WORD_MAX + 16:
        return MISSING
    base: Any = str if issubclass(type_, str) else bytes if issubclass(type_, bytes) else bytearray
    piece, length = base.__getitem__(o, slice(0, LINE_MAX_READ)), base.__len__(o)
    line = piece if base is str else piece.decode("latin-1")
    verb = _verb(line if length <= LINE_MAX_READ else line + "?").encode()
    return _ITEMS(ITEMS, length, 1) + _TEXT(TEXT, len(verb)) + verb


def _code(o: Any, room: int) -> bytes:
    if type(o) is not CodeType:
        return _opaque(type(o), room)
    if room < 64:
        return MISSING
    file = _text(o.co_filename, min((room - 1) // 2, TEXT_MAX), room - 1)
    name = _text(o.co_name, ITEM_MAX, room - 1 - len(file))
    return bytes((CODE,)) + file + name + _INT(INT, o.co_firstlineno)


def _auto(o: Any, room: int) -> bytes:
    if issubclass(type(o), str):
        return _text(o, TEXT_MAX, room)
    return _plain(o, room) or _size(o, room)


def _type(o: Any, room: int) -> bytes:
    return _opaque(o if issubclass(type(o), type) else type(o), room)


def _scalar(o: Any, room: int) -> bytes:
    return _plain(o, room) or _opaque(type(o), room)


def _any_text(o: Any, room: int) -> bytes:
    if _is_text(type(o)):
        return _text(o, TEXT_MAX, room)
    return _plain(o, room) or _opaque(type(o), room)


def _any_path(o: Any, room: int) -> bytes:
    return _path(o, TEXT_MAX, room)


WRITERS: tuple[Callable[[Any, int], bytes] | None, ...] = (
    None, _any_text, _size, _scalar, _scalar, _scalar, _any_path, _sequence, _sequence, _code, _type, _auto, _word,
)  # fmt: skip
"""By model.Kind."""
TEXTS = frozenset((Kind.TEXT, Kind.PATH, Kind.ADDRESS, Kind.ARGV, Kind.AUTO))
"""Kinds that copy a str, an int and None as they are."""
SCALARS = frozenset((Kind.INT, Kind.FLOAT, Kind.BOOL))
"""Kinds that do so with an int and None."""
PLAIN_MAX, PLAIN_EACH = 200, 9
"""Bytes of plain values and of who did it, at most, and what each value takes beside its text."""
INT_MIN, INT_MAX = -(1 << 63), (1 << 63) - 1


def encode_plain(values: tuple[Any, ...]) -> bytes:
    """The same as `encode` of plain values: exact str of ASCII, exact int of 64 bits, None."""
    out = []
    for value in values:
        if type(value) is str:
            out.append(_TEXT(TEXT, len(value)) + value.encode())
        else:
            out.append(NONE if value is None else _INT(INT, value))
    return b"".join(out)


def as_plain(args: tuple[Any, ...], scalars: tuple[int, ...], size: int) -> tuple[Any, ...] | None:
    """Plain values where arguments make the bytes of such, though they be of subclasses.

    Args:
        args: what is captured.
        scalars: places where a str is none.
        size: of who did it, in bytes.
    """
    out: list[str | int | None] = []
    for place, o in enumerate(args):
        type_ = type(o)
        if o is None:
            out.append(None)
        elif issubclass(type_, str) and place not in scalars and str.__len__(o) <= PLAIN_MAX and str.isascii(o):
            out.append(str.__str__(o))
            size += str.__len__(o)
        elif issubclass(type_, int) and type_ is not bool and INT_MIN <= (number := int.__int__(o)) <= INT_MAX:
            out.append(number)
        else:
            return None
    return tuple(out) if size + PLAIN_EACH * len(out) <= PLAIN_MAX else None


def encode(
    writers: tuple[Callable[[Any, int], bytes], ...], places: tuple[int, ...], args: tuple[Any, ...]
) -> tuple[bytes, int]:
    """Copy the arguments at `places` through `writers`. Returns the bytes and how many values they hold."""
    room, given, out = VALUES_MAX, len(args), []
    for writer, place in zip(writers, places):
        if place >= given and writer is _auto:
            break  # nobody named it, nobody misses it
        piece = writer(args[place], room) if place < given else MISSING
        out.append(piece)
        room = max(0, room - len(piece))
    return b"".join(out), len(out)
