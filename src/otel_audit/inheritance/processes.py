"""Processes that multiprocessing starts anew: the context goes with the pickled `Process`, not with the environment.

A fork server is started once and asked by many requests, so its own environment must carry none of theirs. A forked
child needs nothing: its memory is a copy. Workers of pools get none, because their tasks are of other requests.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

ATTRIBUTE = "_otel_audit_context"
_POOLS = frozenset({"multiprocessing.pool", "concurrent.futures.process"})


def wrap(current: Callable[[], dict[str, str]], attach: Callable[[dict[str, str]], object]) -> None:
    """Wrap the start of a process, here and there.

    Args:
        current: the context of the moment as variables.
        attach: makes it current again.
    """
    from multiprocessing.process import BaseProcess

    start, bootstrap = BaseProcess.start, BaseProcess._bootstrap  # type: ignore[attr-defined]

    @wraps(start)
    def started(self: Any) -> None:
        if not _is_pool_worker(self):
            setattr(self, ATTRIBUTE, _or_nothing(current))
        try:
            start(self)
        finally:
            self.__dict__.pop(ATTRIBUTE, None)

    @wraps(bootstrap)
    def bootstrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
        carried = self.__dict__.pop(ATTRIBUTE, None)
        if carried:
            _or_nothing(lambda: attach(carried))
        return bootstrap(self, *args, **kwargs)

    BaseProcess.start = started  # type: ignore[method-assign]
    BaseProcess._bootstrap = bootstrapped  # type: ignore[attr-defined]


def _is_pool_worker(process: Any) -> bool:
    return getattr(getattr(process, "_target", None), "__module__", None) in _POOLS


def _or_nothing(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except Exception:  # a process is started all the same
        return None
