"""How a child that multiprocessing forked gets a last word: it ends with os._exit, past every atexit handler."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

LAST = -100
"""Exit priority: after multiprocessing's own finalizers and the program's."""


def before_multiprocessing_ends(owner: Any, finish: Callable[[Any], None]) -> None:
    """Have `finish(owner)` run at the normal end of this child, if multiprocessing forked it.

    To be called in an after-fork handler: multiprocessing forgets inherited finalizers right after it, then calls
    what was registered with it.

    Args:
        owner: held weakly.
        finish: called once, in this process only.
    """
    util = sys.modules.get("multiprocessing.util")
    if util is None:
        return

    def register(held: Any) -> None:
        util.Finalize(None, finish, args=(held,), exitpriority=LAST)

    util.register_after_fork(owner, register)
