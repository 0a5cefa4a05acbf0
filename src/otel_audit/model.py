"""The words every other module speaks. Pure data: imports nothing of ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

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
        blocking: the thread waits for a disk, a network, another process or a person: what an event loop must not do.
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
    blocking: bool = False


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
    """What the core does with one name. Its index in `Plan.events` is its event id.

    Args:
        blocking: records are marked where the thread's event loop is running.
        location: chance, 0 to 1, that a record says where in the application it came from.
        loop_location: the same of a marked record; not less.
    """

    name: str
    group: str
    selected: bool
    kinds: tuple[Kind, ...]
    rule: Rule
    severity: Severity
    blocking: bool = False
    location: float = 0.0
    loop_location: float = 0.0


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
        locations: (glob, chance that a record says where it came from), longest glob first.
        location: the chance that holds otherwise.
    """

    selected: bool = True
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    sampling: tuple[tuple[str, Rule], ...] = ()
    rule: Rule = KEEP_ALL
    locations: tuple[tuple[str, float], ...] = ()
    location: float = 0.0


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
        code: (prefix of a file name, `application.Code`); the first that fits decides, else it is the application.
        ring_marked: where `ring` is off, the bodies of marked records go there all the same.
    """

    events: tuple[PlanEvent, ...]
    unknown: UnknownPlan = UnknownPlan()
    ring: bool = True
    spans: bool = True
    metrics: bool = True
    ring_size: int = 4 << 20
    max_span_events: int = 64
    code: tuple[tuple[str, int], ...] = ()
    ring_marked: bool = False


class Location(NamedTuple):
    """The application's nearest frame when it happened; a function's name is qualified from Python 3.11 on."""

    file: str
    function: str
    line: int


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
    on_event_loop: bool = False
    """Blocking work in a thread whose event loop was running."""
    task: str | None = None
    """Name of the asyncio task that did it."""
    location: Location | None = None


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


class Described(NamedTuple):
    """A record that went through the processors, on its way to the sinks."""

    record: Record
    fields: dict[str, Any]
    """structlog's event dict: `event`, `level`, `message`, the trace fields, and attributes by their keys."""
