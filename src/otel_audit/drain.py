"""The background thread: takes bytes from the core, describes them, hands them to the sinks."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from otel_audit import clock, sdk, threads, wire
from otel_audit.chain import Chain
from otel_audit.changes import Changes
from otel_audit.contract import Core
from otel_audit.destination import Sink, leading
from otel_audit.exemplars import SAMPLED, Exemplars
from otel_audit.limits import LimitNotices
from otel_audit.model import Counts, Described, Record
from otel_audit.visible import visible

_logger = logging.getLogger(__name__)

CHUNK = 1 << 16
"""Bytes taken from the ring at once: some 500 records, 20 us under the GIL."""
SMALLEST_RECORD = 72
HELD_NS = 200_000
"""How long the GIL is held for records at a time, in nanoseconds: what a thread that needs it then waits."""
HELD_FULL_NS = 500_000
"""The same while the ring is more than half full: beside a thread that never waits, each turn costs 5 ms."""
LOOK_EVERY = 4
"""Records between two looks at the clock: some 20 us."""
RETRY_MS = 50
"""How soon to look again when a sink had no room."""


class _Asked:
    """A flush under way.

    Args:
        turns: how many turns there must have been.
    """

    def __init__(self, turns: int) -> None:
        self.turns, self.done = turns, threads.Flag()


class Drain:
    """One daemon thread per process.

    Args:
        core: where records come from.
        chain: what makes them readable.
        sinks: where they go.
        interval_ms: between turns; the core wakes the thread earlier when the ring is a quarter full.
        before_turn: called at the start of each turn, in the thread.
        at_end: called after the last turn, in the thread.
        exemplars: told where records were.
        holding: whether records are to wait in the ring, because their destinations are still to come.
    """

    def __init__(
        self,
        core: Core,
        chain: Chain,
        sinks: Sequence[Sink],
        interval_ms: int,
        before_turn: Callable[[], None],
        at_end: Callable[[], None] = lambda: None,
        exemplars: Exemplars | None = None,
        holding: Callable[[], bool] = bool,
    ) -> None:
        self._holding = holding
        self._core, self._chain, self._sinks, self._leading = core, chain, tuple(sinks), leading(sinks)
        self._interval_ms, self._before_turn, self._at_end = interval_ms, before_turn, at_end
        self._exemplars = exemplars or Exemplars()
        self.lag_ns, self._held_ns = 0, HELD_NS
        self._complained: set[tuple[str, str]] = set()
        self.changes = Changes(lambda attributes: chain.redacted(attributes))
        self._reset()

    def _reset(self) -> None:
        self._notices = LimitNotices(lambda event_id: self._chain.event(event_id)[0])
        self._turns = 0
        self._asked: list[_Asked] = []
        self._stopping = False
        self._told = False  # of a change, in this window
        self._thread: threads.Thread | None = None

    def start(self) -> None:
        """Start the thread, unless it runs."""
        if self._thread is None:
            self._thread = threads.Thread(self._run)
            self._thread.start()

    @property
    def ident(self) -> int | None:
        """Of the thread; None while there is none."""
        return None if self._thread is None else self._thread.ident

    def flush(self, timeout_s: float) -> bool:
        """Hand everything recorded so far to the sinks.

        Args:
            timeout_s: seconds to wait.

        Returns:
            True when all of it was handed over in time.
        """
        if self._thread is None:
            return False
        deadline = clock.monotonic() + timeout_s
        asked = _Asked(self._turns + 2)  # the turn under way may have passed what was just recorded
        self._asked.append(asked)
        try:
            while True:
                self._core.wake()
                left = deadline - clock.monotonic()
                if left <= 0 or not self._thread.is_alive():
                    return False
                if asked.done.wait(min(left, RETRY_MS / 1000)):
                    return True
        finally:
            with suppress(ValueError):  # it is out already, or this is a forked child
                self._asked.remove(asked)

    def stop(self, timeout_s: float) -> bool:
        """End the thread after a last turn; what does not fit into the time stays in the ring.

        Returns:
            True when the thread ended in time.
        """
        thread = self._thread
        if thread is None:
            return True
        self._stopping = True
        self._core.wake()
        return thread.join(timeout_s)

    def after_fork_child(self) -> None:
        """Start anew: the thread stayed in the parent."""
        running = self._thread is not None and not self._stopping
        self.changes.after_fork_child()
        self._reset()
        if running:
            self.start()

    def _run(self) -> None:
        self._core.own_thread(True)
        detach = sdk.suppressed()
        timeout_ms, due = 0, 0.0
        while not self._stopping:
            self._core.wait(timeout_ms)
            new_window = bool(self._asked) or clock.monotonic() >= due  # also where only full rings wake it
            if new_window:
                due = clock.monotonic() + self._interval_ms / 1000
            emptied = self._turn(new_window)
            left_ms = max(0, math.ceil((due - clock.monotonic()) * 1000))
            timeout_ms = min(left_ms, RETRY_MS) if not emptied else 0 if self._asked else left_ms
        while not self._turn(new_window=True):
            self._core.wait(RETRY_MS)
        try:
            self._at_end()
        except Exception as error:
            self._complain("drain", error)
        detach()

    def _turn(self, new_window: bool) -> bool:
        """One pass over everything. Returns False when records had to stay for want of room."""
        whole = False
        try:
            if new_window:
                self._core.turn()
                clock.follow()
                self._before_turn()
                self._refresh()
            emptied = whole = self._empty_ring()
            self._tell_changes(new_window)
            if new_window:
                self._tell_limits()
        except Exception as error:  # of ours, or the interpreter is going away: the thread must go on
            self._complain("drain", error)
            emptied = True
        self._turns += 1
        if whole:
            self._answer()
        return emptied

    def _answer(self) -> None:
        for asked in tuple(self._asked):
            if self._turns >= asked.turns:
                with suppress(ValueError):  # it gave up
                    self._asked.remove(asked)
                asked.done.set()

    def _refresh(self) -> None:
        for sink in self._sinks:
            try:
                sink.refresh()
            except Exception as error:
                self._complain(sink.name, error)
            sink.account.settle()

    def _empty_ring(self) -> bool:
        """Deliver what is there by now, not what comes meanwhile: under a steady load that would never end."""
        if not (self._asked or self._stopping) and self._holding():
            return True
        stats = self._core.stats()
        left = stats["ring_bytes"]
        self._held_ns = HELD_NS if 2 * left < stats["ring_capacity"] else HELD_FULL_NS
        while left > 0:
            room = max((sink.room() for sink in self._leading), default=0)
            if room <= 0:
                return False
            data = self._core.drain(min(CHUNK, room * SMALLEST_RECORD))
            if not data:
                break
            left -= len(data)
            self._deliver(data)
        return True

    def _deliver(self, data: bytes) -> None:
        if all(sink.reason() is not None for sink in self._sinks):
            self._account("no_pipeline", sum(1 for _ in wire.split(data)))
            return
        marked_only, unread = all(sink.reason() is not None for sink in self._leading), 0
        read, process, sinks, now = wire.decode, self._chain.__call__, self._sinks, clock.monotonic_ns
        number, until = 0, now() + self._held_ns
        record: Record | None = None
        sampled: dict[int, Record] = {}
        for at in wire.split(data):
            number += 1
            if not number % LOOK_EVERY and now() > until:
                self._give_way(record)
                until = now() + self._held_ns
            if marked_only and not wire.is_marked(data, at):
                unread += 1
                continue
            try:
                described = process(read(data, at))
            except Exception as error:  # a processor of the user's
                self._complain("processors", error)
                self._account(type(error).__qualname__)
                continue
            if described is None:
                self._account("filtered")
                continue
            record = described[0]
            if record.trace_flags & SAMPLED:
                sampled[record.event_id] = record
            for sink in sinks:
                try:
                    sink.emit(described)
                except Exception as error:
                    sink.account.add(type(error).__qualname__)
                    self._complain(sink.name, error)
        self._account("no_pipeline", unread)
        self._remember(sampled.values())
        self._flush_sinks()
        self._look_back(record)

    def _remember(self, records: Iterable[Record]) -> None:
        """Where the last of each event was, once for all records taken together."""
        for record in records:
            self._exemplars.remember((record.event_id,), record.trace_id, record.span_id, record.trace_flags)

    def _give_way(self, record: Record | None) -> None:
        """Let the application have the GIL, unless it waits for these very records."""
        self._look_back(record)
        if not (self._asked or self._stopping):
            threads.give_way()

    def _look_back(self, record: Record | None) -> None:
        if record is not None:
            self.lag_ns = clock.time_ns() - record.time_ns

    def _account(self, outcome: str, number: int = 1) -> None:
        for sink in self._sinks:
            sink.account.add(outcome, number)

    def _hand(self, notice: Described) -> None:
        """A notice of the bridge's own, which no account counts."""
        for sink in self._sinks:
            try:
                sink.emit(notice)
            except Exception as error:
                self._complain(sink.name, error)

    def _flush_sinks(self) -> None:
        for sink in self._sinks:
            try:
                sink.flush()
            except Exception as error:
                self._complain(sink.name, error)

    def _tell_changes(self, new_window: bool) -> None:
        """At once, and what follows in one interval together."""
        if new_window or not self._told:
            notices = list(self.changes.turn())
            self._told = bool(notices)
            for notice in notices:
                self._hand(notice)
            if notices:
                self._flush_sinks()

    def _tell_limits(self) -> None:
        counters = [(event_id, Counts._make(counts)) for event_id, counts in self._core.counters()]
        for notice in self._notices.turn(counters):
            self._hand(notice)
        self._flush_sinks()

    def _complain(self, where: str, error: Exception) -> None:
        """One line per place and kind of error; the number is in the accounts."""
        kind = (where, type(error).__qualname__)
        if kind in self._complained:
            return
        self._complained.add(kind)
        _logger.warning("otel-audit: %s failed and goes on: %s: %s", where, visible(kind[1]), self._said(error))

    def _said(self, error: Exception) -> str:
        """What an error says: maybe a value of the record it was about."""
        try:
            return visible(self._chain.text(str(error)))
        except Exception:  # of a class with a text of its own
            return "it does not say why"
