"""What becomes of an event that the Python core listens to: the twin of half of _hook.h. Runs in the hook.

The laws of docs/design.md hold here as in C: built-in methods only, and nothing of the application is called. What is
kept of it are values that cannot change and run no code when they go: exact str, int and None, bounded.
"""

from __future__ import annotations

import random
import threading
from itertools import islice
from typing import Any

from otel_audit import clock
from otel_audit.capture._pycontext import NO_PLACE, look_around, readable
from otel_audit.capture._pycontext import read as _read
from otel_audit.capture._pykeep import put_in_ring, put_in_span, refused
from otel_audit.capture._pyplace import NOT_LOOKED, location_section, look, task_section
from otel_audit.capture._pyrecord import (
    COUNT,
    FLAGS,
    HOME,
    NOWHERE,
    ON_LOOP,
    RING,
    SEQ,
    SPAN,
    TIME,
    Body,
)
from otel_audit.capture._pystate import (
    COUNTED,
    DROPPED,
    ENTRY,
    FIRST,
    FIRST_MAX,
    IN_SPAN,
    IN_TRACE,
    KEPT,
    LIMITED,
    MERGE_MAX,
    MERGED,
    RATE,
    RATIO,
    RING_MARKED,
    RING_OFF,
    SAMPLED,
    STATE,
    THREAD_NAME_MAX,
    TIMED_EVERY,
    Entry,
    Kept,
    Place,
    Row,
    SpanOwner,
    State,
    Thread,
    section,
)
from otel_audit.capture._pyvalues import (
    INT_MAX,
    INT_MIN,
    PLAIN_EACH,
    PLAIN_MAX,
    TEXT_MAX,
    as_plain,
    cut_whole,
    encode,
    encode_plain,
)
from otel_audit.model import MESSAGE_ID, OTHER_ID
from otel_audit.wire import SECTION_NAME


def _take_token(entry: Entry, now: int) -> bool:
    start = max(entry.next_free, now)
    if start + entry.interval > now + max(entry.interval, 1_000_000_000):
        return False
    entry.next_free = start + entry.interval
    return True


def _thread_name(ident: int, active: dict[int, Any] = threading._active) -> bytes:  # type: ignore[attr-defined]
    thread = active.get(ident)
    try:
        if thread is None or not readable(type(thread), "_name"):
            return b""
        name = object.__getattribute__(thread, "_name")
        data = str.encode(name, "utf-8", "surrogatepass")
    except (AttributeError, TypeError):
        return b""
    if len(data) <= THREAD_NAME_MAX:
        return data
    bound = THREAD_NAME_MAX
    while data[bound] & 0xC0 == 0x80:
        bound -= 1
    return data[:bound]


def _name_section(name: str) -> bytes:
    """The record's own name, cut between characters."""
    data = name[: TEXT_MAX + 1].encode("utf-8", "surrogatepass")
    if len(data) > TEXT_MAX:
        data = cut_whole(data, TEXT_MAX) + b"\xe2\x80\xa6"
    return section(SECTION_NAME, data)


def _new_window(s: State, t: Thread) -> None:
    t.merges.clear()
    t.window = s.window
    t.head = t.ident, _thread_name(t.ident) or t.head[1]


def _stop(t: Thread) -> int:
    """Forget what nothing merges with any more; the time, where this event's cost is to be measured, else 0."""
    if len(t.merges) > MERGE_MAX:
        latest = list(islice(reversed(t.merges.items()), MERGE_MAX))
        latest.reverse()
        t.merges = dict(latest)
    t.stop = t.seq + FORGET_EVERY
    return _time_ns() if t.seq >= t.time_at else 0


def _timed(t: Thread, start: int) -> None:
    t.time_at = t.seq + TIMED_EVERY
    t.stat["hook_timed"] += 1
    t.stat["hook_time_ns"] += max(0, _time_ns() - start)  # of a clock that may be set back


def _admit(e: Entry, place: Place) -> int:
    """What the sampler makes of it; 0 where it is to be kept."""
    if e.rule == RATIO:
        return SAMPLED if _random() >= e.value else 0
    if e.rule == IN_TRACE:
        return 0 if place[2] & 1 and place is not NO_PLACE else SAMPLED
    return LIMITED if e.rule == RATE and not _take_token(e, _monotonic_ns()) else 0


def _marked(s: State, t: Thread, e: Entry, args: tuple[Any, ...]) -> Any:
    """Where only marked records are wanted: what was found in the code, None where it is no such one."""
    if s.ring_mode == RING_OFF or not e.blocking:
        return None
    code = look(s, t, e, args, _DEPTH, _random())
    return code if code.on_loop else None


def _capture(
    s: State, t: Thread, e: Entry, name: str, args: tuple[Any, ...], place: Place, where: Any, code: Any
) -> Any:
    """Whatever the values, the rule and the code: key and record, or the outcome that leaves none."""
    values: Any = as_plain(args[: e.most], e.scalars, len(place[4])) if e.quick and len(args) >= e.least else None
    number = 0
    if values is None:
        values, number = encode(e.writers, e.places, args)
    sections, count, whole = b"", 0, 0
    if e.id <= MESSAGE_ID:
        sections, count, whole = _name_section(name), 1, hash(name)
    if e.rule == FIRST:
        value = values + sections, whole
        if value in e.first:
            return SAMPLED
        if len(e.first) >= FIRST_MAX:
            t.stat["dropped_first_full"] += 1
            return DROPPED
        e.first.add(value)
    if code is None:
        code = look(s, t, e, args, _DEPTH, _random()) if e.blocking or e.location else NOT_LOOKED
    if code.on_loop and (task := task_section(s, code.loop)):
        sections, count = sections + task, count + 1
    spot, location = code.spot, b""
    key: Any = (values, e.id, where)
    if sections or code.on_loop or spot is not None:
        key = (*key, sections, whole, code.on_loop, spot and spot[:4])
    if spot is not None:
        location, count = location_section(spot), count + 1
    if type(values) is bytes:
        values = Body(values, number, sections, location, count)
    elif count:
        values = Body(encode_plain(values), len(values), sections, location, count)
    return key, [1, NOWHERE, t.seq, 0, e, values, min(len(args), 255), place, t.head, ON_LOOP if code.on_loop else 0]


