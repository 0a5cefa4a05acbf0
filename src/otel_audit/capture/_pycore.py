"""The core in Python, for where no compiled one fits: same functions, same bytes, same counts as _core.c.

What it cannot do like C: allocate nothing, and be called when the stack is full.
"""

from __future__ import annotations

import itertools
import sys
from contextvars import ContextVar
from functools import partial
from typing import Any

from otel_audit.application import Code
from otel_audit.capture._pycontext import is_one_of, readable
from otel_audit.capture._pyhook import bind
from otel_audit.capture._pykeep import ring_bell
from otel_audit.capture._pyobserve import reseed
from otel_audit.capture._pyplace import find_asyncio
from otel_audit.capture._pyrecord import ENTRY, HEAD, HOME, NOWHERE, PLACE, TIME, body_of, pack, size_of
from otel_audit.capture._pyspan import READING, UNLIMITED, SpanEvent, are_limits
from otel_audit.capture._pystate import (
    ALL,
    ARMED,
    CLOSED,
    HEARS,
    IN_SPAN,
    IN_TRACE,
    MAX_EVENTS,
    MAX_INTERNED,
    MAX_KINDS,
    NOBODYS,
    OFF,
    ON,
    OUTCOMES,
    OWN,
    PLAIN_SIZE,
    RATE,
    RATIO,
    RING_MARKED,
    RING_OFF,
    SPAN_TYPES_MAX,
    THREAD_STATS,
    WHO_MAX,
    Entry,
    SpanOwner,
    section,
)
from otel_audit.capture._pystate import STATE as _state
from otel_audit.capture._pyvalues import WRITERS
from otel_audit.model import MESSAGE_ID, OTHER_ID
from otel_audit.wire import SECTION_WHO

core_name = "python"
span_event_type = SpanEvent


def configure(events: Any, unknown: Any, options: Any, /) -> None:
    """Take a plan; see contract.Core."""
    s = _state
    ring_mode, spans_on, ring_size, max_span_events, code = options
    if ring_size < 65536 or ring_size & (ring_size - 1):
        raise ValueError("ring_size: expected a power of two from 65536")
    if not RING_OFF <= ring_mode <= RING_MARKED:
        raise ValueError("ring mode: expected 0, 1 or 2")
    if not all(0 <= whose < len(Code) for _, whose in code):
        raise ValueError("code: expected values of application.Code")
    for _, _, kinds, rule, value, *_ in events:
        _check(kinds, rule, value)
    by_id = [Entry(id_, *row) for id_, row in enumerate(events)]
    if not MESSAGE_ID < len(by_id) <= MAX_EVENTS - MAX_INTERNED:
        raise ValueError(f"events: expected a tuple of 2 to {MAX_EVENTS - MAX_INTERNED}")
    by_id[OTHER_ID].selected = True  # reached by names that are selected
    s.turn(OFF)
    s.table = {entry.name: entry for entry in by_id[MESSAGE_ID + 1 :]}
    s.by_id, s.unknown = dict(enumerate(by_id)), unknown
    s.named, s.ids = len(by_id), itertools.count(len(by_id))
    s.plan_ring, s.plan_spans, s.ring_size, s.max_span_events = ring_mode, bool(spans_on), ring_size, max_span_events
    s.ignored.clear()  # after the table: who adds a name looks there again
    s.ignored.update(name for name, entry in s.table.items() if not entry.selected)
    s.code, s.files = code, {}
    for t in list(s.threads.values()):
        t.zero()
    s.window += 1
    s.fresh()


def _check(kinds: bytes, rule: int, value: float) -> None:
    if len(kinds) > MAX_KINDS or any(kind >= len(WRITERS) for kind in kinds):
        raise ValueError(f"kinds: expected at most {MAX_KINDS} values of model.Kind")
    if not ALL <= rule <= IN_TRACE or (rule in (RATIO, RATE) and not value > 0):
        raise ValueError("rule: expected a model.RuleKind and a positive value")


