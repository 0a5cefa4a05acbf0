"""What may grow: of a process from outside, and of this one from inside."""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from contextlib import suppress
from pathlib import Path

SIGNALS = 3
"""Each has an exporter, which keeps one connection."""
_PAGE = os.sysconf("SC_PAGESIZE")


class _Mallinfo2(ctypes.Structure):
    _names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost"
    _fields_ = [(name, ctypes.c_size_t) for name in _names.split()]


def outside(process: int) -> dict[str, float]:
    """Resident memory in KiB, open descriptors besides the exporters' connections, threads."""
    root = Path(f"/proc/{process}")
    return {
        "rss_kib": int((root / "statm").read_text().split()[1]) * _PAGE // 1024,
        "descriptors": _descriptors(root / "fd"),
        "threads": sum(1 for _ in (root / "task").iterdir()),
    }


def _descriptors(folder: Path) -> int:
    """Without one socket per signal: after an outage exporters connect again when they have something to send."""
    targets = []
    for each in folder.iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            targets.append(each.readlink().name)
    return len(targets) - min(SIGNALS, sum(target.startswith("socket:") for target in targets))


def inside() -> dict[str, float]:
    """Blocks of Python's allocator, and what malloc has given out in KiB (0 where the C library does not say)."""
    gc.collect()
    return {"blocks": sys.getallocatedblocks(), "native_kib": _native() // 1024}


def _native() -> int:
    ask = getattr(ctypes.CDLL(None), "mallinfo2", None)  # glibc from 2.33
    if ask is None:
        return 0
    ask.restype = _Mallinfo2
    told = ask()
    return int(told.uordblks + told.hblkhd)
