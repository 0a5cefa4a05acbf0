"""Children that no `os.fork` made, so that none of Python's handlers ran in them: uWSGI forks in C, unless told not to.

Nobody says that it happened. Who starts a span looks, as the SDK's own processors do when they get one: 0.1 us.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

NEW_PROCESS = (
    "this process was forked past os.fork: recorded from its first span on (uWSGI: set py-call-uwsgi-fork-hooks)"
)
NO_THREADS = "uWSGI runs this process without threads: records wait for its end or the ring's (set enable-threads)"


class RawFork:
    """Which process this is, and what to do when it is another.

    Args:
        handle: does what a handler of `os.register_at_fork` would have done.
    """

    def __init__(self, handle: Callable[[], object]) -> None:
        self._handle, self._pid = handle, os.getpid()

    def here(self) -> None:
        """This process is known."""
        self._pid = os.getpid()

    def look(self) -> None:
        """Handle a fork that nobody told of."""
        if os.getpid() != self._pid:
            self.here()  # first: handling it may start a span
            self._handle()


def advice() -> str:
    """What a setting of uWSGI keeps from working in this process; "" where nothing does."""
    uwsgi = sys.modules.get("uwsgi")
    return NO_THREADS if uwsgi is not None and not getattr(uwsgi, "has_threads", True) else ""
