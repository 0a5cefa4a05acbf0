"""What the Python core holds: the twin of _state.h."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from itertools import count
from typing import Any

from otel_audit import threads
from otel_audit.capture._pyvalues import SCALARS, TEXTS, WRITERS
from otel_audit.model import MESSAGE_ID, Kind
from otel_audit.wire import SECTION

_get_ident = threads.get_ident
Kept = list[Any]
"""A record in the making; see _pyrecord."""
MAX_EVENTS, MAX_INTERNED, MAX_NAME, MAX_KINDS = 2048, 512, 128, 16
MERGE_MAX, FIRST_MAX, TIMED_EVERY, THREAD_NAME_MAX, WHO_MAX = 16, 2048, 1024, 48, 512
SPAN_BYTES_CAP = 32 << 20
PLAIN_SIZE = 320
"""Bytes that a record of plain values stands for: its packed size at most, about what it takes in memory."""
SPAN_TYPES_MAX = 16  # classes of spans, held
IN_SPAN, KEPT, SAMPLED, LIMITED, MERGED, COUNTED, DROPPED = range(7)
OUTCOMES = 7
"""Kept in a span and outside are counted apart: one addition says both."""
ENTRY = OUTCOMES
Row = list[Any]
"""What one thread counted of one event: a number for each outcome, then the entry."""
HEARS, BUSY, OWN = range(3)
ALL, RATIO, RATE, FIRST, IN_TRACE = range(5)
OFF, ON, CLOSED = range(3)
RING_OFF, RING_ALL, RING_MARKED = range(3)
ARMED = "otel_audit.armed"
THREAD_STATS = (
    "suppressed", "no_trace", "dropped_first_full", "dropped_no_memory", "dropped_reentrant", "ring_kept",
    "ring_queue_full", "span_kept", "span_over", "span_late", "span_memory_full", "span_abandoned", "names_other",
    "who_over", "hook_timed", "hook_time_ns",
)  # fmt: skip


Place = tuple[bytes, bytes, int, bool, bytes]
"""Trace id, span id, flags, whether there was a span that could not be read, and the section of who did it."""


def section(kind: int, data: bytes, pack: Callable[..., bytes] = SECTION.pack) -> bytes:
    return pack(kind, len(data)) + data


class Entry:
    __slots__ = (
        "blocking", "first", "id", "interval", "least", "location", "loop_location", "most", "name", "next_free",
        "places", "quick", "rule", "scalars", "selected", "three", "value", "writers",
    )  # fmt: skip

    def __init__(
        self, id_: int, name: str, selected: bool, kinds: bytes, rule: int, value: float,
        blocking: bool = False, location: float = 0.0, loop_location: float = 0.0,
    ) -> None:  # fmt: skip
        self.id, self.name, self.selected, self.rule, self.value = id_, name, selected, rule, value
        self.blocking, self.location, self.loop_location = blocking, location, loop_location
        self.places = tuple(place for place, kind in enumerate(kinds) if kind)
        self.writers = tuple(writer for kind in kinds if (writer := WRITERS[kind]) is not None)
        self.interval = int(min(1e9 / value, 1e18)) if rule == RATE else 0
        self.next_free = 0
        self.first: set[tuple[bytes, int]] = set()
        captured = kinds.rstrip(b"\0")
        self.most = len(captured)
        self.least = len(captured.rstrip(bytes((Kind.AUTO,))))  # those nobody named may be missing
        self.scalars = tuple(place for place, kind in enumerate(captured) if kind in SCALARS)
        self.quick = id_ > MESSAGE_ID and rule != FIRST and not location and set(captured) <= TEXTS | SCALARS
        """Plain values are kept as they are: equal values make equal bytes, and other values others."""
        self.three = self.quick and self.least <= 3 <= self.most and self.scalars in ((), (2,))  # those of `open`


class Thread:
    """What one thread counts and merges with; a later thread of the same identity goes on counting here."""

    __slots__ = (
        "counted", "counts", "head", "ident", "lost", "merges", "missed", "misses", "mute", "ring_kept", "rows",
        "seq", "stat", "stop", "time_at", "walking", "window",
    )  # fmt: skip

    def __init__(self, ident: int) -> None:
        self.ident = ident
        self.seq = self.stop = self.time_at = 0
        self.misses, self.missed = 0, -1  # how many records in a row found no room, and `seq` of the last of them
        self.begin()
        self.zero()

    def begin(self) -> None:
        """A thread enters: nothing of its predecessor's but the counts."""
        self.mute = HEARS
        self.counted = self.walking = False
        self.head: tuple[int, bytes] = self.ident, b""
        self.window = 0
        self.merges: dict[Any, Kept] = {}

    def zero(self) -> None:
        self.rows: dict[str, Row] = {}
        self.counts: dict[int, Row] = {}
        self.lost: dict[int, int] = {}  # reentrant events too, apart: they may interrupt an addition to `counts`
        self.ring_kept = 0
        self.stat = dict.fromkeys(THREAD_STATS, 0)

    def row(self, entry: Entry, none: tuple[int, ...] = (0,) * OUTCOMES) -> Row:
        row = self.counts.get(entry.id)
        if row is None or row[-1] is not entry:  # of a plan before this
            row = self.counts[entry.id] = [*none, entry]
        return row


