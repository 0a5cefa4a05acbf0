"""What one core was given, and what came out of it: both must add up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fuzz.layout import step, walk
from otel_audit.contract import Core
from otel_audit.model import Counts, Plan

_TIME = slice(16, 24)
"""Of a record's header: the one thing in which twins differ."""
_SAME_STATS = (
    "suppressed", "no_trace", "dropped_first_full", "dropped_no_memory", "dropped_reentrant", "ring_kept",
    "ring_queue_full", "span_kept", "span_over", "span_late", "span_memory_full", "span_abandoned", "names_interned",
    "names_other", "who_over",
)  # fmt: skip


class Imbalance(AssertionError):
    """Events that were lost, or counted twice, or are not the same in both cores."""


class Account:
    """The books of one core since it was configured, or forked.

    Args:
        core: after `configure`.
        plan: what it was configured with.
        walked: look into each record; a twin's are compared with those.
    """

    def __init__(self, core: Core, plan: Plan, *, walked: bool = True) -> None:
        self.core, self.plan = core, plan
        self._walk = walk if walked else step
        self.records: list[bytes] = []
        self.overs: list[int] = []
        self._kept = self._told = 0
        self._begin()

    def _begin(self) -> None:
        self.expected = self._drained = self._buffered = self._stood_for = 0

    def fork(self) -> None:
        """A child's counters begin at zero."""
        self._told += self._seen().kept - self._kept
        self._kept = 0
        self.core.after_fork_child()
        self._begin()

    def heard(self) -> int:
        """Events the core admits to have met."""
        return self._seen().seen + self.core.stats()["suppressed"]

    def kept_since(self) -> int:
        """Events kept since this was asked last."""
        kept = self._seen().kept
        since, self._kept, self._told = kept - self._kept + self._told, kept, 0
        return since

    def _seen(self) -> Counts:
        rows = [counts for _, counts in self.core.counters()]
        return Counts(*map(sum, zip(*rows))) if rows else Counts(*(0,) * len(Counts._fields))

    def drain(self, limit: int) -> None:
        """Take records out of the ring."""
        data = self.core.drain(limit)
        at = 0
        while at < len(data):
            end, stands_for = self._walk(data, at)
            self.records.append(data[at:end])
            self._drained += 1
            self._stood_for += stands_for
            at = end

    def close_span(self, owner: object) -> None:
        """Take what a span has."""
        events, ids = self.core.span_close(owner) or ((), ())
        self.overs += [event.over for event in events]
        if ids != tuple(dict.fromkeys(event.event_id for event in events)):
            raise Imbalance(f"a span's events are of {ids}")
        for event in events:
            data = event.record
            end, _ = self._walk(data, 0)
            said = int.from_bytes(data[6:8], "little"), int.from_bytes(data[_TIME], "little")
            if end != len(data) or said != (event.event_id, event.timestamp):
                raise Imbalance(f"a span's event {event.event_id} of {len(data)} bytes; one of {end} says {said}")
            self.records.append(data)
            self._buffered += 1

    def check(self) -> None:
        """Every event that was raised is accounted for; nothing is left inside.

        Raises:
            Imbalance: saying where.
        """
        stats = self.core.stats()
        for event_id, row in self.core.counters():
            if row[0] != sum(row[1:]):
                raise Imbalance(f"{self.core.core_name}: event {event_id}: {Counts._make(row)}")
        total = self._seen()
        self._equal("raised, seen or suppressed", self.expected, total.seen + stats["suppressed"])
        self._equal("records of the ring", stats["ring_kept"] - stats["ring_queue_full"], self._drained)
        lost = sum(stats[name] for name in ("span_over", "span_late", "span_memory_full", "span_abandoned"))
        self._equal("records of spans", stats["span_kept"] - lost, self._buffered)
        self._equal("bytes left", 0, stats["ring_bytes"] + stats["span_bytes"])
        if self.plan.ring and not self.plan.spans:
            self._equal("events", total.kept + total.merged - stats["ring_queue_full"], self._stood_for)

    def _equal(self, what: str, wanted: int, found: int) -> None:
        if wanted != found:
            raise Imbalance(f"{self.core.core_name}: {what}: {wanted}, found {found}; {self.core.stats()}")

    def forget_records(self) -> None:
        """They were looked at."""
        self.records.clear()
        self.overs.clear()

    def timeless(self) -> list[bytes]:
        """The records, without what differs between any two."""
        return [data[: _TIME.start] + data[_TIME.stop :] for data in self.records]

    def shown(self) -> tuple[Any, ...]:
        """What must be the same in every core."""
        stats = self.core.stats()
        rows = self.core.counters()
        return (
            rows,
            [(self.core.event_name(event_id), self.core.event_policy(event_id)) for event_id, _ in rows],
            {name: stats[name] for name in _SAME_STATS},
            self.overs,
        )


def same(accounts: Sequence[Account]) -> None:
    """Twins made the same of the same events.

    Raises:
        Imbalance: the first difference.
    """
    first = accounts[0]
    for other in accounts[1:]:
        for mine, theirs in zip(first.timeless(), other.timeless()):
            if mine != theirs:
                raise Imbalance(f"twins differ:\n{mine!r}\n{theirs!r}")
        for mine, theirs in zip(first.shown(), other.shown()):
            if mine != theirs:
                raise Imbalance(f"twins differ:\n{mine!r}\n{theirs!r}")
        if len(first.records) != len(other.records):
            raise Imbalance(f"twins differ: {len(first.records)} and {len(other.records)} records")
