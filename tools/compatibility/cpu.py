"""CPU time of a process group, to the nanosecond where the kernel tells it so."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
"""Unit of the times in /proc/PID/stat: 10 ms."""
_GROUP, _CHILDREN_USER, _CHILDREN_SYSTEM = 2, 13, 14
"""Places behind the name in /proc/PID/stat; proc(5) counts from 1, and the name is the second."""


def group_ns(group: int) -> int:
    """CPU that a group's processes have used so far, all their threads, those that ended included.

    A process that lives is read by its CPU clock. One that has ended is in its parent's sum, which the kernel tells in
    ticks: servers that recycle workers are measured to a tick per process.

    Args:
        group: id of it; its processes wait for their children.
    """
    return sum(_alive_ns(pid) + ended * TICK_NS for pid, ended in _members(group))


def _members(group: int) -> Iterator[tuple[int, int]]:
    """(process, ticks of its children that were waited for)."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if int(fields[_GROUP]) == group:
            yield int(path.parent.name), int(fields[_CHILDREN_USER]) + int(fields[_CHILDREN_SYSTEM])


def _alive_ns(pid: int) -> int:
    """What its CPU clock says; 0 where it has just ended.

    The clock of a process is its id's complement, shifted, and the kind of clock: clock_getcpuclockid(3), which Python
    does not have.
    """
    try:
        return time.clock_gettime_ns(~pid << 3 | 2)
    except OSError:
        return 0


def pin_group(group: int, core: int) -> None:
    """Keep all threads that a group's processes have, and those they will start, on one core; where there are several.

    Args:
        group: id of it.
        core: number of it.
    """
    if (os.cpu_count() or 1) < 2:
        return
    for pid, _ in _members(group):
        for task in Path(f"/proc/{pid}/task").glob("*"):
            try:
                os.sched_setaffinity(int(task.name), {core})
            except OSError:  # it has just ended
                continue
