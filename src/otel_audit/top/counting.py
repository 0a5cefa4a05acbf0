"""Bounded counting: seconds in a window, and rows of which the longest unheard-of make room."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

RATE_SECONDS = 10
"""Over which a rate is a mean: short enough to see a change, long enough not to flicker."""
MAX_NAMES = 16
"""Event names told apart in one row of a table."""
OTHER = "other"
_SEVERITY = ("", "debug", "info", "warn", "error")


class Seconds:
    """Numbers of the last seconds.

    Args:
        size: how many seconds are kept.
    """

    __slots__ = ("_counts", "_last", "_size")

    def __init__(self, size: int = RATE_SECONDS) -> None:
        self._size = size
        self._counts = [0] * size
        self._last = 0

    def add(self, second: int, number: int) -> None:
        """Count in a second; one that has left the window is forgotten already."""
        if second > self._last:
            self._advance(second)
        if second > self._last - self._size:
            self._counts[second % self._size] += number

    def _advance(self, second: int) -> None:
        for passed in range(max(self._last + 1, second - self._size + 1), second + 1):
            self._counts[passed % self._size] = 0
        self._last = second

    def copy(self) -> Seconds:
        """As it is now."""
        found = Seconds(self._size)
        found._counts, found._last = self._counts.copy(), self._last
        return found

    def last(self, until: int, number: int) -> list[int]:
        """Of `number` seconds up to `until`, that one included; oldest first."""
        oldest = self._last - self._size
        return [
            self._counts[second % self._size] if oldest < second <= self._last else 0
            for second in range(until - number + 1, until + 1)
        ]


@dataclass(slots=True)
class Row:
    """One line of a table.

    Args:
        key: what it counts.
        events: events, merged ones included.
        last: second of the last record, Unix time.
        level: the most severe one seen.
        note: what else is told: group, route, last command line.
        sampler: the rule its records came under.
        names: events by name.
        recent: those of the last seconds.
    """

    key: str
    events: int = 0
    last: float = 0.0
    level: str = ""
    note: str = ""
    sampler: str = ""
    names: Counter[str] = field(default_factory=Counter)
    recent: Seconds = field(default_factory=Seconds)

    def add(self, second: float, number: int, level: str, name: str = "") -> None:
        """Count events of one record."""
        self.events += number
        self.last = max(self.last, second)
        self.level = max(self.level, level, key=_SEVERITY.index)
        self.recent.add(int(second), number)
        if name:
            self.names[name if name in self.names or len(self.names) < MAX_NAMES else OTHER] += number

    def copy(self) -> Row:
        """As it is now."""
        return replace(self, names=self.names.copy(), recent=self.recent.copy())

    def rate(self, now: float, seconds: float) -> float:
        """Events per second over the last seconds.

        Args:
            now: end of the window, Unix time.
            seconds: how long there has been anything to count.
        """
        return mean(self.recent, now, seconds)


def mean(recent: Seconds, now: float, seconds: float) -> float:
    """Events per second over `RATE_SECONDS`, or over those there were."""
    return sum(recent.last(int(now), RATE_SECONDS)) / max(1.0, min(RATE_SECONDS, seconds))


class Table:
    """Rows by key, in the order of their last record. The sum over all of them, `other` included, is exact.

    Args:
        limit: rows that are told apart. A new one takes the place of the one longest unheard of, which joins `other`.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.rows: dict[str, Row] = {}
        self.other = Row(OTHER)
        self.folded = 0
        """Rows that joined `other`; one that came back counts anew."""

    def row(self, key: str) -> Row:
        """The row of a key, from now on the youngest."""
        found = self.rows.pop(key, None)
        if found is None:
            if len(self.rows) >= self._limit:
                self._fold(self.rows.pop(next(iter(self.rows))))
            found = Row(key)
        self.rows[key] = found
        return found

    def copy(self) -> Table:
        """As it is now."""
        found = Table(self._limit)
        found.rows = {key: row.copy() for key, row in self.rows.items()}
        found.other, found.folded = self.other.copy(), self.folded
        return found

    def _fold(self, row: Row) -> None:
        self.folded += 1
        self.other.add(row.last, row.events, row.level)
        self.other.note = f"{self.folded:,} rows, the longest without a record"
