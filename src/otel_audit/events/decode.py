"""Decoders that more than one family needs: from a captured value to attributes.

A decoder answers None for a value it does not know, so that the plain rules of `events.arguments` name its type, and
`{}` for one that says nothing. It never raises.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache

from otel_audit import semconv
from otel_audit.model import AttributeValue, Value

Attributes = Mapping[str, AttributeValue]
Decoder = Callable[[Value], Attributes | None]
Names = Mapping[int, str] | Callable[[], Mapping[int, str]]
"""Names of numbers; a function where they come from a module that is imported on first use."""
Masks = Sequence[tuple[int, str]] | Callable[[], Sequence[tuple[int, str]]]
"""Words of flags, masks of several bits first; a mask of 0 or a word of "" says nothing."""

INT64_MIN, INT64_MAX = -(1 << 63), (1 << 63) - 1
"""What an OpenTelemetry integer attribute can hold."""

LAST_PORT = 65535
_HEX_LIMIT = 40
_CACHED = 256
"""Distinct numbers an enumeration remembers: programs use few, a hostile one does not grow it."""


def arg_key(name: str) -> str:
    """Key of an argument that the conventions have no name for."""
    return semconv.AUDIT_ARG_PREFIX + name


def number_text(value: int) -> str:
    """Decimal digits; hexadecimal past 64 bits, where CPython may refuse (`sys.set_int_max_str_digits`)."""
    return str(int(value)) if INT64_MIN <= value <= INT64_MAX else hex(value)[:_HEX_LIMIT]


def hex_text(value: int) -> str:
    """How addresses, requests and status codes are written; a negative number as the unsigned one C meant."""
    return hex(value & 0xFFFFFFFFFFFFFFFF if INT64_MIN <= value < 0 else value)[:_HEX_LIMIT]


def fits(value: object) -> bool:
    """Whether an integer can be an attribute."""
    return isinstance(value, int) and INT64_MIN <= value <= INT64_MAX


def named(key: str, names: Names, unknown: Callable[[int], str] = number_text) -> Decoder:
    """Make a decoder of an enumeration: the name, or the number as text where it has none."""

    @lru_cache(maxsize=_CACHED)
    def name(value: int) -> str:
        return (names() if callable(names) else names).get(value) or unknown(value)

    def decode(value: Value) -> Attributes | None:
        return {key: name(value)} if isinstance(value, int) else None

    return decode


def flag_words(value: int, masks: Sequence[tuple[int, str]]) -> list[str]:
    """Words of the bits that are set, and what is left as hexadecimal: nothing unknown is hidden."""
    rest = value & 0xFFFFFFFF if INT64_MIN <= value < 0 else value
    words = []
    for mask, word in masks:
        if mask and rest & mask == mask:
            rest &= ~mask
            if word:
                words.append(word)
    return [*words, hex_text(rest)] if rest else words


def flags(key: str, masks: Masks) -> Decoder:
    """Make a decoder of a set of flags: a list of words; no flag says nothing."""

    @lru_cache(maxsize=_CACHED)
    def words(value: int) -> tuple[str, ...]:
        return tuple(flag_words(value, masks() if callable(masks) else masks))

    def decode(value: Value) -> Attributes | None:
        if not isinstance(value, int):
            return None
        found = words(value)
        return {key: [*found]} if found else {}

    return decode


def pointer(name: str) -> Decoder:
    """Make a decoder of an address or handle: hexadecimal text, as no integer attribute holds the upper half."""
    key = arg_key(name)

    def decode(value: Value) -> Attributes | None:
        return {key: hex_text(value)} if isinstance(value, int) else None

    return decode


def octal_mode(value: Value) -> Attributes | None:
    """Permission bits as the conventions spell them: `0755`."""
    return {semconv.FILE_MODE: f"{value & 0o7777:04o}"} if isinstance(value, int) else None


def descriptor(name: str) -> Decoder:
    """Make a decoder of an optional descriptor: CPython passes -1 where none was given."""
    key = arg_key(name)

    def decode(value: Value) -> Attributes | None:
        if value == -1:
            return {}
        return {key: int(value)} if isinstance(value, int) and fits(value) else None

    return decode


def port(value: Value) -> Attributes | None:
    """A port, given as a number, as digits, or as a service name; 0 is any and says nothing."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= len(str(LAST_PORT)):
        value = int(value)
    if isinstance(value, int):
        if not 0 <= value <= LAST_PORT:
            return {arg_key("service"): number_text(value)}
        return {semconv.SERVER_PORT: int(value)} if value else {}
    if not isinstance(value, (str, float)):
        return None
    return {arg_key("service"): str(value)} if value else {}


def executable(value: Value) -> Attributes | None:
    """A program by its path; what has no separator is looked for in PATH and only a name."""
    if not isinstance(value, str):
        return None
    path = "/" in value or "\\" in value
    return {semconv.PROCESS_EXECUTABLE_PATH if path else semconv.PROCESS_EXECUTABLE_NAME: value}


def always(attributes: Attributes) -> Callable[[tuple[Value, ...]], Attributes]:
    """Make a decoder of a row that knows something whatever its arguments are: a protocol, a database system."""
    return lambda _: attributes
