"""What a destination of records is, and how it accounts for them."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

from otel_audit import threads
from otel_audit.model import Described


class Account:
    """What became of the events that went to one destination, by outcome.

    Adding never blocks and may be interrupted at any point: it appends; whoever reads sums up. So may reading: a signal
    handler that reads finds the lock its own thread's. Outcomes are `delivered`, `filtered` (a processor or trace
    sampling took it out), `late`, `over`, or an error type.

    Args:
        destination: `logs`, `stream` or `span_events`.
    """

    def __init__(self, destination: str) -> None:
        self.destination = destination
        self.clear()

    def clear(self) -> None:
        """Begin at zero, with fresh locks: also after a fork."""
        self._new: deque[tuple[str, int]] = deque()
        self._totals: defaultdict[str, int] = defaultdict(int)
        self._summing = threads.RLock()

    def add(self, outcome: str, number: int = 1) -> None:
        """Count events under what happened to them."""
        if number:
            self._new.append((outcome, number))

    def totals(self) -> dict[str, int]:
        """Number of events by outcome."""
        with self._summing:
            self._sum_up()
            return dict(self._totals)

    def settle(self) -> None:
        """Sum up, unless another thread does: so that what is added takes no room for long, and nobody waits for it."""
        if self._summing.acquire(blocking=False):
            try:
                self._sum_up()
            finally:
                self._summing.release()

    def _sum_up(self) -> None:
        with suppress(IndexError):
            while True:
                outcome, number = self._new.popleft()
                self._totals[outcome] += number  # in one step, as far as signal handlers can tell


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
