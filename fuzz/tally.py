"""Counts of a worker, in a file that outlives it: a crash, a kill or a hang loses none."""

from __future__ import annotations

import mmap
import os
from pathlib import Path

FIELDS = (
    "inputs",
    "raised",  # events through sys.audit or the hook itself
    "kept",  # by the core, as it counts them
    "taken",  # records out of the ring and the span buffers, walked by layout
    "twins",  # records of the second core, equal byte for byte
    "decoded",
    "refused",  # by wire.decode, as bytes of no core
    "described",  # redacted and said in one line as well, and checked
    "slowest_us",  # of one record, describe to body, processor time
    "rss_kib",
    "rss_first_kib",  # after the warm-up
    "rss_most_kib",
)
_WIDTH = 8


def resident_kib() -> int:
    """Memory of this process that is in RAM."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") // 1024


class Tally:
    """Named counters over a memory-mapped file.

    Args:
        path: made when it is not there; None keeps them in memory.
    """

    def __init__(self, path: Path | None = None) -> None:
        size = _WIDTH * len(FIELDS)
        if path is None:
            self._map = mmap.mmap(-1, size)
        else:
            if not path.exists():
                path.write_bytes(bytes(size))
            with path.open("r+b") as file:
                self._map = mmap.mmap(file.fileno(), size)
        self._numbers = memoryview(self._map).cast("q")

    def add(self, field: str, by: int = 1) -> None:
        """Count."""
        self._numbers[FIELDS.index(field)] += by

    def put(self, field: str, value: int) -> None:
        """Set."""
        self._numbers[FIELDS.index(field)] = value

    def most(self, field: str, value: int) -> None:
        """Keep the largest."""
        self.put(field, max(value, self[field]))

    def measure(self) -> None:
        """Note the memory of this process now."""
        resident = resident_kib()
        self.put("rss_kib", resident)
        self.most("rss_most_kib", resident)

    def __getitem__(self, field: str) -> int:
        return self._numbers[FIELDS.index(field)]
