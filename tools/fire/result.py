"""The words of this tool: what became of an event, per core. Pure data."""

from __future__ import annotations

import sys
from typing import Any, Literal, NamedTuple

VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
CORES = ("c", "python")

Line = dict[str, Any]
"""One line of the log stream."""

How = Literal["fired", "core only", "synthetic", "absent"]
"""`fired`: the interpreter raised it, and a record came out. `core only`: raised when the bridge only counts, and found
in the core's counters. `synthetic`: fed by sys.audit(), as this platform or build cannot raise it. `absent`: likewise,
as this version does not."""


class Job(NamedTuple):
    """One firing asked of a process.

    Args:
        event: the one whose record is looked at.
        ask: for `worker`: a trigger's name, or [event, index of the argument set].
        how: what a record of it proves.
    """

    event: str
    ask: Any
    how: How


class Firing(NamedTuple):
    """What became of one event in one core.

    Args:
        event: its name.
        core: `c` or `python`.
        how: what it took.
        lines: its records, one per argument set.
        problems: what is wrong, one line each.
        note: how it was proven, where a record is no proof.
    """

    event: str
    core: str
    how: How
    lines: tuple[Line, ...]
    problems: tuple[str, ...] = ()
    note: str = ""
