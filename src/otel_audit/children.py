"""How a child gets a last word: multiprocessing's and Celery's end with os._exit, past every atexit handler."""

from __future__ import annotations

import signal
import sys
import threading
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


def _end_unhurried() -> None:
    """Ignore SIGTERM where it would end this process, which is about to end.

    billiard answers a process that says it ends with SIGTERM. Where an earlier one has cancelled its task the next one
    kills it, which may be while it holds the lock it said so under: its server then waits for that lock for ever.
    """
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


def before_celery_ends(owner: Any, finish: Callable[[Any], None]) -> None:
    """Have `finish(owner)` run when this process of Celery's prefork pool goes, at a warm shutdown or recycled.

    billiard, which forks them, knows no finalizers there; Celery tells that it happens.

    Args:
        owner: of the process's bridge.
        finish: called before the pool counts the process as gone.
    """
    of_celery = sys.modules.get("celery.signals")
    if of_celery is None:
        return

    def ends(**_: object) -> None:
        finish(owner)
        _end_unhurried()

    of_celery.worker_process_shutdown.connect(ends, weak=False, dispatch_uid=__name__)
