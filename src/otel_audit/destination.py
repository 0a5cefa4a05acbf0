"""What a destination of records is, and how it accounts for them."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Protocol

from otel_audit import threads
from otel_audit.model import Described


class Account:
    """What became of the events that went to one destination, by outcome.

    Adding never blocks and may be interrupted at any point: it appends; whoever reads sums up. Outcomes are
    `delivered`, `filtered` (a processor or trace sampling took it out), `late`, `over`, or an error type.

    Args:
        destination: `logs`, `stream` or `span_events`.
    """

    def __init__(self, destination: str) -> None:
        self.destination = destination
        self.clear()

    def clear(self) -> None:
        """Begin at zero, with fresh locks: also after a fork."""
        self._new: deque[tuple[str, int]] = deque()
        self._totals: dict[str, int] = {}
        self._summing = threads.allocate_lock()

    def add(self, outcome: str, number: int = 1) -> None:
        """Count events under what happened to them."""
        if number:
            self._new.append((outcome, number))

    def totals(self) -> dict[str, int]:
        """Number of events by outcome."""
        with self._summing:
            while self._new:
                outcome, number = self._new.popleft()
                self._totals[outcome] = self._totals.get(outcome, 0) + number
            return dict(self._totals)


class Sink(Protocol):
    """One destination of records from the ring. Called by the drain thread only."""

    name: str
    """Its signal: `logs`, `stream`, ..."""

    account: Account

    def refresh(self) -> None:
        """Called once per flush interval: look for a provider, settle what is known by now."""
        ...

    def reason(self) -> str | None:
        """Why it cannot deliver, in a few words; None when it can."""
        ...

    def room(self) -> int:
        """How many records it can take now."""
        ...

    def emit(self, described: Described) -> None:
        """Take one record. Whatever it raises is counted and logged once."""
        ...

    def flush(self) -> None:
        """A batch is over: write out what is buffered."""
        ...

    def after_fork_child(self) -> None:
        """Begin anew."""
        ...


def leading(sinks: Sequence[Sink]) -> Sequence[Sink]:
    """Those that read every record; all, where there is none.

    They set the pace, and their accounts say what became of the ring's records. A sink with a true `marked_only` looks
    at records that are marked on_event_loop and follows.
    """
    return [sink for sink in sinks if not getattr(sink, "marked_only", False)] or sinks
