"""Exact counts by subject, in bounded memory: what does not fit is counted under `other`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from otel_audit.report.subjects import Subject

MAX_SUBJECTS = 500
"""Hosts, files, command lines told apart in one table: more rows than a person reads; some 1 kB each."""
MAX_NAMES = 24
"""Events, and requests, told apart for one subject."""
OTHER = "other"


@dataclass
class Entry:
    """One row of a table.

    Args:
        first_ns: time of the first event, nanoseconds since the Unix epoch.
        find: what the page's search finds its records by.
        events: number of events by what they did, merged ones included.
        requests: the same by name of the root span; "" outside of any.
    """

    first_ns: int
    find: str = ""
    events: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)

    def add(self, number: int, what: str, request: str) -> None:
        """Count events."""
        _count(self.events, what, number)
        _count(self.requests, request, number)

    @property
    def total(self) -> int:
        return sum(self.events.values())


def _count(names: Counter[str], name: str, number: int) -> None:
    names[name if name in names or len(names) < MAX_NAMES else OTHER] += number


class Tally:
    """Rows by subject, and one for all that did not fit."""

    def __init__(self) -> None:
        self.rows: dict[str, Entry] = {}
        self.other: Entry | None = None

    def add(self, subject: Subject, number: int, request: str, time_ns: int) -> None:
        """Count events about one subject."""
        entry = self.rows.get(subject.key)
        if entry is None:
            entry = self._new(subject, time_ns)
        entry.add(number, subject.what, request)

    def _new(self, subject: Subject, time_ns: int) -> Entry:
        if len(self.rows) < MAX_SUBJECTS:
            self.rows[subject.key] = Entry(time_ns, subject.find or subject.key)
            return self.rows[subject.key]
        if self.other is None:
            self.other = Entry(time_ns)
        return self.other

    def ranked(self) -> list[tuple[str, Entry]]:
        """Rows, those with most events first."""
        return sorted(self.rows.items(), key=lambda item: (-item[1].total, item[1].first_ns, item[0]))
