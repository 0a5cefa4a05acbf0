"""What a subject of the hook's benchmarks is: a pure row, and how its events are raised."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

EVENT = "bench.event"
BATCH = 48
"""Events per batch: below the cap of events per span, so that every one is recorded."""

LIBRARY = "/srv/app/libraries"
"""Where the frames lie that are not the application's."""

Batch = Callable[[], Any]
"""A context manager around one batch; what it does is not timed."""


class Subject(NamedTuple):
    """One row.

    Args:
        prepare: installs it, for good; its argument is the folder of the compiled hooks.
        arguments: of each event: none, the path, or path, mode and flags.
        equal: all events of a batch have one path, so that they merge.
        depth: frames of libraries between event and application.
        on_loop: the thread's event loop is running.
        event: what is raised; packages know only events of CPython.
        whole: CPU time of the process, with what the batch's end waits for; otherwise the time of the calls.
        package: distribution that must be installed.
    """

    prepare: Callable[[str], Batch]
    arguments: int = 3
    equal: bool = False
    depth: int = 0
    on_loop: bool = False
    event: str = EVENT
    whole: bool = False
    package: str = ""
