"""The path of an event through the Python core: the twin of _hook.h and of half of _values.h.

The laws of docs/design.md hold here as in C: built-in methods only, nothing of the application is called or kept.
"""

from __future__ import annotations

import random
import sys
import threading
import time
from typing import Any

from otel_audit.capture._pynames import intern as _intern
from otel_audit.capture._pystate import (
    COUNTED,
    DROPPED,
    FIRST,
    FIRST_MAX,
    IN_TRACE,
    KEPT,
    LIMITED,
    MERGE_MAX,
    MERGED,
    ON,
    RATE,
    RATIO,
    SAMPLED,
    SEEN,
    SPAN_BYTES_CAP,
    STATE,
    THREAD_NAME_MAX,
    TIMED_EVERY,
    Entry,
    Kept,
    Place,
    SpanOwner,
    State,
    Thread,
    section,
)
from otel_audit.capture._pyvalues import TEXT_MAX, cut_whole, encode
from otel_audit.model import MESSAGE_ID, OTHER_ID
from otel_audit.wire import SECTION_NAME

_NOWHERE = (bytes(16), bytes(8), 0, False)
_UNREAD = (bytes(16), bytes(8), 0, True)
_mro = type.__dict__["__mro__"].__get__
_names = type.__dict__["__dict__"].__get__
_read = object.__getattribute__


def readable(type_: type, *attributes: str) -> bool:
    """Whether reading these attributes of an instance runs no code of its class."""
    for base in _mro(type_):
        names = _names(base)
        for attribute in attributes:
            if attribute in names:
                return False
        if base is not object and ("__getattribute__" in names or "__getattr__" in names):
            return False
    return True


def is_one_of(type_: type, types: tuple[type, ...]) -> bool:
    for known in types:  # noqa: SIM110 - a generator costs; `in` would ask a metaclass's __eq__
        if known is type_:
            return True
    return False


def _live(s: State, span: Any) -> SpanOwner | None:
    try:
        owner = _read(span, "_otel_audit")
    except AttributeError:
        return None
    if type(owner) is not SpanOwner:
        return None
    if owner.era != s.era:
        owner.empty()
    return owner


def _foreign_place(span: Any) -> Place:
    """Identity of a span that the bridge did not see start."""
    if not readable(type(span), "_context"):
        return _UNREAD
    try:
        context = _read(span, "_context")
        if not issubclass(type(context), tuple):
            return _UNREAD
        trace, span_id, _, flags = tuple.__getitem__(context, slice(0, 4))
        trace = int.__index__(trace).to_bytes(16, "big")
        span_id = int.__index__(span_id).to_bytes(8, "big")
        trace_flags = int.__index__(flags).to_bytes(1, "big")[0]
        return (trace, span_id, trace_flags, False) if trace != _NOWHERE[0] else _NOWHERE
    except (AttributeError, TypeError, ValueError, OverflowError):
        return _UNREAD


def _is_set(value: Any) -> bool:
    if value is None or value is True or value is False:
        return value is True
    return type(value) is not int or value != 0


def _look_around(s: State) -> tuple[bool, SpanOwner | None, Place]:
    """(suppressed, live span, place)."""
    context = s.variable.get(None) if s.variable is not None else None
    if context is None or not issubclass(type(context), dict):
        return False, None, _NOWHERE
    if _is_set(dict.get(context, s.suppress_key)):
        return True, None, _NOWHERE
    span = dict.get(context, s.span_key)
    if span is None:
        return False, None, _NOWHERE
    owner = _live(s, span) if is_one_of(type(span), s.span_types) else None
    if owner is not None:
        return False, owner, owner.place
    return False, None, _foreign_place(span)


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


def _merge(t: Thread, key: Any, owner: SpanOwner | None) -> bool:
    kept = t.merges.get(key)
    if kept is None or kept.closed:
        return False
    if kept.serial and (owner is None or kept.serial != owner.serial or owner.closed):
        return False
    if not kept.ring and not kept.serial:
        return False
    kept.count += 1
    return True


def _keep(s: State, t: Thread, kept: Kept, owner: SpanOwner | None) -> None:
    counts, stat = t.count(kept.fields[0]), t.stat
    # Counted before it can be delivered, and without a call in between, where a signal handler could raise.
    counts[SEEN] += 1
    counts[KEPT] += 1
    t.counted = True
    if kept.fields[2][3]:
        stat["no_trace"] += 1
    if s.spans_on and owner is not None:
        stat["span_kept"] += 1
        if owner.closed:
            stat["span_late"] += 1
            kept.late = True
        elif len(owner.buffer) >= s.max_span_events:
            owner.over += 1
            stat["span_over"] += 1
        elif s.span_bytes + kept.size > SPAN_BYTES_CAP:
            stat["span_memory_full"] += 1
        else:
            owner.buffer.append(kept)
            owner.bytes += kept.size
            s.span_bytes += kept.size
            kept.serial = owner.serial
    if s.ring_on:
        stat["ring_kept"] += 1
        if s.ring_used + kept.size > s.ring_size:
            stat["ring_queue_full"] += 1
            return
        kept.ring = True
        s.ring_used += kept.size
        s.ring.append(kept)
        if s.ring_used > s.ring_size // 4 and s.bell.locked():
            ring_bell(s)


def ring_bell(s: State) -> None:
    try:
        s.bell.release()
    except RuntimeError:  # rung already
        pass