def add(
    name: str, selected: bool, kinds: bytes, rule_kind: int, rule_value: float,
    blocking: bool = False, location: float = 0.0, loop_location: float = 0.0, /,
) -> int:  # fmt: skip
    """Name an event after configure(); its id, or that of `other` when there is no room."""
    s = _state
    if not s.by_id:
        raise RuntimeError("configure first")
    _check(kinds, rule_kind, rule_value)
    if name == ARMED:
        raise ValueError(f"{ARMED} is the bridge's own")
    if s.named >= MAX_EVENTS - MAX_INTERNED:
        return OTHER_ID
    s.named += 1
    id_ = next(s.ids)
    s.table[name] = s.by_id[id_] = Entry(
        id_, name, selected, kinds, rule_kind, rule_value, blocking, location, loop_location
    )
    s.ignored.discard(name)
    for t in list(s.threads.values()):
        t.rows.pop(name, None)
    return id_


def bind_context(variable: Any, span_key: str, suppress_key: str, /) -> None:
    """Say where the trace context lives; None unbinds."""
    if variable is not None and type(variable) is not ContextVar:
        raise TypeError("variable: expected a ContextVar or None")
    _state.span_key, _state.suppress_key = span_key, suppress_key
    _state.current = (NOBODYS if variable is None else variable).get


def bind_event_loop(asyncio: Any, socket: Any, /) -> bool:
    """Say where event loops are told of; None unbinds. Whether they can be."""
    found = None if asyncio is None else find_asyncio(asyncio, socket)
    _state.asyncio, _state.running = found, type(None) if found is None else found.get_running_loop
    return found is not None


def arm() -> bool:
    """Install the hook once per process; False when another hook vetoed it."""
    s = _state
    if not s.by_id:
        raise RuntimeError("configure first")
    if not s.installed:  # one that is refused below may be in the chain all the same: only the last one listens
        s.turn(OFF)
        hook, s.switch = bind()
        sys.addaudithook(hook)
    s.nonce_seen = False
    s.turn(ON)
    try:
        sys.audit(ARMED, s.nonce)
    except Exception:  # another hook's opinion of our event
        pass
    if not s.nonce_seen:
        s.turn(OFF)
        return False
    s.installed = True
    return True


def _set_mode(mode: int) -> None:
    if _state.installed:
        _state.turn(mode)


def pause() -> None:
    """Ignore every event until resume()."""
    _set_mode(OFF)


def resume() -> None:
    """Listen again."""
    _set_mode(ON)


def close() -> None:
    """After the final flush: count, keep no body."""
    _set_mode(CLOSED)


def own_thread(own: bool, /) -> None:
    """Mark the calling thread as the bridge's."""
    _state.here().mute = OWN if own is True else HEARS


def span_open(span: object, trace_id: int, span_id: int, flags: int, who: bytes = b"", /) -> SpanOwner:
    """Enter a live span; the span must keep the returned owner."""
    s, type_ = _state, type(span)
    if len(who) > WHO_MAX:
        s.here().stat["who_over"] += 1
        who = b""
    trace, own, flags = trace_id.to_bytes(16, "big"), span_id.to_bytes(8, "big"), int(flags).to_bytes(1, "big")[0]
    place = trace, own, flags, False, who and section(SECTION_WHO, who)
    types = s.span_types
    if not is_one_of(type_, types) and len(types) < SPAN_TYPES_MAX and readable(type_, "_otel_audit"):
        s.span_types = (*types, type_)
    return SpanOwner(place, s)


def span_close(owner: Any, limits: Any = UNLIMITED, /) -> tuple[list[SpanEvent], tuple[int, ...]] | None:
    """Close a span's buffer; what was in it as (events, distinct ids), or None."""
    if type(owner) is not SpanOwner:
        raise TypeError("expected what span_open returned")
    if limits is not UNLIMITED and not are_limits(limits):
        raise TypeError("limits: expected a tuple of two, of int or None")
    owner.closed, owner.room = True, 0
    if owner.era != _state.era:
        owner.empty()
    buffer, over = owner.buffer, owner.over
    _state.span_bytes -= owner.bytes
    owner.empty()
    if not buffer:
        return None
    events = [SpanEvent(kept[ENTRY].id, kept[TIME], partial(pack, kept), limits) for kept in buffer]
    events[-1].over = over
    return events, tuple(dict.fromkeys(event.event_id for event in events))


