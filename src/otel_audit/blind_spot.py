"""What the hook cannot have seen: from the process's creation until it was armed."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

_STAT = Path("/proc/self/stat")
_START_FIELD = 22
"""Ticks from boot to the process's creation (proc_pid_stat(5), counted from 1)."""
_LONGEST_MS = 600_000
"""No interpreter starts for ten minutes: a process that is older became this program by `exec`."""


entered: int | None = None
"""Modules there were when the interpreter's start came to us; what was imported since is the bridge's own."""


def describe() -> str:
    """One line for health; of this moment, so to be asked right before the hook is armed.

    The time is that since the process was created, the modules are those imported by then.
    """
    age, modules = age_ms(), len(sys.modules)
    since = "" if age is None else f"{age} ms and "
    ours = "" if entered is None else f" ({modules - entered} the bridge's own)"
    return f"not seen: what was before the hook was armed, {since}{modules} modules{ours}"


def age_ms() -> int | None:
    """Milliseconds since the kernel created this process, as exact as its ticks are (10 ms on most systems).

    None where nobody says: only Linux is asked, and a process that is older than an interpreter's start can be became
    this program by `exec`.
    """
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    if clock is None:
        return None
    try:
        # The name of the program, in parentheses, may hold blanks and parentheses itself.
        fields = _STAT.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        created_s = int(fields[_START_FIELD - 3]) / os.sysconf("SC_CLK_TCK")
        age = round((time.clock_gettime(clock) - created_s) * 1000)
    except (OSError, ValueError, IndexError):
        return None
    return age if 0 <= age <= _LONGEST_MS else None
