"""How the events of a batch are raised, and how long that takes."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from benchmarks.subjects.subject import BATCH, EVENT, LIBRARY, Subject

PATHS = [f"/srv/app/data/file-{number:04d}.json" for number in range(BATCH)]
NAMES = [f"{EVENT}.{number}" for number in range(BATCH)]
_CALLS = {0: "path", 1: "event, path", 3: 'event, path, "r", 524288'}
_TIMED = """
def timed(rest, paths):
    if rest:
        return rest[0](rest[1:], paths)
    start = clock()
    for path in paths:
        audit({call})
    return clock() - start
"""
Found = TypeVar("Found")


def frames(subject: Subject) -> list[Any]:
    """The timed loop, as many calls down from here as the subject wants; each of another file."""
    clock = time.process_time_ns if subject.whole else time.perf_counter_ns
    made = []
    for number in range(max(1, subject.depth)):
        file = f"{LIBRARY}/package-{number}/module.py" if subject.depth else __file__
        namespace = {"clock": clock, "audit": sys.audit, "event": subject.event}
        exec(compile(_TIMED.format(call=_CALLS[subject.arguments]), file, "exec"), namespace)
        made.append(namespace["timed"])
    return made


def raiser(subject: Subject) -> Callable[[Sequence[str]], int]:
    """Raises an event per path; its answer is the nanoseconds that took."""
    first, *rest = frames(subject)
    if not subject.arguments:  # nothing else would tell them apart, and equal ones merge
        return lambda paths: int(first(rest, NAMES[: len(paths)]))
    if subject.equal:
        return lambda paths: int(first(rest, PATHS[:1] * len(paths)))
    return lambda paths: int(first(rest, paths))


def placed(subject: Subject, call: Callable[[], Found]) -> Found:
    """Call it where the subject is measured: on the thread's event loop, or without one."""
    if not subject.on_loop:
        return call()

    async def on_loop() -> Found:
        return call()

    return asyncio.run(on_loop())
