"""What is read from the accounts of a run that has ended: what was lost, what is open, and what would have helped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from otel_audit.bridge_health import NO_LOSS, Health
from otel_audit.model import Counts

_MAX_RING_SIZE = 1 << 30
_PLAIN = re.compile(r"[\w.:/-]{1,40}")
"""Names that an option takes as they are."""
_OTHER = "other"
"""Stands for many names; an option would take it for one."""


class EventCount(NamedTuple):
    """Exact counters of one event."""

    name: str
    group: str
    counts: Counts


def lost(health: Health) -> int:
    """Events that at least one destination should have got and did not: as many as the one that lost most."""
    gone = [
        sum(n for outcome, n in account.items() if outcome not in NO_LOSS) for account in health.destinations.values()
    ]
    return max(gone, default=0) + sum(health.dropped.values())


def waiting(account: Mapping[str, int]) -> int:
    """Events kept for a destination of which nothing more is known: the time at the end was too short for them."""
    return max(0, account.get("kept", 0) - sum(number for outcome, number in account.items() if outcome != "kept"))


def most_waiting(health: Health) -> int:
    """The same of the destination for which it is most."""
    return max(map(waiting, health.destinations.values()), default=0)


def remedy(health: Health) -> str:
    """What helps against a full ring; "" where it was never full."""
    rings = [account for name, account in health.destinations.items() if name != "span_events"]
    least = min(rings, key=lambda account: account.get("queue_full", 0), default={})
    full, kept, capacity = least.get("queue_full", 0), least.get("kept", 0), health.queue.get("capacity", 0)
    if not full:
        return ""
    wanted = capacity * kept // max(1, kept - full)  # bytes, had all of them come at once
    size = 1 << wanted.bit_length()
    larger = f"--ring-size {size} or " if wanted > 0 and size <= _MAX_RING_SIZE else ""
    return f"{full:,} found no room in the ring: {larger}a rate such as --sampling '*=1000/s' helps"


def keeping(events: Iterable[EventCount]) -> str:
    """The option that keeps what samplers and rate limits left out, of the event of which it was most; maybe ""."""
    out = {event.name: event.counts.sampled_out + event.counts.rate_limited for event in events}
    name = max(out, key=out.__getitem__, default="")
    if not out.get(name) or name == _OTHER or not _PLAIN.fullmatch(name):
        return ""
    whose = "them" if sum(map(bool, out.values())) == 1 else f"those of {name}"
    return f"--sampling {name}=all keeps {whose}"