class SpanOwner:
    """What a live span keeps as `_otel_audit`: its identity and its buffer."""

    __slots__ = ("buffer", "bytes", "closed", "era", "extra", "over", "place", "room", "serial", "state")

    def __init__(self, place: Place, state: State) -> None:
        self.place, self.state, self.serial = place, state, next(state.serials)
        self.extra = len(place[4])
        self.closed = False
        self.empty()

    def empty(self) -> None:
        """Forget the buffer: it was taken, or the parent of a fork recorded it."""
        self.buffer: list[Kept] = []
        self.bytes = self.over = self.room = 0
        self.era = self.state.era

    def __del__(self) -> None:
        if self.era == self.state.era and self.buffer:
            self.state.here().stat["span_abandoned"] += len(self.buffer)
            self.state.span_bytes -= self.bytes


class Asyncio:
    """What of asyncio and sockets is asked, C functions all."""

    __slots__ = (
        "current_task", "datagram", "get_kind", "get_name", "get_running_loop", "get_timeout", "socket_type",
        "task_type", "tasks",
    )  # fmt: skip

    def __init__(self, get_running_loop: Callable[[], Any]) -> None:
        self.get_running_loop = get_running_loop
        self.task_type: Any = None
        self.socket_type: Any = None
        self.get_name: Any = None
        self.get_timeout: Any = None
        self.get_kind: Any = None
        self.current_task: Any = None
        self.tasks: dict[Any, Any] | None = None
        self.datagram = 0


NOBODYS: ContextVar[Any] = ContextVar("unbound")
"""Stands for the context variable where there is none."""


class State:
    """One process's bridge. An instance, so that the hook can hold it while the module's globals go."""

    __slots__ = (
        "asyncio", "bell", "by_id", "code", "context_type", "current", "era", "files", "ids",
        "ignored", "installed", "local", "max_span_events", "mode", "named", "nonce", "nonce_seen", "plan_ring",
        "plan_spans", "ring", "ring_extra", "ring_mark", "ring_mode", "ring_size", "running", "serials", "span_bytes",
        "span_key", "span_type", "span_types", "spans_on", "suppress_key", "switch", "table", "threads", "to_ring",
        "unknown", "window",
    )  # fmt: skip

    def __init__(self) -> None:
        self.mode, self.installed = OFF, False
        self.switch: Any = None  # of the hook that was installed last
        self.table: dict[str, Entry] = {}
        self.ignored: set[str] = set()  # names that are not selected: the same object always, the hook holds it
        self.by_id: dict[int, Entry] = {}
        self.named = 0  # entries of the plan and added ones; the others are names never seen before
        self.ids = count()
        self.serials = count(1)
        self.unknown: Any = None
        self.plan_ring, self.plan_spans = RING_OFF, False
        self.turn(OFF)
        self.code: tuple[tuple[str, int], ...] = ()
        self.files: dict[str, int] = {}  # whose code a file is, by `code`
        self.asyncio: Asyncio | None = None
        self.running: Callable[[], Any] = type(None)  # asks for the event loop; what stands for it answers None
        self.ring_size = self.max_span_events = 0
        self.current: Callable[[None], Any] = NOBODYS.get
        self.context_type: type = type(None)  # of the context met last, a dict
        self.span_key = self.suppress_key = ""
        self.nonce = object()
        self.nonce_seen = False
        self.threads: dict[int, Thread] = {}
        self.local: Any = threads.local()
        self.span_types: tuple[type, ...] = ()  # those whose instances can be read without running their code
        self.span_type: type = type(None)  # the one of them met last
        self.era = 0  # forks since start
        self.window = 1
        self.fresh()

    def turn(self, mode: int) -> None:
        """Listen or not. Bodies are kept as the plan says; once closed the core only counts."""
        self.mode = mode
        self.ring_mode = self.plan_ring if self.mode == ON else RING_OFF
        self.spans_on = self.plan_spans and self.mode == ON
        self.to_ring = self.ring_mode == RING_ALL
        if self.switch is not None:
            self.switch.on = mode != OFF

    def here(self) -> Thread:
        """The calling thread's state; at the interpreter's end there are no built-in functions to ask for it."""
        try:
            found: Thread = self.local.thread
        except AttributeError:
            return self.enter()
        return found

    def enter(self, get_ident: Any = _get_ident, new: Any = Thread) -> Thread:
        """A thread comes for the first time. Its identity may have been another's before."""
        ident = get_ident()
        thread: Thread = self.threads.setdefault(ident, new(ident))
        thread.begin()
        self.local.thread = thread
        return thread

    def fresh(self) -> None:
        """A new ring and bell."""
        self.ring: deque[Kept] = deque()
        self.ring_extra = 0  # bytes over PLAIN_SIZE per record
        self.span_bytes = 0
        self.bell = threads.allocate_lock()
        self.bell.acquire()
        self.mark()

    def mark(self) -> None:
        """Look after the ring from a quarter on."""
        self.ring_mark = (self.ring_size // 4 - self.ring_extra) // PLAIN_SIZE


STATE = State()
"""This process's bridge."""
