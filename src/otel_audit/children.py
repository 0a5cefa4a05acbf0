"""How a child gets a last word: multiprocessing's and Celery's end with os._exit, past every atexit handler."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

LAST = -100
"""Exit priority: after multiprocessing's own finalizers and the program's."""


class _Turn:
    """What multiprocessing holds weakly until it has called what was registered with it."""


_waiting: list[tuple[_Turn, Any]] = []
"""With the owner; inherited by children that `os.fork` made, whose own children multiprocessing may fork."""


def before_multiprocessing_ends(owner: Any, finish: Callable[[Any], None]) -> None:
    """Have `finish(owner)` run at the normal end of this child, if multiprocessing forked it.

    To be called in an after-fork handler: multiprocessing forgets inherited finalizers right after it, then calls
    what was registered with it. Nothing of it stays registered: children of children would inherit ever more.

    Args:
        owner: what `finish` is called with.
        finish: called once, in this process only.
    """
    util = sys.modules.get("multiprocessing.util")
    if util is None or any(held is owner for _, held in _waiting):
        return
    turn = _Turn()
    _waiting.append((turn, owner))

    def register(_: _Turn) -> None:
        _waiting.clear()
        util.Finalize(None, finish, args=(owner,), exitpriority=LAST)

    util.register_after_fork(turn, register)


def before_celery_ends(owner: Any, finish: Callable[[Any], None]) -> None:
    """Have `finish(owner)` run when this process of Celery's prefork pool goes, at a warm shutdown or recycled.

    billiard, which forks them, knows no finalizers there; Celery tells that it happens.

    Args:
        owner: of the process's bridge.
        finish: called before the pool counts the process as gone.
    """
    signals = sys.modules.get("celery.signals")
    if signals is None:
        return

    def ends(**_: object) -> None:
        finish(owner)

    signals.worker_process_shutdown.connect(ends, weak=False, dispatch_uid=__name__)
