"""A record in the making, in the Python core: a list while equal events may join it, bytes once it is read.

Plain values (exact str, int, None; small) are kept as they are: they cannot change, and holding them runs nobody's
code. Their bytes are written when the record is read. All others are copied into bytes in the hook.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from otel_audit.capture._pystate import Kept, Place
from otel_audit.capture._pyvalues import encode_plain
from otel_audit.wire import FLAG_LATE, FLAG_NO_TRACE, FLAG_ON_EVENT_LOOP, HEADER, VERSION

COUNT, HOME, SEQ, TIME, ENTRY, VALUES, ARGC, PLACE, HEAD, FLAGS = range(10)
"""Events in it; where equal ones find it; which it was of its thread's; ns; `Entry`; plain values or a `Body`; how many
arguments there were, None where they are the values; `Place`; its thread's identity and name; flags of the header."""
NOWHERE, RING, SPAN = range(3)
"""Homes. What is in a span's buffer may be in the ring too; what was taken out of the ring is nowhere."""
LATE, ON_LOOP = FLAG_LATE, FLAG_ON_EVENT_LOOP


class Body(NamedTuple):
    """What follows the header and the thread's name."""

    values: bytes
    number: int
    sections: bytes = b""
    """Of name and task, before who did it."""
    location: bytes = b""
    extra: int = 0
    """How many sections, who did it not among them."""


def size_of(body: Body, head: tuple[int, bytes], place: Place) -> int:
    """Packed, in bytes."""
    length = len(head[1]) + len(body.values) + len(body.sections) + len(place[4]) + len(body.location)
    return (HEADER.size + length + 7) & ~7


def body_of(kept: Kept) -> Body:
    """Encode what is not yet, once."""
    values: Any = kept[VALUES]
    if type(values) is Body:
        return values
    body = Body(encode_plain(values), len(values))
    if kept[ARGC] is None:
        kept[ARGC] = len(values)
    kept[VALUES] = body  # in one step: another thread may read it
    return body


def pack(kept: Kept) -> bytes:
    """The record's bytes; see wire."""
    values, number, sections, location, extra = body = body_of(kept)
    trace, span, trace_flags, unread, who = place = kept[PLACE]
    ident, name = head = kept[HEAD]
    size = size_of(body, head, place)
    return HEADER.pack(
        size, VERSION, kept[FLAGS] | FLAG_NO_TRACE if unread else kept[FLAGS], kept[ENTRY].id, kept[COUNT], kept[TIME],
        trace, span, ident, 0, trace_flags, number, kept[ARGC], len(name), len(values), extra + bool(who), 0,
    ).__add__(b"".join((name, values, sections, who, location))).ljust(size, b"\0")  # fmt: skip
