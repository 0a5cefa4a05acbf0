"""Events over time, exact over the whole run: a fixed number of intervals that grow wider as the run grows longer."""

from __future__ import annotations

from collections import Counter

INTERVALS = 240
"""Bars of a chart some 1,000 pixels wide."""
_FIRST_WIDTH_NS = 10_000_000
MAX_GROUPS = 40
"""All groups of the catalogue, and `custom`."""


class Activity:
    """Number of kept events by group and interval.

    Args:
        start_ns: where the first interval begins, nanoseconds since the Unix epoch.
    """

    def __init__(self, start_ns: int) -> None:
        self._start_ns = start_ns
        self.width_ns = _FIRST_WIDTH_NS
        self._counts: dict[str, Counter[int]] = {}

    def add(self, group: str, time_ns: int, number: int) -> None:
        """Count events; what is older than the start, by a clock that was set back, counts at the start."""
        at = max(0, time_ns - self._start_ns) // self.width_ns
        while at >= INTERVALS:
            self._widen()
            at //= 2
        if group not in self._counts and len(self._counts) >= MAX_GROUPS:
            group = "other"
        self._counts.setdefault(group, Counter())[at] += number

    def _widen(self) -> None:
        self.width_ns *= 2
        for group, counts in self._counts.items():
            wider: Counter[int] = Counter()
            for at, number in counts.items():
                wider[at // 2] += number
            self._counts[group] = wider

    def series(self) -> dict[str, list[int]]:
        """For each group the counts from the start to its last interval."""
        found = [(group, dict(counts)) for group, counts in list(self._counts.items())]
        return {group: [counts.get(at, 0) for at in range(max(counts) + 1)] for group, counts in found if counts}
