"""Memory of this process, without importing what would be part of it."""

from __future__ import annotations


def resident_kib(field: str = "Rss") -> int:
    """KiB, from /proc/self/smaps_rollup (Linux): `Rss`, `Pss`, `Private_Dirty`."""
    with open("/proc/self/smaps_rollup") as lines:  # noqa: PTH123  (pathlib is not imported for this)
        for line in lines:
            if line.startswith(f"{field}:"):
                return int(line.split()[1])
    raise LookupError(field)
