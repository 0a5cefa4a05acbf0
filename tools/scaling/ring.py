"""How evenly traces fall on samplers: the hash ring of the collector's load-balancing exporter.

Its constants and hash are those of consistent_hashing.go, collector-contrib 0.158.0; where two points fall on one place
it moves the second a little, which changes nothing here.
"""

from __future__ import annotations

import zlib
from bisect import bisect_left
from itertools import pairwise

POSITIONS = 131_071
POINTS = 200
"""Points of each endpoint on the ring."""


def ring(endpoints: list[str]) -> list[tuple[int, str]]:
    """Places of all endpoints, in order."""
    taken: dict[int, str] = {}
    for endpoint in endpoints:
        for number in range(POINTS):
            taken.setdefault(zlib.crc32(endpoint.encode() + number.to_bytes(4, "little")) % POSITIONS, endpoint)
    return sorted(taken.items())


def sampler_of(trace: bytes, places: list[tuple[int, str]]) -> str:
    """The endpoint that gets a trace: the next one on the ring."""
    found = bisect_left(places, (zlib.crc32(trace) % POSITIONS, ""))
    return places[found % len(places)][1]


def shares(number: int) -> list[float]:
    """Part of all traces that each of so many samplers gets, the largest first."""
    places = ring([f"10.0.{at // 250}.{at % 250 + 1}:4317" for at in range(number)])
    sums = dict.fromkeys((endpoint for _, endpoint in places), 0)
    for (before, _), (place, endpoint) in pairwise([(places[-1][0] - POSITIONS, ""), *places]):
        sums[endpoint] += place - before
    return sorted((size / POSITIONS for size in sums.values()), reverse=True)
