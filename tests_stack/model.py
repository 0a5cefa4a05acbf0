"""What Prometheus answers, computed here from raw samples: selection, rate, increase and sums in plain Python.

Written after Prometheus' documentation and `extrapolatedRate` in its promql/functions.go, v2.53.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

Labels = Mapping[str, str]
Where = Callable[[Labels], bool]
Key = frozenset[tuple[str, str]]
Result = dict[Key, float]

LOOKBACK = 300.0
"""Seconds for which the last sample of a series is its value; Prometheus' default."""
KNOWN_BEFORE = 3600.0
"""Seconds before a window in which a series must have been seen to be an old one; the dashboards' convention."""


@dataclass(frozen=True)
class Series:
    """One time series.

    Args:
        labels: `__name__` included.
        samples: Unix time in seconds and value, in order.
    """

    labels: Labels
    samples: tuple[tuple[float, float], ...]

    def between(self, start: float, end: float) -> list[tuple[float, float]]:
        """Samples of a window, both ends included."""
        return [sample for sample in self.samples if start <= sample[0] <= end]

    def at(self, time: float) -> float | None:
        """The value at a time, if a sample is near enough before it."""
        found = [value for when, value in self.samples if time - LOOKBACK <= when <= time]
        return found[-1] if found else None

    def increase(self, time: float, window: float) -> float | None:
        """By how much a counter rose in the seconds before a time; None of fewer than two samples."""
        samples = self.between(time - window, time)
        if len(samples) < 2:
            return None
        rose = sum(now if now < before else now - before for (_, before), (_, now) in pairwise(samples))
        (first, value), (last, _) = samples[0], samples[-1]
        spacing = (last - first) / (len(samples) - 1)
        before_first = first - (time - window)
        if before_first >= 1.1 * spacing:
            before_first = spacing / 2
        if rose > 0 and value >= 0:
            before_first = min(before_first, (last - first) * value / rose)  # a counter was not below zero
        after_last = time - last
        if after_last >= 1.1 * spacing:
            after_last = spacing / 2
        return rose * (last - first + before_first + after_last) / (last - first)

    def happened(self, time: float, window: float) -> float | None:
        """The increase, and the first value of a series that had not been there before the window."""
        samples = self.between(time - window, time)
        if not samples:
            return None
        rose = self.increase(time, window)
        if self.between(time - window - KNOWN_BEFORE, time - window):
            return rose
        return min(value for _, value in samples) + (rose or 0.0)


@dataclass(frozen=True)
class Moment:
    """All series, looked at from one time, the way a panel's variables say.

    Args:
        series: all there are.
        time: Unix time in seconds.
        window: `$__range` in seconds.
        step: `$__rate_interval` in seconds.
        service: `$service`, a regular expression.
        instance: `$instance`.
        environment: `$environment_instances`, the instances of the chosen environment.
        group: `$group`; concerns the counter of events alone.
    """

    series: tuple[Series, ...]
    time: float
    window: float
    step: float
    service: str = ".*"
    instance: str = ".*"
    environment: str = ".*"
    group: str = ".*"

    def now(self, name: str, where: Where | None = None) -> list[tuple[Labels, float]]:
        """Label sets and values of what is there now."""
        values = ((one.labels, one.at(self.time)) for one in self._pick(name, where))
        return [(labels, value) for labels, value in values if value is not None]

    def rate(self, name: str, *by: str, where: Where | None = None) -> Result:
        """Per second over the rate interval, summed by labels."""
        rates = ((one.labels, one.increase(self.time, self.step)) for one in self._pick(name, where))
        return add(((labels, rose / self.step) for labels, rose in rates if rose is not None), *by)

    def happened(
        self, name: str, *by: str, where: Where | None = None, window: float = 0.0, ago: float = 0.0
    ) -> Result:
        """How many in the window, the range unless given, that ended so many seconds ago; summed by labels."""
        time, window = self.time - ago, window or self.window
        counts = ((one.labels, one.happened(time, window)) for one in self._pick(name, where))
        return add(((labels, number) for labels, number in counts if number is not None), *by)

    def at(self, time: float) -> Moment:
        """The same from another time."""
        return replace(self, time=time)

    def _pick(self, name: str, where: Where | None) -> Iterable[Series]:
        for one in self._mine:
            if re.fullmatch(name, one.labels["__name__"]) and (where is None or where(one.labels)):
                yield one

    @cached_property
    def _mine(self) -> list[Series]:
        return [one for one in self.series if self._chosen(one.labels)]

    def _chosen(self, labels: Labels) -> bool:
        wanted = [("job", self.service), ("instance", self.instance), ("instance", self.environment)]
        if labels["__name__"] == "python_audit_events_total":
            wanted.append(("python_audit_group", self.group))
        return all(re.fullmatch(pattern, labels.get(label, "")) for label, pattern in wanted)


def key(labels: Labels, *by: str) -> Key:
    """The labels that are kept; an empty one is none."""
    return frozenset((label, labels[label]) for label in by if labels.get(label))


def group(values: Iterable[tuple[Labels, float]], how: Callable[[list[float]], float], *by: str) -> Result:
    """An aggregation by labels."""
    groups: dict[Key, list[float]] = {}
    for labels, value in values:
        groups.setdefault(key(labels, *by), []).append(value)
    return {labels: how(found) for labels, found in groups.items()}


def add(values: Iterable[tuple[Labels, float]], *by: str) -> Result:
    return group(values, sum, *by)


def count(values: Iterable[tuple[Labels, float]], *by: str) -> Result:
    return group(values, len, *by)


def highest(values: Iterable[tuple[Labels, float]], *by: str) -> Result:
    return group(values, max, *by)


def divide(above: Result, below: Result) -> Result:
    """Pairs with equal labels, where the divisor is above zero."""
    return {labels: value / below[labels] for labels, value in above.items() if below.get(labels, 0) > 0}
