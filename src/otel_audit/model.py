"""The words every other module speaks. Pure data: imports nothing of ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, Protocol

AttributeValue = str | bool | int | float | Sequence[str] | Sequence[int]
"""What an OpenTelemetry attribute may hold here; one type per key, always."""

Severity = Literal["debug", "info", "warn"]
Frequency = Literal["rare", "medium", "hot"]

Platform = Literal["all", "posix", "linux", "macos", "windows"]

OTHER_ID = 0
"""Event id of names that came after the name table was full."""

MESSAGE_ID = 1
"""Event id of names that are messages: with white space, or over 128 bytes."""


class Kind(IntEnum):
    """How the hook copies one argument. Never a reference, never a call into Python."""

    SKIP = 0
    """Not looked at."""
    TEXT = 1
    """str, or bytes read as text; bounded. int, float, bool, None pass as themselves."""
    SIZE = 2
    """Length and type name of str, bytes, bytearray, list, tuple, dict, set: never the content."""
    INT = 3
    FLOAT = 4
    BOOL = 5
    PATH = 6
    """str, bytes, an int descriptor, None, or a pathlib path read through its slots."""
    ADDRESS = 7
    """Socket address: tuple of str, bytes, int; or str or bytes (Unix)."""
    ARGV = 8
    """list or tuple of str, bytes, paths, copied item by item; or one str or bytes (shell)."""
    CODE = 9
    """Code object: its file, name and first line."""
    TYPE = 10
    """Type name of the argument; of a class, its own name."""
    AUTO = 11
    """Arguments nobody described: text and numbers as themselves, containers and bytes by size, the rest by type."""
    WORD = 12
    """Command of a line that may hold a password: `Items((command,), length of the line)`, the command being one of
    FTP, IMAP, NNTP, POP3 or SMTP among the first two words, else "". Nothing else is captured; what is no text goes by
    size. Not for telnet, where a password is a line of its own and may be any word."""


class Size(NamedTuple):
    """A content that was measured, not read."""

    length: int
    type_name: str


class Opaque(NamedTuple):
    """An argument of a type the capture list did not expect, or of Kind.TYPE."""

    type_name: str


class Items(NamedTuple):
    """Snapshot of a sequence: at most the first 64 items, and how many there were."""

    values: tuple[Any, ...]
    total: int


class CodeRef(NamedTuple):
    """A code object, by where it was written."""

    file: str
    name: str
    line: int


class Missing(NamedTuple):
    """Stands where the event came with fewer arguments than its row names."""


MISSING = Missing()

Value = str | int | float | bool | Size | Opaque | Items | CodeRef | Missing | None
"""One captured argument, decoded. A str cut by the hook ends with U+2026. Never holds lone surrogates."""


class Arg(NamedTuple):
    """One argument of an event, in the order CPython passes it.

    Args:
        name: the documentation's name.
        kind: how the hook copies it.
        attribute: OpenTelemetry attribute key; None means `python.audit.arg.<name>`.
        decode: turns the captured value into attributes, none where it says nothing; None, as its answer or in its
            place, means the plain rules of `events.arguments`.
        redact: kind of secret this argument always is; its attributes are `[redacted:<kind>]` whatever they hold.
    """

    name: str
    kind: Kind = Kind.AUTO
    attribute: str | None = None
    decode: Callable[[Value], Mapping[str, AttributeValue] | None] | None = None
    redact: str = ""


class Event(NamedTuple):
    """One row of the catalogue.

    Args:
        name: as the hook receives it.
        group: public group name, also the metric label.
        args: in CPython's order; empty for events without arguments.
        text: body template of `events.templates`, e.g. "copy {src} to {FILE_PATH}"; "" means the generic line.
        frequency: how often ordinary programs raise it.
        meaning: one line: what happened, and why an operator would care.
        since: first CPython version that raises it; 3.8 means since audit events exist.
        until: last one; "" where it is still raised.
        platforms: where it can happen.
        severity: of its log record; None means by selector and frequency.
        together: attributes that take several captured values to know, or none of them.
    """

    name: str
    group: str
    args: tuple[Arg, ...] = ()
    text: str = ""
    frequency: Frequency = "rare"
    meaning: str = ""
    since: str = "3.8"
    until: str = ""
    platforms: Platform = "all"
    severity: Severity | None = None
    together: Callable[[tuple[Value, ...]], Mapping[str, AttributeValue]] | None = None


class RuleKind(IntEnum):
    """What decides whether the body of a counted event is kept."""

    ALL = 0
    RATIO = 1
    RATE = 2
    FIRST = 3
    IN_TRACE = 4


class Rule(NamedTuple):
    """A sampler: `all`, a ratio `0.1`, a rate `100/s`, `first`, `in-trace`.

    Args:
        kind: which one.
        value: the ratio in (0, 1], or events per second; 0 for the others.
    """

    kind: RuleKind = RuleKind.ALL
    value: float = 0.0

    def __str__(self) -> str:
        if self.kind is RuleKind.RATIO:
            return f"{self.value:g}"
        if self.kind is RuleKind.RATE:
            return f"{self.value:g}/s"
        return self.kind.name.lower().replace("_", "-")


KEEP_ALL = Rule()


class PlanEvent(NamedTuple):
    """What the core does with one name. Its index in `Plan.events` is its event id."""

    name: str
    group: str
    selected: bool
    kinds: tuple[Kind, ...]
    rule: Rule
    severity: Severity


class UnknownPlan(NamedTuple):
    """What the core does with a name that is in no row, resolved once per name.

    A name matching `exclude` is ignored; otherwise it is selected when `selected` or when it matches `include`.
    Globs know `*` and `?` only, so that both cores match alike.

    Args:
        selected: the `custom` group is in.
        include: globs that select.
        exclude: globs that ignore; `*` where the `custom` group is excluded.
        sampling: (glob, rule), longest glob first; the first match decides.
        rule: what holds otherwise.
    """

    selected: bool = True
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    sampling: tuple[tuple[str, Rule], ...] = ()
    rule: Rule = KEEP_ALL


class Plan(NamedTuple):
    """Settings resolved against the catalogue, frozen before the hook is armed.

    Args:
        events: index is the event id; 0 is `other`, 1 is `message`.
        unknown: names in no row.
        ring: bodies go to the ring (logs or the log stream are on).
        spans: bodies go to the current span's buffer.
        metrics: counters are published.
        ring_size: bytes, a power of two.
        max_span_events: per span.
    """

    events: tuple[PlanEvent, ...]
    unknown: UnknownPlan = UnknownPlan()
    ring: bool = True
    spans: bool = True
    metrics: bool = True
    ring_size: int = 4 << 20
    max_span_events: int = 64


class Record(NamedTuple):
    """One kept event, decoded from the core's bytes. Times are nanoseconds since the Unix epoch."""

    event_id: int
    time_ns: int
    trace_id: int
    span_id: int
    trace_flags: int
    thread_id: int
    thread_name: str
    interpreter: int
    count: int  # type: ignore[assignment]  # hides tuple's method of that name, which a record has no use for
    flags: int
    argc: int
    values: tuple[Value, ...]
    name: str | None = None
    """The name, where the event id stands for several: `other` and `message`."""
    who: Mapping[str, str] = MappingProxyType({})
    """What the span knew of its request when it started: route, chosen baggage."""


