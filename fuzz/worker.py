"""What every worker process does besides playing: count, watch its memory, stop.

FUZZ_TALLY names the file of its counts, FUZZ_RECORDS says after how many described records it stops.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from pathlib import Path

from fuzz.tally import Tally

WARM = 100_000
"""Records before memory is noted. Until then what has a bound fills: 1,536 ids and their recipes, 2,048 values of each
event sampled by `first`, memos of redaction, patterns, the allocator's arenas; some 15 MiB, flat at half a million."""
MEASURE_EVERY = 16
"""Inputs."""
GROWTH_KIB = 64 * 1024
"""More resident memory after the warm-up is growth; a fuzzer keeps its corpus, and the sanitizer what was freed."""


def tally() -> Tally:
    """The counts of this process."""
    path = os.environ.get("FUZZ_TALLY")
    return Tally(Path(path) if path else None)


def records() -> int:
    """How many to describe."""
    return int(os.environ.get("FUZZ_RECORDS", sys.maxsize))


def measure(tally: Tally) -> None:
    """Note this process's memory; after the warm-up, also what it is compared with."""
    if not tally["rss_first_kib"] and tally["described"] > WARM:
        gc.collect()
        tally.measure()
        tally.put("rss_first_kib", tally["rss_kib"])
    tally.measure()


def check_growth(tally: Tally, limit_kib: int) -> None:
    """Fail when what came after the warm-up left too much behind.

    Raises:
        AssertionError: saying how much.
    """
    gc.collect()
    tally.measure()
    grown = tally["rss_kib"] - tally["rss_first_kib"]
    if tally["rss_first_kib"] and grown > limit_kib:
        raise AssertionError(f"{grown} KiB more than after the warm-up, with {tally['described']} records described")


def watched(play: Callable[[bytes], None], tally: Tally) -> Callable[[bytes], None]:
    """For a fuzzer that would never stop: ends the process when enough was described."""
    wanted = records()

    def one(data: bytes) -> None:
        play(data)
        if tally["inputs"] % MEASURE_EVERY == 0:
            measure(tally)
        if tally["described"] >= wanted:
            check_growth(tally, GROWTH_KIB)
            os._exit(0)  # libFuzzer takes an exit for a crash

    return one
