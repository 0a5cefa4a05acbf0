"""The verdict: whether anything grew, whether the books balance on both sides."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any, NamedTuple

WARM_UP = 1 / 3
"""Share of the time in which caches, pools and tables may fill; at most `WARM_UP_MOST_S`."""
WARM_UP_MOST_S = 300.0
MOMENTS_LEAST = 4

BOUNDS = {
    "rss_kib": (8192.0, "resident memory, KiB"),
    "native_kib": (2048.0, "memory of malloc, KiB"),
    "blocks": (10000.0, "blocks of Python's allocator"),
    "descriptors": (0.5, "open descriptors"),
    "threads": (0.5, "threads"),
}
"""What may be grown over the measured time, and what it is called. An object, a span or a descriptor left behind per
fork, thread or span makes hundreds to thousands of them; pools breathe less than this."""


class Finding(NamedTuple):
    """One line of the verdict."""

    what: str
    said: str
    right: bool


def slope(points: Sequence[tuple[float, float]]) -> float:
    """The median of the slopes between any two points (Theil and Sen): a third of them may be nonsense."""
    slopes = [(later[1] - earlier[1]) / (later[0] - earlier[0]) for earlier, later in combinations(points, 2)]
    return statistics.median(slopes) if slopes else 0.0


def judged(samples: Iterable[Mapping[str, Any]], seconds: float) -> list[Mapping[str, Any]]:
    """The moments that say something of growth: after the warm-up, with the collector well."""
    begin = min(WARM_UP_MOST_S, seconds * WARM_UP)
    return [sample for sample in samples if sample["at_s"] >= begin and sample["settled"]]


def growth(samples: Sequence[Mapping[str, Any]], seconds: float) -> list[Finding]:
    """What grew after the warm-up, by quiet moments at which the collector was well.

    Args:
        samples: each with `at_s`, `settled` and the measures.
        seconds: how long it ran.
    """
    moments = judged(samples, seconds)
    enough = len(moments) >= MOMENTS_LEAST
    found = [Finding("quiet moments to judge growth by", str(len(moments)), enough)]
    if not enough:
        return found
    measured = moments[-1]["at_s"] - moments[0]["at_s"]
    for name, (bound, title) in BOUNDS.items():
        points = [(sample["at_s"], float(sample[name])) for sample in moments]
        grown = slope(points) * measured
        values = [value for _, value in points]
        said = f"{grown:+,.1f} in {measured:.0f} s (bound {bound:,.1f}); {min(values):,.0f} to {max(values):,.0f}"
        found.append(Finding(f"growth of {title}", said, grown <= bound))
    return found


def laws(samples: Iterable[Mapping[str, Any]]) -> list[Finding]:
    """The law of conservation, at every quiet moment."""
    samples = list(samples)
    unseen = [sample["unseen"] for sample in samples if sample["unseen"]]
    settled = [sample for sample in samples if sample["settled"]]
    wrong = [sample["unbalanced"] for sample in settled if sample["unbalanced"]]
    return [
        Finding("seen = outcomes, quiet moments", _of(len(samples), unseen), bool(samples) and not unseen),
        Finding("kept = accounted, collector well", _of(len(settled), wrong), bool(settled) and not wrong),
    ]


def accounts(end: Mapping[str, Any], arrived: Mapping[str, Any]) -> list[Finding]:
    """The program's books against the application's own and the collector's.

    Args:
        end: the program's last account.
        arrived: the collector's `counts`.
    """
    health, process = end["health"], end["instance"]
    found = [_equal("the application's count = seen", end["offered"], end["seen"])]
    here = arrived["records"].get(process, {})
    for destination, account in health["destinations"].items():
        delivered, got = account.get("delivered", 0), sum(here.get(destination, {}).values())
        said = f"{delivered:,} delivered, {got:,} received"
        found.append(Finding(f"{destination}: delivered = received", said, delivered == got > 0))
    last = {name: int(value) for name, value in arrived["points"].get(process, {}).items()}
    found.append(_equal("seen = the last metrics received", end["seen"], last))
    found.append(Finding("the last account balances", end["unbalanced"] or "yes", not end["unbalanced"]))
    found.append(Finding("faults of the program", "; ".join(end["faults"]) or "none", not end["faults"]))
    return found


def children(reports: Sequence[Mapping[str, Any]], forked: int, arrived: Mapping[str, Any]) -> list[Finding]:
    """Each forked child's books: counts of its own from zero, and what came of them."""
    counted = [each for each in reports if each["seen"] == each["offered"] and each["law"]]
    settled = [each for each in reports if each["settled"]]
    wrong, got, delivered = 0, 0, 0
    for each in reports:
        kinds = arrived["records"].get(each["instance"], {})
        for kind, number in each["delivered"].items():
            came = sum(kinds.get(kind, {}).values())
            wrong += came < number or (came != number and each["settled"])
            got, delivered = got + came, delivered + number
    said = f"{delivered:,} delivered, {got:,} received; {len(settled)} of {len(reports)} could settle"
    names = len({each["instance"] for each in reports})
    return [
        Finding("children with an instance id of their own", f"{names} of {len(reports)}", names == len(reports)),
        Finding("children that said what they counted", f"{len(reports)} of {forked}", len(reports) == forked > 0),
        Finding("their count = seen, from zero", f"{len(counted)} of {len(reports)}", len(counted) == len(reports)),
        Finding("their records: delivered = received", said, wrong == 0),
    ]


def _of(number: int, wrong: Sequence[str]) -> str:
    return f"{number - len(wrong)} of {number}" + (f"; first: {wrong[0]}" if wrong else "")


def _equal(what: str, mine: Mapping[str, int], theirs: Mapping[str, int]) -> Finding:
    different = [
        f"{name} {mine.get(name, 0):,} / {theirs.get(name, 0):,}"
        for name in sorted({*mine, *theirs})
        if mine.get(name, 0) != theirs.get(name, 0)
    ]
    said = f"{sum(mine.values()):,} events of {len(mine)} names" if not different else ", ".join(different)
    return Finding(what, said, bool(mine) and not different)
