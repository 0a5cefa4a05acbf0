"""The core in Python, for where no compiled one fits: same functions, same bytes, same counts as _core.c.

What it cannot do like C: allocate nothing, and be called when the stack is full.
"""

from __future__ import annotations

import itertools
import sys
from contextvars import ContextVar
from types import FunctionType
from typing import Any

from otel_audit.capture._pyhook import hook, is_one_of, readable, reseed, ring_bell
from otel_audit.capture._pystate import (
    ALL,
    ARMED,
    CLOSED,
    DROPPED,
    IN_TRACE,
    MAX_EVENTS,
    MAX_INTERNED,
    MAX_KINDS,
    OFF,
    ON,
    RATE,
    RATIO,
    SEEN,
    SPAN_TYPES_MAX,
    THREAD_STATS,
    WHO_MAX,
    Entry,
    SpanOwner,
)
from otel_audit.capture._pystate import STATE as _state
from otel_audit.capture._pyvalues import WRITERS
from otel_audit.model import MESSAGE_ID, OTHER_ID

core_name = "python"


def configure(events: Any, unknown: Any, options: Any, /) -> None:
    """Take a plan; see model.Core."""
    s = _state
    ring_on, spans_on, ring_size, max_span_events = options
    if ring_size < 65536 or ring_size & (ring_size - 1):
        raise ValueError("ring_size: expected a power of two from 65536")
    for _, _, *row in events:
        _check(*row)
    by_id = [Entry(id_, *row) for id_, row in enumerate(events)]
    if not MESSAGE_ID < len(by_id) <= MAX_EVENTS - MAX_INTERNED:
        raise ValueError(f"events: expected a tuple of 2 to {MAX_EVENTS - MAX_INTERNED}")
    by_id[OTHER_ID].selected = True  # reached by names that are selected
    s.mode = OFF
    s.table = {entry.name: entry for entry in by_id[MESSAGE_ID + 1 :]}
    s.by_id, s.unknown = dict(enumerate(by_id)), unknown
    s.named, s.ids = len(by_id), itertools.count(len(by_id))
    s.ring_on, s.spans_on, s.ring_size, s.max_span_events = bool(ring_on), bool(spans_on), ring_size, max_span_events
    for t in list(s.threads.values()):
        t.zero()
    s.window += 1
    s.fresh()


def _check(kinds: bytes, rule: int, value: float) -> None:
    if len(kinds) > MAX_KINDS or any(kind >= len(WRITERS) for kind in kinds):
        raise ValueError(f"kinds: expected at most {MAX_KINDS} values of model.Kind")
    if not ALL <= rule <= IN_TRACE or (rule in (RATIO, RATE) and not value > 0):
        raise ValueError("rule: expected a model.RuleKind and a positive value")


def add(name: str, selected: bool, kinds: bytes, rule_kind: int, rule_value: float, /) -> int:
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
    s.table[name] = s.by_id[id_] = Entry(id_, name, selected, kinds, rule_kind, rule_value)
    return id_


def bind_context(variable: Any, span_key: str, suppress_key: str, /) -> None:
    """Say where the trace context lives; None unbinds."""
    if variable is not None and type(variable) is not ContextVar:
        raise TypeError("variable: expected a ContextVar or None")
    _state.variable, _state.span_key, _state.suppress_key = variable, span_key, suppress_key


def arm() -> bool:
    """Install the hook once per process; False when another hook vetoed it."""
    s = _state
    if not s.by_id:
        raise RuntimeError("configure first")
    if not s.installed:  # one that is refused below may be in the chain all the same: only the last generation listens
        s.generation += 1
        defaults = (*(hook.__defaults__ or ())[:-1], s.generation)
        sys.addaudithook(FunctionType(hook.__code__, hook.__globals__, hook.__name__, defaults))
    s.nonce_seen, s.mode = False, ON
    try:
        sys.audit(ARMED, s.nonce)
    except Exception:  # another hook's opinion of our event
        pass
    if not s.nonce_seen:
        s.mode = OFF
        return False
    s.installed = True
    return True


def _set_mode(mode: int) -> None:
    if _state.installed:
        _state.mode = mode


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
    _state.here().own = own is True


def span_open(span: object, trace_id: int, span_id: int, flags: int, who: bytes = b"", /) -> SpanOwner:
    """Enter a live span; the span must keep the returned owner."""
    place = trace_id.to_bytes(16, "big"), span_id.to_bytes(8, "big"), flags, False
    types = _state.span_types
    if not is_one_of(type(span), types) and len(types) < SPAN_TYPES_MAX and readable(type(span), "_otel_audit"):
        _state.span_types = (*types, type(span))
    if len(who) > WHO_MAX:
        _state.here().stat["who_over"] += 1
        who = b""
    return SpanOwner(place, _state, who)


def span_close(owner: Any, /) -> tuple[list[tuple[int, int, bytes]], int]:
    """Close and take a span's buffer: ([(event id, time in ns, bytes), ...], over)."""
    if type(owner) is not SpanOwner:
        raise TypeError("expected what span_open returned")
    owner.closed = True
    if owner.era != _state.era:
        owner.empty()
    buffer, over = owner.buffer, owner.over
    _state.span_bytes -= owner.bytes
    owner.empty()
    return [(kept.fields[0], kept.fields[1], kept.pack()) for kept in buffer], over


def drain(limit: int, /) -> bytes:
    """Take up to `limit` bytes of whole records from the ring."""
    s, out, size = _state, [], 0
    while s.ring and (not size or size + s.ring[0].size <= limit):
        kept = s.ring.popleft()
        kept.closed = True
        size += kept.size
        out.append(kept.pack())
    s.ring_used = s.ring_used - size if s.ring else 0
    return b"".join(out)


def turn() -> None:
    """Begin a new merge window."""
    _state.window += 1


def wait(timeout_ms: int, /) -> bool:
    """Block without the GIL until woken; False on timeout."""
    return _state.bell.acquire(timeout=timeout_ms / 1000)


def wake() -> None:
    """End a wait()."""
    ring_bell(_state)


def counters() -> list[tuple[int, tuple[int, ...]]]:
    """[(event id, (seen, kept, ...)), ...] of events seen."""
    sums: dict[int, list[int]] = {}
    for t in list(_state.threads.values()):
        for event_id, counts in list(t.counts.items()):
            row = sums.setdefault(event_id, [0] * 7)
            sums[event_id] = [a + b for a, b in zip(row, counts)]
        for event_id, lost in list(t.lost.items()):
            row = sums.setdefault(event_id, [0] * 7)
            row[SEEN] += lost
            row[DROPPED] += lost
    return [(event_id, tuple(row)) for event_id, row in sorted(sums.items()) if row[SEEN]]


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
    """Totals since start or fork; keys as in model.STATS."""
    s = _state
    threads = list(s.threads.values())
    totals = {name: sum(t.stat[name] for t in threads) for name in THREAD_STATS}
    totals["dropped_reentrant"] = sum(sum(t.lost.values()) for t in threads) - totals["dropped_no_memory"]
    return totals | {
        "ring_bytes": s.ring_used,
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