class Counts(NamedTuple):
    """Exact counters of one event: seen == the sum of all that follow."""

    seen: int
    kept: int
    sampled_out: int
    rate_limited: int
    merged: int
    counted: int
    """No destination wanted a body: metrics only, or span events only and no span."""
    dropped: int
    """Selected, and lost before any destination; by cause in `Core.stats()`."""


FlatGlobs = tuple[tuple[str, int, float], ...]
"""(glob, rule kind, rule value); the rule of include and exclude globs is unused."""


class Described(NamedTuple):
    """A record that went through the processors, on its way to the sinks."""

    record: Record
    fields: dict[str, Any]
    """structlog's event dict: `event`, `level`, `message`, the trace fields, and attributes by their keys."""


class Core(Protocol):
    """The hot path. `capture/_core.c` and `capture/_pycore.py` offer exactly this."""

    core_name: str
    """`c` or `python`."""

    def configure(
        self,
        events: tuple[tuple[str, bool, bytes, int, float], ...],
        unknown: tuple[bool, FlatGlobs, FlatGlobs, FlatGlobs, int, float, bytes],
        options: tuple[bool, bool, int, int],
        /,
    ) -> None:
        """Take a plan flattened by `capture.load`. Allocates the ring; ids given out before are forgotten.

        Args:
            events: (name, selected, kinds, rule kind, rule value); the index is the event id.
            unknown: (selected, include, exclude, sampling, rule kind, rule value, kinds) for names in no row.
            options: (ring on, spans on, ring size in bytes, events per span).
        """
        ...

    def add(self, name: str, selected: bool, kinds: bytes, rule_kind: int, rule_value: float, /) -> int:
        """Name an event after `configure`, under a new id; an id that the name had keeps its records and counts.

        Returns:
            The event id, or `OTHER_ID` when there is no room: nothing has changed then.
        """
        ...

    def bind_context(self, variable: object, span_key: str, suppress_key: str, /) -> None:
        """Say where the trace context lives: OpenTelemetry's context variable and its two keys; None unbinds."""
        ...

    def arm(self) -> bool:
        """Install the hook once per process and resume it; False when another hook vetoed it."""
        ...

    def pause(self) -> None:
        """Ignore every event until `resume`."""
        ...

    def resume(self) -> None:
        """Listen again."""
        ...

    def close(self) -> None:
        """After the final flush: count, keep no body; while the interpreter finalizes, touch no Python object."""
        ...

    def own_thread(self, own: bool, /) -> None:
        """Mark the calling thread as the bridge's: its events are not seen."""
        ...

    def span_open(self, span: object, trace_id: int, span_id: int, flags: int, who: bytes = b"", /) -> object:
        """Enter a live span; the returned owner must be kept by the span.

        `who`, as `who.encode` makes it, is copied into each record of the span; none over 512 bytes (`who_over`).
        """
        ...

    def span_close(self, owner: object, /) -> tuple[list[tuple[int, int, bytes]], int]:
        """Close and take a span's buffer: (event id, time in ns, record) in order, and how many were over the cap."""
        ...

    def drain(self, limit: int, /) -> bytes:
        """Take up to `limit` bytes of committed records from the ring; empty when there are none."""
        ...

    def turn(self) -> None:
        """Begin a new merge window: equal records of different windows are not merged."""
        ...

    def wait(self, timeout_ms: int, /) -> bool:
        """Block this thread until woken or timed out, without the GIL; True when woken."""
        ...

    def wake(self) -> None:
        """Wake `wait`."""
        ...

    def counters(self) -> list[tuple[int, tuple[int, ...]]]:
        """(event id, the fields of `Counts`) of every event seen at least once, exact."""
        ...

    def event_name(self, event_id: int, /) -> str:
        """Name of an id, those given out for unknown names included."""
        ...

    def event_policy(self, event_id: int, /) -> tuple[bool, int, float]:
        """(selected, rule kind, rule value) that holds for an id."""
        ...

    def stats(self) -> dict[str, int]:
        """Totals since start or fork; keys as in `STATS`."""
        ...

    def after_fork_child(self) -> None:
        """Start clean in a forked child: new ring, empty span table, counters at zero."""
        ...


STATS = (
    "suppressed",  # events of the bridge, of exporters, and under OpenTelemetry's suppression: not seen
    "no_trace",  # kept records whose span could not be read
    "dropped_first_full",  # `first`: the memory for distinct values was full
    "dropped_no_memory",
    "dropped_reentrant",  # raised while the hook was at work on the same thread
    "ring_kept",
    "ring_queue_full",
    "ring_bytes",  # bytes waiting now
    "ring_capacity",
    "span_kept",
    "span_over",  # over the cap of events per span
    "span_late",  # the span had ended
    "span_memory_full",  # the global cap over all span buffers
    "span_abandoned",  # buffered by a span that was never ended
    "span_bytes",
    "names_interned",
    "names_other",  # distinct-looking names past the bound, by occurrence
    "who_over",  # spans that knew more of their request than a record may carry: theirs say nothing of it
    "hook_timed",  # kept events whose hook time was measured (1 in 1,024)
    "hook_time_ns",
)
