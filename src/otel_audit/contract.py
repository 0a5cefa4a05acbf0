"""What both cores offer: the hot path as everybody else sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

FlatEvent = tuple[str, bool, bytes, int, float, bool, float, float]
"""(name, selected, kinds, rule kind, rule value, blocking, location, loop location)"""
FlatGlobs = tuple[tuple[str, int, float], ...]
"""(glob, rule kind, rule value); the rule of include and exclude globs is unused."""


Limits = tuple[int | None, int | None]
"""Of a span's events: (attributes of each, characters of a value); None: no limit."""


class SpanEvent(Protocol):
    """A record of an ended span, as an event of that span: what exporters read, and what it was made of."""

    @property
    def name(self) -> str:
        """What the reader calls its event."""
        ...

    @property
    def timestamp(self) -> int:
        """Nanoseconds since the Unix epoch."""
        ...

    @property
    def attributes(self) -> Mapping[str, Any]:
        """What the reader made of its record when somebody first asked, in that thread; the same from then on."""
        ...

    @property
    def dropped_attributes(self) -> int:
        """How many the span's limits took away: `attributes.dropped`, where there is one."""
        ...

    @property
    def event_id(self) -> int:
        """The core's."""
        ...

    @property
    def over(self) -> int:
        """On the last event of a span: how many came after the cap."""
        ...

    @property
    def limits(self) -> Limits:
        """Of the span, as the reader takes them."""
        ...

    @property
    def record(self) -> bytes:
        """Its bytes; see wire.py."""
        ...

    def __reduce__(self) -> tuple[Any, ...]: ...


class SpanEventReader(Protocol):
    """Who names and decodes span events, in the threads of exporters."""

    def name(self, event_id: int, /) -> str:
        """Name of an event id; asked once."""
        ...

    def attributes(self, data: bytes, at: int, over: int, limits: Limits, /) -> Mapping[str, Any]:
        """Attributes of the record that begins at `at`; `over` and `limits` as the event has them."""
        ...

    def reduce(self, event: SpanEvent, /) -> tuple[Any, ...]:
        """What `copy` and `pickle` put in its place, as `object.__reduce__` has it."""
        ...


class Core(Protocol):
    """The hot path. `capture/_core.c` and `capture/_pycore.py` offer exactly this."""

    core_name: str
    """`c` or `python`."""

    @property
    def span_event_type(self) -> type:
        """The type of what `span_close` makes."""
        ...

    def configure(
        self,
        events: tuple[FlatEvent, ...],
        unknown: tuple[bool, FlatGlobs, FlatGlobs, FlatGlobs, int, float, bytes, FlatGlobs, float],
        options: tuple[int, bool, int, int, tuple[tuple[str, int], ...]],
        /,
    ) -> None:
        """Take a plan flattened by `capture.load`. Allocates the ring; ids given out before are forgotten.

        Args:
            events: arguments of `add`; the index is the event id.
            unknown: (selected, include, exclude, sampling, rule kind, rule value, kinds, locations, location) for names
                in no row.
            options: (0 ring off, 1 on, 2 for marked records only; spans on, ring size in bytes, events per span,
                `Plan.code`).
        """
        ...

    def add(
        self, name: str, selected: bool, kinds: bytes, rule_kind: int, rule_value: float,
        blocking: bool = False, location: float = 0.0, loop_location: float = 0.0, /,
    ) -> int:  # fmt: skip
        """Name an event after `configure`, under a new id; an id that the name had keeps its records and counts.

        Returns:
            The event id, or `OTHER_ID` when there is no room: nothing has changed then.
        """
        ...

    def bind_context(self, variable: object, span_key: str, suppress_key: str, /) -> None:
        """Say where the trace context lives: OpenTelemetry's context variable and its two keys; None unbinds."""
        ...

    def bind_event_loop(self, asyncio: object, socket: object, /) -> bool:
        """Say where running loops are told of: the modules `_asyncio` and `_socket`; None unbinds.

        Returns:
            Whether blocking work on a loop can be marked: not where something else than C code would answer.
        """
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

    def span_close(
        self, owner: object, limits: Limits = (None, None), /
    ) -> tuple[Sequence[SpanEvent], tuple[int, ...]] | None:
        """Close a span's buffer and turn what was in it into events, in order; `limits` go to who reads them.

        Returns:
            The events and their distinct ids; None where nothing was recorded.
        """
        ...

    def bind_span_events(self, reader: SpanEventReader | None, /) -> None:
        """Say who names and decodes what `span_close` makes; None unbinds. Nobody does before."""
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
        """Totals since start or fork; keys as in `capture.stats`."""
        ...

    def after_fork_child(self) -> None:
        """Start clean in a forked child: new ring, empty span table, counters at zero."""
        ...
