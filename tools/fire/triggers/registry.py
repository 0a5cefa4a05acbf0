"""Which function raises which event. A trigger runs in an empty directory of its own, in a process under the bridge."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

Function = Callable[[], object]


class Trigger(NamedTuple):
    """One way to raise events.

    Args:
        events: what it raises, each at least once; the first record of each is looked at.
        function: does it; what it may raise itself it suppresses.
        alone: it changes the process too much for others to follow, and gets one of its own.
        since: first CPython version where it works, as (3, minor).
        until: last one.
        where: whether this build of it has what is needed.
    """

    events: tuple[str, ...]
    function: Function
    alone: bool
    since: tuple[int, int]
    until: tuple[int, int]
    where: Callable[[], bool]

    @property
    def name(self) -> str:
        return self.events[0]

    def works_here(self) -> bool:
        """Whether this interpreter has what it needs."""
        return self.since <= sys.version_info[:2] <= self.until and self.where()


TRIGGERS: dict[str, Trigger] = {}
"""By their first event."""


def fires(
    *events: str,
    alone: bool = False,
    since: tuple[int, int] = (3, 8),
    until: tuple[int, int] = (3, 99),
    where: Callable[[], bool] = lambda: True,
) -> Callable[[Function], Function]:
    """Register a trigger."""

    def register(function: Function) -> Function:
        assert events[0] not in TRIGGERS, events[0]
        TRIGGERS[events[0]] = Trigger(events, function, alone, since, until, where)
        return function

    return register


def write(path: str, data: bytes = b"") -> str:
    """A file for a trigger to work on."""
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return path
