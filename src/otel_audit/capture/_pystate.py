"""What the Python core holds: the twin of _state.h."""

from __future__ import annotations

import _thread
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from itertools import count
from typing import Any

from otel_audit.capture._pyvalues import WRITERS
from otel_audit.wire import FLAG_LATE, FLAG_NO_TRACE, HEADER, SECTION, SECTION_WHO, VERSION

MAX_EVENTS, MAX_INTERNED, MAX_NAME, MAX_KINDS = 2048, 512, 128, 16
MERGE_MAX, FIRST_MAX, TIMED_EVERY, THREAD_NAME_MAX, WHO_MAX = 16, 2048, 1024, 48, 512
SPAN_BYTES_CAP = 32 << 20
SPAN_TYPES_MAX = 16  # classes of spans, held
SEEN, KEPT, SAMPLED, LIMITED, MERGED, COUNTED, DROPPED = range(7)
ALL, RATIO, RATE, FIRST, IN_TRACE = range(5)
OFF, ON, CLOSED = range(3)
ARMED = "otel_audit.armed"
THREAD_STATS = (
    "suppressed", "no_trace", "dropped_first_full", "dropped_no_memory", "dropped_reentrant", "ring_kept",
    "ring_queue_full", "span_kept", "span_over", "span_late", "span_memory_full", "span_abandoned", "names_other",
    "who_over", "hook_timed", "hook_time_ns",
)  # fmt: skip


Place = tuple[bytes, bytes, int, bool]
"""Trace id, span id, flags, and whether there was a span that could not be read."""


def section(kind: int, data: bytes, pack: Callable[..., bytes] = SECTION.pack) -> bytes:
    return pack(kind, len(data)) + data


class Entry:
    __slots__ = ("first", "id", "interval", "name", "next_free", "places", "rule", "selected", "value", "writers")

    def __init__(self, id_: int, name: str, selected: bool, kinds: bytes, rule: int, value: float) -> None:
        self.id, self.name, self.selected, self.rule, self.value = id_, name, selected, rule, value
        self.places = tuple(place for place, kind in enumerate(kinds) if kind)
        self.writers = tuple(writer for kind in kinds if (writer := WRITERS[kind]) is not None)
        self.interval = int(min(1e9 / value, 1e18)) if rule == RATE else 0
        self.next_free = 0
        self.first: set[tuple[bytes, int]] = set()


class Thread:
    """What one thread counts and merges with; a later thread of the same identity goes on counting here."""

    __slots__ = (
        "busy",
        "counted",
        "counts",
        "ident",
        "kept",
        "lost",
        "merges",
        "name",
        "own",
        "stat",
        "time_at",
        "window",
    )

    def __init__(self, ident: int) -> None:
        self.ident = ident
        self.kept = self.time_at = 0
        self.begin()
        self.zero()

    def begin(self) -> None:
        """A thread enters: nothing of its predecessor's but the counts."""
        self.busy = self.own = self.counted = False
        self.name = b""
        self.window = 0
        self.merges: dict[Any, Kept] = {}

    def zero(self) -> None:
        self.counts: dict[int, list[int]] = {}
        self.lost: dict[int, int] = {}  # reentrant events too, apart: they may interrupt an addition to `counts`
        self.stat = dict.fromkeys(THREAD_STATS, 0)

    def count(self, event_id: int) -> list[int]:
        counts = self.counts.get(event_id)
        if counts is None:
            counts = self.counts[event_id] = [0] * 7
        return counts


class Kept:
    """A record before its header is packed, which the drain does."""

    __slots__ = ("closed", "count", "fields", "late", "ring", "serial", "size", "tail")

    def __init__(self, fields: tuple[Any, ...], tail: bytes) -> None:
        self.fields, self.tail = fields, tail
        self.size = (HEADER.size + len(tail) + 7) & ~7
        self.count = 1
        self.closed = self.ring = self.late = False
        self.serial = 0  # of the span whose buffer holds it; a reference would keep that alive

    def pack(self) -> bytes:
        event, time_ns, place, thread, values, argc, name_length, values_length, sections = self.fields
        trace, span, trace_flags, unread = place
        flags = (FLAG_LATE if self.late else 0) | (FLAG_NO_TRACE if unread else 0)
        return HEADER.pack(
            self.size, VERSION, flags, event, self.count, time_ns, trace, span,
            thread, 0, trace_flags, values, argc, name_length, values_length, sections, 0,
        ).__add__(self.tail).ljust(self.size, b"\0")  # fmt: skip


class SpanOwner:
    """What a live span keeps as `_otel_audit`: its identity and its buffer."""

    __slots__ = ("buffer", "bytes", "closed", "era", "over", "place", "serial", "state", "who")

    def __init__(self, place: Place, state: State, who: bytes) -> None:
        self.place, self.state, self.serial = place, state, next(state.serials)
        self.who = section(SECTION_WHO, who) if who else b""
        self.closed = False
        self.empty()

    def empty(self) -> None:
        """Forget the buffer: it was taken, or the parent of a fork recorded it."""
        self.buffer: list[Kept] = []
        self.bytes = self.over = 0
        self.era = self.state.era

    def __del__(self) -> None:
        if self.era == self.state.era and self.buffer:
            self.state.here().stat["span_abandoned"] += len(self.buffer)
            self.state.span_bytes -= self.bytes


class State:
    """One process's bridge. An instance, so that the hook can hold it while the module's globals go."""

    def __init__(self) -> None:
        self.mode, self.installed, self.generation = OFF, False, 0
        self.table: dict[str, Entry] = {}
        self.by_id: dict[int, Entry] = {}
        self.named = 0  # entries of the plan and added ones; the others are names never seen before
        self.ids = count()
        self.serials = count(1)
        self.unknown: Any = None
        self.ring_on = self.spans_on = False
        self.ring_size = self.max_span_events = 0
        self.variable: ContextVar[Any] | None = None
        self.span_key = self.suppress_key = ""
        self.nonce = object()
        self.nonce_seen = False
        self.threads: dict[int, Thread] = {}
        self.local: Any = _thread._local()
        self.span_types: tuple[type, ...] = ()  # those whose instances can be read without running their code
        self.era = 0  # forks since start
        self.window = 1
        self.fresh()

    def here(self) -> Thread:
        """The calling thread's state."""
        found: Thread | None = getattr(self.local, "thread", None)
        return self.enter() if found is None else found

    def enter(self, get_ident: Any = _thread.get_ident, new: Any = Thread) -> Thread:
        """A thread comes for the first time. Its identity may have been another's before."""
        ident = get_ident()
        thread: Thread = self.threads.setdefault(ident, new(ident))
        thread.begin()
        self.local.thread = thread
        return thread

    def fresh(self) -> None:
        """A new ring and bell."""
        self.ring: deque[Kept] = deque()
        self.ring_used = 0  # an estimate under races, set right whenever the ring is emptied
        self.span_bytes = 0
        self.bell = _thread.allocate_lock()
        self.bell.acquire()


STATE = State()
"""This process's bridge."""