def _name_section(name: str) -> bytes:
    """The record's own name, cut between characters."""
    data = name[: TEXT_MAX + 1].encode("utf-8", "surrogatepass")
    if len(data) > TEXT_MAX:
        data = cut_whole(data, TEXT_MAX) + b"\xe2\x80\xa6"
    return section(SECTION_NAME, data)


def _decide(
    s: State, t: Thread, e: Entry, name: str, args: tuple[Any, ...], owner: SpanOwner | None, place: Any
) -> int:
    """Sample, capture, merge or keep. Returns what becomes of the event."""
    if not s.ring_on and not (s.spans_on and owner is not None):
        return COUNTED
    rule = e.rule
    if rule == RATIO and _random() >= e.value:
        return SAMPLED
    if rule == IN_TRACE and not (place[2] & 1 and place is not _NOWHERE):
        return SAMPLED
    if rule == RATE and not _take_token(e, _monotonic_ns()):
        return LIMITED
    if t.window != s.window:
        t.merges.clear()
        t.window, t.name = s.window, _thread_name(t.ident) or t.name
    thread_name = t.name
    values, count = encode(e.writers, e.places, args)
    tail, sections, whole = values, 0, 0
    if e.id <= MESSAGE_ID:
        tail, sections, whole = values + _name_section(name), 1, hash(name)
    if rule == FIRST:
        value = tail, whole
        if value in e.first:
            return SAMPLED
        if len(e.first) >= FIRST_MAX:
            t.stat["dropped_first_full"] += 1
            return DROPPED
        e.first.add(value)
    key = (e.id, tail, whole, place)
    if _merge(t, key, owner):
        return MERGED
    if len(t.merges) >= MERGE_MAX and key not in t.merges:
        del t.merges[next(iter(t.merges))]
    who = owner.who if owner is not None else b""
    fields = (e.id, _time_ns(), place, t.ident, count, min(len(args), 255), len(thread_name), len(values),
              sections + bool(who))  # fmt: skip
    kept = t.merges[key] = Kept(fields, thread_name + tail + who)
    _keep(s, t, kept, owner)
    return KEPT


_generator = random.Random()
_random, _time_ns, _monotonic_ns = _generator.random, time.time_ns, time.monotonic_ns
reseed = _generator.seed


def _observe(s: State, t: Thread, e: Entry, name: str, args: tuple[Any, ...]) -> None:
    timed = t.kept >= t.time_at
    start = _time_ns() if timed else 0
    suppressed, owner, place = _look_around(s)
    if suppressed:
        t.stat["suppressed"] += 1
        return
    if e.id == OTHER_ID:
        t.stat["names_other"] += 1
    counts = t.count(e.id)
    outcome = _decide(s, t, e, name, args, owner, place) if s.mode == ON else COUNTED
    if outcome != KEPT:
        counts[SEEN] += 1
        counts[outcome] += 1
        t.counted = True
        return
    t.kept += 1
    if timed:
        t.time_at = t.kept + TIMED_EVERY
        t.stat["hook_timed"] += 1
        t.stat["hook_time_ns"] += _time_ns() - start


def _error_is_ours(error: BaseException, files: tuple[str, ...] = (__file__, encode.__code__.co_filename)) -> bool:
    """False for what a signal handler raised while it interrupted the hook: that belongs to the application."""
    if type(error) in (KeyboardInterrupt, SystemExit):
        return False
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return traceback is None or traceback.tb_frame.f_code.co_filename in files


def hook(
    event: str,
    args: tuple[Any, ...],
    s: State = STATE,
    local: Any = STATE.local,
    enter: Any = STATE.enter,
    observe: Any = _observe,
    intern: Any = _intern,
    ours: Any = _error_is_ours,
    too_deep: Any = RecursionError,
    finalizing: Any = sys.is_finalizing,
    generation: int = 0,
) -> None:
    mode = s.mode
    if not mode or generation != s.generation:
        return
    entry = s.table.get(event)
    if entry is None:
        if event == "otel_audit.armed":
            s.nonce_seen = s.nonce_seen or (len(args) == 1 and args[0] is s.nonce)
            return
        try:
            entry = intern(s, event)
        except too_deep:  # the stack's end is no reason to fail; what follows will count it
            entry = s.by_id[0] if s.unknown[0] else None
        if entry is None:
            return
    if not entry.selected:
        return
    try:
        t = local.thread
    except AttributeError:
        t = enter()
    if t.own:
        t.stat["suppressed"] += 1
        return
    if t.busy:
        lost = t.lost  # read and written without a call in between, where another event could interrupt
        lost[entry.id] = lost[entry.id] + 1 if entry.id in lost else 1
        return
    if finalizing():  # nothing of Python is safe to touch
        counts = t.count(entry.id)
        counts[0] += 1
        counts[5] += 1
        return
    t.busy = True
    t.counted = False
    try:
        observe(s, t, entry, event, args)
    except BaseException as error:
        if not t.counted:
            lost = t.lost  # no call here: there may be no stack left
            lost[entry.id] = lost[entry.id] + 1 if entry.id in lost else 1
        t.own = True  # looking into a traceback raises events, which are ours
        try:
            if type(error) is not too_deep and not ours(error):
                raise
        finally:
            t.own = False
        if not t.counted:
            t.stat["dropped_no_memory"] += 1
    finally:
        t.busy = False
