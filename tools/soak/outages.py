"""When the collector is away, and how."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import NamedTuple

WAYS = ("stop", "fail 503", "hang")
SHORTEST_S, LONGEST_S = 5.0, 15.0


class Outage(NamedTuple):
    """A trouble of the collector, in seconds since the start."""

    begin_s: float
    end_s: float
    command: str


def outages(seconds: float, seed: int) -> Iterator[Outage]:
    """Every way in turn, each preceded and followed by a time of health that is longer; none in the last tenth."""
    chance = random.Random(seed)
    healthy = min(40.0, max(6.0, seconds / 10))
    longest = min(LONGEST_S, max(SHORTEST_S, healthy / 2))
    now, turn = healthy * 1.5, chance.randrange(len(WAYS))
    while True:
        end = now + chance.uniform(SHORTEST_S, longest)
        if end > seconds * 0.9:
            return
        yield Outage(now, end, WAYS[turn % len(WAYS)])
        now, turn = end + healthy * chance.uniform(0.8, 1.2), turn + 1
