"""Says when a sampler that limits a rate starts and stops taking events away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from otel_audit import clock, semconv
from otel_audit.model import OTHER_ID, Counts, Described, Record
from otel_audit.processors import RATE_LIMIT_NOTICE


class LimitNotices:
    """Compares the counters of two turns. An event that flaps within one interval is one episode.

    Args:
        name: name of an event id.
    """

    def __init__(self, name: Callable[[int], str]) -> None:
        self._name = name
        self._limited: dict[int, int] = {}
        self._began: dict[int, int] = {}

    def turn(self, counters: list[tuple[int, Counts]]) -> Iterator[Described]:
        """One notice for each event whose limiter started or stopped since the last turn."""
        for event_id, counts in counters:
            before = self._limited.get(event_id, 0)
            if counts.rate_limited > before:
                self._limited[event_id] = counts.rate_limited
                if event_id not in self._began:
                    self._began[event_id] = before
                    yield self._notice(event_id, "started", counts.rate_limited - before)
            elif event_id in self._began:
                yield self._notice(event_id, "stopped", counts.rate_limited - self._began.pop(event_id))

    def _notice(self, event_id: int, state: str, number: int) -> Described:
        name = self._name(event_id)
        taken = f"{number} so far" if state == "started" else f"{number} in all"
        fields: dict[str, Any] = {
            "event": RATE_LIMIT_NOTICE,
            "level": "info",
            "message": f"rate limit on {name} {state} dropping events, {taken}",
            semconv.AUDIT_EVENT: name,
            "python.audit.bridge.state": state,
            "python.audit.bridge.limited": number,
        }
        return Described(notice_record(), fields)


def notice_record() -> Record:
    """A record of the bridge's own, of now, in no trace."""
    return Record(OTHER_ID, clock.time_ns(), 0, 0, 0, 0, "", 0, 1, 0, 0, ())
