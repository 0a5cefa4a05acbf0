"""The background thread: takes bytes from the core, describes them, hands them to the sinks."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable, Sequence

from otel_audit import sdk, wire
from otel_audit.chain import Chain
from otel_audit.destination import Sink
from otel_audit.exemplars import Exemplars
from otel_audit.limits import LimitNotices
from otel_audit.model import Core, Counts, Described

_logger = logging.getLogger(__name__)

CHUNK = 1 << 16
"""Bytes taken from the ring at once: some 500 records, 20 us under the GIL."""
SMALLEST_RECORD = 72
RETRY_MS = 50
"""How soon to look again when a sink had no room."""


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
    ) -> None:
        self._core, self._chain, self._sinks = core, chain, tuple(sinks)
        self._interval_ms, self._before_turn, self._at_end = interval_ms, before_turn, at_end
        self._exemplars = exemplars or Exemplars()
        self.lag_ns = 0
        self._complained: set[tuple[str, str]] = set()
        self._reset()

    def _reset(self) -> None:
        self._notices = LimitNotices(lambda event_id: self._chain.event(event_id)[0])
        self._turned = threading.Condition()
        self._turns = 0
        self._asked = 0  # flushes under way
        self._whole = 0  # the last turn that left nothing of what it had found
        self._stopping = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread, unless it runs."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="otel-audit-drain", daemon=True)
            self._thread.start()

    def flush(self, timeout_s: float) -> bool:
        """Hand everything recorded so far to the sinks.

        Args:
            timeout_s: seconds to wait.

        Returns:
            True when all of it was handed over in time.
        """
        if self._thread is None:
            return False
        deadline = time.monotonic() + timeout_s
        with self._turned:
            self._asked += 1
            wanted = self._turns + 2  # the turn under way may have passed what was just recorded
            try:
                while self._whole < wanted:
                    self._core.wake()
                    left = deadline - time.monotonic()
                    if left <= 0 or not self._thread.is_alive():
                        return False
                    self._turned.wait(min(left, RETRY_MS / 1000))
            finally:
                self._asked -= 1
        return True

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
        thread.join(timeout_s)
        return not thread.is_alive()

    def after_fork_child(self) -> None:
        """Start anew: the thread stayed in the parent."""
        running = self._thread is not None and not self._stopping
        self._reset()
        if running:
            self.start()

    def _run(self) -> None:
        self._core.own_thread(True)
        detach = sdk.suppressed()
        timeout_ms, due = 0, 0.0
        while not self._stopping:
            self._core.wait(timeout_ms)
            new_window = bool(self._asked) or time.monotonic() >= due  # also where only full rings wake it
            if new_window:
                due = time.monotonic() + self._interval_ms / 1000
            emptied = self._turn(new_window)
            left_ms = max(0, math.ceil((due - time.monotonic()) * 1000))
            timeout_ms = left_ms if emptied else min(left_ms, RETRY_MS)
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
                self._before_turn()
                self._refresh()
            emptied = whole = self._empty_ring()
            if new_window:
                self._tell_limits()
        except Exception as error:  # of ours, or the interpreter is going away: the thread must go on
            self._complain("drain", error)
            emptied = True
        with self._turned:
            self._turns += 1
            if whole:
                self._whole = self._turns
            self._turned.notify_all()
        return emptied

    def _refresh(self) -> None:
        for sink in self._sinks:
            try:
                sink.refresh()
            except Exception as error:
                self._complain(sink.name, error)
            sink.account.totals()

    def _empty_ring(self) -> bool:
        """Deliver what is there by now, not what comes meanwhile: under a steady load that would never end."""
        left = self._core.stats()["ring_bytes"]
        while left > 0:
            room = max((sink.room() for sink in self._sinks), default=0)
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
        for at in wire.split(data):
            try:
                described = self._chain.decode(data, at)
            except Exception as error:  # a processor of the user's
                self._complain("processors", error)
                self._account(type(error).__qualname__)
                continue
            if described is None:
                self._account("filtered")
                continue
            record = described.record
            self.lag_ns = time.time_ns() - record.time_ns
            self._exemplars.remember((record.event_id,), record.trace_id, record.span_id, record.trace_flags)
            self._hand(described, counted=True)
        self._flush_sinks()

    def _account(self, outcome: str, number: int = 1) -> None:
        for sink in self._sinks:
            sink.account.add(outcome, number)

    def _hand(self, described: Described, *, counted: bool) -> None:
        for sink in self._sinks:
            try:
                sink.emit(described)
            except Exception as error:
                if counted:
                    sink.account.add(type(error).__qualname__)
                self._complain(sink.name, error)

    def _flush_sinks(self) -> None:
        for sink in self._sinks:
            try:
                sink.flush()
            except Exception as error:
                self._complain(sink.name, error)

    def _tell_limits(self) -> None:
        counters = [(event_id, Counts._make(counts)) for event_id, counts in self._core.counters()]
        for notice in self._notices.turn(counters):
            self._hand(notice, counted=False)
        self._flush_sinks()

    def _complain(self, where: str, error: Exception) -> None:
        """One line per place and kind of error; the number is in the accounts."""
        kind = (where, type(error).__qualname__)
        if kind in self._complained:
            return
        self._complained.add(kind)
        _logger.warning("otel-audit: %s failed and goes on: %s: %s", where, kind[1], self._said(error))

    def _said(self, error: Exception) -> str:
        """What an error says: maybe a value of the record it was about."""
        try:
            return self._chain.text(str(error))
        except Exception:  # of a class with a text of its own
            return "it does not say why"
