"""Where the Python core keeps a record: its span's buffer, the ring, both, or nowhere, with the cause counted.

The twin of the first half of _hook.h. Runs in the hook, and so do its laws.
"""

from __future__ import annotations

from otel_audit.capture._pyrecord import FLAGS, HEAD, HOME, LATE, NOWHERE, PLACE, RING, SEQ, SPAN, VALUES, Body, size_of
from otel_audit.capture._pystate import (
    IN_SPAN,
    KEPT,
    MERGE_MAX,
    PLAIN_SIZE,
    SPAN_BYTES_CAP,
    Kept,
    Place,
    Row,
    SpanOwner,
    State,
    Thread,
)

SPAN_ROOM = 4
"""Records that a span first reserves memory for."""


def ring_bell(s: State) -> None:
    try:
        s.bell.release()
    except RuntimeError:  # rung already
        pass


def _extra(kept: Kept) -> int:
    """Bytes by which a record is larger than what is reckoned for each."""
    values = kept[VALUES]
    if type(values) is not Body:
        return 0
    return max(0, size_of(values, kept[HEAD], kept[PLACE]) - PLAIN_SIZE)


def put_in_span(s: State, t: Thread, row: Row, kept: Kept, owner: SpanOwner) -> None:
    """Where no room is reserved in its buffer: under the caps, or lost by cause."""
    held, need = len(owner.buffer), _extra(kept)
    room = 0 if held < owner.room else min(s.max_span_events, max(SPAN_ROOM, 4 * held))
    if room:
        need += PLAIN_SIZE * (room - owner.room)
    # Counted before it can be delivered, and from here on without a call, where a signal handler could raise.
    t.counted = True
    row[IN_SPAN] += 1
    if owner.closed:
        t.stat["span_late"] += 1
        kept[FLAGS] |= LATE
    elif held >= s.max_span_events:
        owner.over += 1
        t.stat["span_over"] += 1
    elif s.span_bytes + need > SPAN_BYTES_CAP:
        t.stat["span_memory_full"] += 1
    else:
        owner.bytes += need
        s.span_bytes += need
        owner.buffer.append(kept)
        kept[HOME] = SPAN
        if room:
            owner.room = room


def put_in_ring(s: State, t: Thread, kept: Kept) -> None:
    """Past a quarter of it, or not of plain values."""
    extra, ring = _extra(kept), s.ring
    used = (len(ring) + 1) * PLAIN_SIZE + s.ring_extra + extra
    t.ring_kept += 1
    if used > s.ring_size:
        t.stat["ring_queue_full"] += 1
        _look_for_room(t, kept)
        return
    if extra:
        s.ring_extra += extra
        s.mark()
    ring.append(kept)
    kept[HOME] = kept[HOME] or RING
    _look_for_room(t, kept)
    if used > s.ring_size // 4 and s.bell.locked():
        ring_bell(s)


def _look_for_room(t: Thread, kept: Kept) -> None:
    """Go on counting the records in a row that found none: nothing merges with them."""
    if kept[HOME] != NOWHERE:
        if kept[SEQ] <= t.missed:  # one of them, met again, did
            t.misses = 0
    elif kept[SEQ] > t.missed:
        t.misses = t.misses + 1 if kept[SEQ] == t.missed + 1 else 1
        t.missed = kept[SEQ]


def refused(s: State, t: Thread, row: Row, owner: SpanOwner | None, place: Place) -> bool:
    """Where the ring is full and nothing merges, an event that its span does not take either: counted like a kept one.

    Its values stay unseen. Nothing merges where this window has kept nothing, or where the last ones found no room, as
    many as a thread looks back at.
    """
    if (len(s.ring) + 1) * PLAIN_SIZE + s.ring_extra <= s.ring_size:
        return False
    if t.merges and (t.misses < MERGE_MAX or t.missed != t.seq - 1):
        return False
    if owner is None:
        t.counted = True
        row[KEPT] += 1
        if place[3]:
            t.stat["no_trace"] += 1
    elif owner.closed:
        t.counted = True
        row[IN_SPAN] += 1
        t.stat["span_late"] += 1
    elif len(owner.buffer) >= s.max_span_events:
        t.counted = True
        row[IN_SPAN] += 1
        owner.over += 1
        t.stat["span_over"] += 1
    else:
        return False
    t.ring_kept += 1
    t.stat["ring_queue_full"] += 1
    return True