_DEPTH = 4
"""From `look` to the hook's caller: `look`, `_capture` or `_marked`, `observe`, `hook`."""
FORGET_EVERY = 48
"""Records after which a thread forgets what it no longer merges with."""
_generator = random.Random()
_random, _monotonic_ns, _time_ns = _generator.random, clock.monotonic_ns, clock.time_ns
_read_clock, _which_clock, _apart = clock.PARTS
reseed = _generator.seed
_get: Any = dict.get


def _are_plain(args: tuple[Any, ...], scalars: tuple[int, ...], size: int) -> bool:
    for value in args:
        type_ = type(value)
        if type_ is str:
            if not value.isascii():
                return False
            size += len(value)
        elif type_ is int:
            if not INT_MIN <= value <= INT_MAX:
                return False
        elif value is not None:
            return False
    for at in scalars:
        if at < len(args) and type(args[at]) is str:
            return False
    return size <= PLAIN_MAX


def observe(t: Thread, row: Row, name: str, args: tuple[Any, ...]) -> None:
    """Where, whether, what, merged or kept. One long function, for here a call costs as much as several steps."""
    s = STATE
    start = _stop(t) if t.seq >= t.stop else 0
    owner: SpanOwner | None = None
    where: Any = 0
    place, size = NO_PLACE, 0
    context = s.current(None)
    if context is not None:
        try:
            known = (
                type(context) is s.context_type
                and _get(context, s.suppress_key) is None
                and type(span := _get(context, s.span_key)) is s.span_type
                and type(owner := _read(span, "_otel_audit")) is SpanOwner
                and owner.era == s.era
            )
        except AttributeError:
            known = False
        if not known:
            suppressed, owner, place = look_around(s, context)
            if suppressed:
                t.stat["suppressed"] += 1
                return
            if place is not NO_PLACE:
                where = place
        if owner is not None:
            where, place, size = owner.serial, owner.place, owner.extra
    e: Entry = row[ENTRY]
    if e.id == OTHER_ID:
        t.stat["names_other"] += 1
    in_span, in_ring, code = s.spans_on and owner is not None, s.to_ring, None
    if not in_span and not in_ring:
        code = _marked(s, t, e, args)
        if code is None:
            row[COUNTED] += 1
            t.counted = True
            return
    if e.rule and (outcome := _admit(e, place)):
        row[outcome] += 1
        t.counted = True
        return
    if t.window != s.window:
        _new_window(s, t)
    quiet = len(s.ring) < s.ring_mark
    if not quiet and in_ring and e.rule != FIRST and refused(s, t, row, owner if in_span else None, place):
        t.stop -= 1  # it counts for when to measure next
        t.time_at -= 1
        if start:
            _timed(t, start)
        return
    given, plain = len(args), False
    if e.quick and not (e.blocking and s.running() is not None):
        size += PLAIN_EACH * given
        if given == 3 and e.three:  # as `open` has them, the most frequent of all: worth lines of its own
            path, mode, flags = args
            plain = (
                type(path) is str
                and type(mode) is str
                and type(flags) is int
                and path.isascii()
                and mode.isascii()
                and size + len(path) + len(mode) <= PLAIN_MAX
                and INT_MIN <= flags <= INT_MAX
            )
        if not plain and e.least <= given <= e.most:
            plain = _are_plain(args, e.scalars, size)
    if plain:
        key: Any = args, e.id, where
        kept: Kept = [1, NOWHERE, t.seq, 0, e, args, None, place, t.head, 0]
    else:
        found = _capture(s, t, e, name, args, place, where, code)
        if type(found) is int:
            row[found] += 1
            t.counted = True
            return
        key, kept = found
    met = t.merges.setdefault(key, kept)
    if met is not kept:
        if t.seq - met[SEQ] > MERGE_MAX:
            del t.merges[key]  # to stand behind the others
        elif met[HOME] == RING or (met[HOME] == SPAN and owner is not None and not owner.closed):
            met[COUNT] += 1
            row[MERGED] += 1
            t.counted = True
            return
        else:  # its place among the last ones goes on
            kept[SEQ] = met[SEQ]
            if quiet:  # it finds room
                t.misses = 0
            t.seq -= 1
            t.time_at -= 1
        t.merges[key] = kept
    kept[TIME] = _read_clock(_which_clock) - _apart[0]
    t.seq += 1
    # Counted before it can be delivered, and without a call in between, where a signal handler could raise.
    if not in_span:
        t.counted = True
        row[KEPT] += 1
        if place[3]:
            t.stat["no_trace"] += 1
    elif plain and len(owner.buffer) < owner.room:  # type: ignore[union-attr]
        t.counted = True
        row[IN_SPAN] += 1
        owner.buffer.append(kept)  # type: ignore[union-attr]
        kept[HOME] = SPAN
    else:
        put_in_span(s, t, row, kept, owner)  # type: ignore[arg-type]
    if in_ring or (s.ring_mode == RING_MARKED and kept[FLAGS] & ON_LOOP):
        if plain and quiet:
            t.ring_kept += 1
            s.ring.append(kept)
            if kept[HOME] == NOWHERE:
                kept[HOME] = RING
        else:
            put_in_ring(s, t, kept)
    if start:
        _timed(t, start)
