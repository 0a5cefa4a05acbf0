"""Who did it: the route and the chosen baggage of a request, read once when a span starts and kept with the span.

The core copies what `encode` made into each record of the span, so that it costs the hook one copy. What a request
sends is not trusted: everything is bounded, and U+2026 holds the place of what does not fit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from otel_audit.lazy import lazy
from otel_audit.semconv import HTTP_ROUTE as ROUTE

BYTES_MAX = 512
"""Of what `encode` makes: the core takes no more."""
VALUE_MAX = 128
"""Characters of one value."""
ATTRIBUTE = "_otel_audit_who"
"""Where a span keeps it, for the spans it is the parent of."""

_CUT = "\N{HORIZONTAL ELLIPSIS}"
_NUL = "\N{REPLACEMENT CHARACTER}"
_SERVER_SPAN = lazy(r"[A-Z]+ (/.*)")
"""How semantic conventions name a server's span: method and route."""


class Who(NamedTuple):
    """What a span knows of its request.

    Args:
        values: by key; a route first.
        data: the same for the core.
    """

    values: dict[str, str]
    data: bytes


NOBODY = Who({}, b"")


def encode(values: dict[str, str]) -> bytes:
    """Key, zero, value, zero, key, ... in UTF-8; a value past `BYTES_MAX` becomes U+2026."""
    pieces: list[bytes] = []
    room = BYTES_MAX + 1  # no zero after the last
    for key, value in values.items():
        piece = _bytes(key) + b"\0" + _bytes(value)
        if len(piece) >= room:
            piece = _bytes(key) + b"\0" + _bytes(_CUT)
        pieces.append(piece)
        room -= len(piece) + 1
    return b"\0".join(pieces)


def decode(data: bytes) -> dict[str, str]:
    """What `encode` was given, bounded; never fails, so that a record is worth more than its who."""
    return _decoded(data).copy()


@lru_cache(maxsize=256)
def _decoded(data: bytes) -> dict[str, str]:
    """All records of a span carry the same bytes, and those of its local children mostly too."""
    pieces = data.decode("utf-8", "backslashreplace").split("\0")
    return dict(zip(pieces[::2], pieces[1::2]))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


def reader(
    baggage: Sequence[str], attribute: Callable[[Any, str], object], span_in: Callable[[Any], object]
) -> Callable[[Any, Any], Who]:
    """Make the function that is asked at every span's start.

    Args:
        baggage: keys to read; of other keys nothing is seen.
        attribute: reads one of a live span.
        span_in: tells the span in a context, None for the current one.

    Returns:
        Who of (span, the context it was started in or None for the current one). What the span does not say itself, its
        local parent does: route and values found there stay.
    """
    from opentelemetry.baggage import get_all
    from opentelemetry.trace import SpanKind

    server = SpanKind.SERVER

    def who(span: Any, context: Any) -> Who:
        inherited = getattr(span_in(context), ATTRIBUTE, NOBODY)
        if type(inherited) is not Who:  # whatever the context held as its span has every attribute
            inherited = NOBODY
        route = attribute(span, ROUTE)
        if route is None and span.kind is server:
            route = _named_route(span.name)
        carried = get_all(context) if baggage else None
        if route is None and not carried:
            return inherited
        found = {} if route is None else {ROUTE: _value(route)}
        if carried:
            found.update((key, _value(carried[key])) for key in baggage if key in carried)
        if found.items() <= inherited.values.items():
            return inherited
        first = inherited.values if ROUTE in inherited.values else found  # what comes last may be shortened
        return _made(tuple({**first, **inherited.values, **found}.items()))

    return who


@lru_cache(maxsize=256)
def _named_route(name: str) -> str | None:
    named = _SERVER_SPAN.fullmatch(name)
    return None if named is None else named[1]


@lru_cache(maxsize=256)
def _made(values: tuple[tuple[str, str], ...]) -> Who:
    """Most requests of a route differ in nothing."""
    return Who(dict(values), encode(dict(values)))


def _value(value: object) -> str:
    """Bounded text of a string or a number; of anything else its type."""
    text = str(value) if isinstance(value, (str, int, float)) else f"<{type(value).__name__}>"
    text = text.replace("\0", _NUL)
    return text if len(text) <= VALUE_MAX else text[: VALUE_MAX - 1] + _CUT