def bind_span_events(reader: Any, /) -> None:
    """Say who names and decodes what span_close makes; None unbinds."""
    READING.bind(reader)


def drain(limit: int, /) -> bytes:
    """Take up to `limit` bytes of whole records from the ring."""
    s, out, size = _state, [], 0
    ring = s.ring
    while ring:
        kept = ring[0]
        own = size_of(body_of(kept), kept[HEAD], kept[PLACE])
        if size and size + own > limit:
            break
        ring.popleft()
        kept[HOME] = NOWHERE
        size += own
        over = own - PLAIN_SIZE
        if over > 0:
            s.ring_extra -= over  # no call in the statement: threads that add to it would be overwritten
        out.append(pack(kept))
    if not ring:
        s.ring_extra = 0
    s.mark()
    return b"".join(out)


def turn() -> None:
    """Begin a new merge window."""
    _state.window += 1


def wait(timeout_ms: int, /) -> bool:
    """Block without the GIL until woken; False on timeout."""
    rung: bool = _state.bell.acquire(timeout=timeout_ms / 1000)
    return rung


def wake() -> None:
    """End a wait()."""
    ring_bell(_state)


def counters() -> list[tuple[int, tuple[int, ...]]]:
    """[(event id, (seen, kept, ...)), ...] of events seen."""
    sums: dict[int, list[int]] = {}
    for t in list(_state.threads.values()):
        for event_id, row in list(t.counts.items()):
            in_span, kept, *others = row[:OUTCOMES]
            counts = in_span + kept, *others
            added = sums.setdefault(event_id, [0] * len(counts))
            sums[event_id] = [a + b for a, b in zip(added, counts)]
        for event_id, lost in list(t.lost.items()):
            sums.setdefault(event_id, [0] * (OUTCOMES - 1))[-1] += lost
    return [(event_id, (sum(row), *row)) for event_id, row in sorted(sums.items()) if any(row)]


def event_name(event_id: int, /) -> str:
    """Name of an event id."""
    if event_id not in _state.by_id:
        raise KeyError("no such event id")
    return _state.by_id[event_id].name.encode("utf-8", "surrogatepass").decode("utf-8", "backslashreplace")


def event_policy(event_id: int, /) -> tuple[bool, int, float]:
    """(selected, rule kind, rule value) of an id."""
    if event_id not in _state.by_id:
        raise KeyError("no such event id")
    entry = _state.by_id[event_id]
    return entry.selected, entry.rule, entry.value


def stats() -> dict[str, int]:
    """Totals since start or fork; keys as in capture.stats."""
    s = _state
    threads = list(s.threads.values())
    totals = {name: sum(t.stat[name] for t in threads) for name in THREAD_STATS}
    totals["ring_kept"] = sum(t.ring_kept for t in threads)
    totals["span_kept"] = sum(row[IN_SPAN] for t in threads for row in list(t.counts.values()))
    totals["dropped_reentrant"] = sum(sum(t.lost.values()) for t in threads) - totals["dropped_no_memory"]
    return totals | {
        "ring_bytes": len(s.ring) * PLAIN_SIZE + s.ring_extra,
        "ring_capacity": s.ring_size,
        "span_bytes": s.span_bytes,
        "names_interned": len(s.by_id) - s.named,
    }


def after_fork_child() -> None:
    """Start clean in a forked child."""
    s = _state
    here = s.here()
    s.threads = {here.ident: here}
    here.zero()
    here.merges.clear()
    reseed()  # siblings must not sample alike
    s.era += 1  # spans keep their identity; what the parent recorded in them is the parent's
    s.window += 1
    s.fresh()
