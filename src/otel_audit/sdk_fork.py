"""What a forked child must not take over from the parent's SDK, which does not see to it itself.

With metrics, the parent of a prefork server exports while it forks. A child then finds the lock of an export under way
held by a thread that is not there (it never exports a metric, and its shutdown waits half a minute), and the parent's
connections in the pool, on which both would write. Seen with SDK 1.45; like `sdk`, this reads private attributes and
passes by whatever is not there.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, Final

from otel_audit import threads

DEPTH: Final = 12
"""From a provider to the aggregation of a stream: ten steps."""
OBJECTS_MAX: Final = 4096
"""A fork must not wait for thousands of streams (10 ms for as many objects); what matters most is nearest."""
_REAL_LOCKS: Final = (type(threads.allocate_lock()), threads.RLock)
_SEEN_THROUGH: Final = ("opentelemetry.", "requests.", "urllib3.poolmanager")
"""Modules whose objects lead to locks and connections. Those of `opentelemetry.context` and the API hold none."""
_parents: list[object] = []
"""Connections of the parent: closing them is its business, and collecting them would close them."""


def after_fork_child(providers: Iterable[object]) -> None:
    """Free what threads of the parent held, and forget its connections.

    Args:
        providers: tracer, meter and logger provider.
    """
    for found in list(_reachable(providers)):
        with suppress(AttributeError):  # it does not let itself be changed
            if type(found).__module__ == "urllib3.poolmanager":
                _forget_connections(found)
            else:
                _free_locks(found)


def _reachable(roots: Iterable[object]) -> Iterator[object]:
    seen: set[int] = set()
    level = [root for root in roots if hasattr(root, "__dict__")]
    for _ in range(DEPTH):
        found: list[object] = []
        for thing in level:
            if id(thing) not in seen and len(seen) < OBJECTS_MAX:
                seen.add(id(thing))
                if not isinstance(thing, (dict, list, tuple)):
                    yield thing
                found.extend(_inside(thing))
        level = found


def _inside(thing: object) -> Iterator[object]:
    """What it holds and is worth a look."""
    if isinstance(thing, dict):
        held: Iterable[object] = (*thing.keys(), *thing.values())
    elif isinstance(thing, (list, tuple)):
        held = thing
    else:
        held = vars(thing).values()
    return (one for one in held if isinstance(one, (dict, list, tuple)) or _leads_on(one))


def _leads_on(thing: object) -> bool:
    return type(thing).__module__.startswith(_SEEN_THROUGH) and hasattr(thing, "__dict__")


def _free_locks(owner: object) -> None:
    types = (*_REAL_LOCKS, type(threading.Lock()), type(threading.RLock()))  # the latter may be patched
    for name, lock in list(vars(owner).items()):
        if isinstance(lock, types) and not lock.acquire(blocking=False):
            setattr(owner, name, _new(lock))
        elif isinstance(lock, types):
            lock.release()


def _new(lock: object) -> object:
    if isinstance(lock, threads.RLock):
        return threads.RLock()
    return threads.allocate_lock() if isinstance(lock, _REAL_LOCKS) else type(lock)()


def _forget_connections(pool_manager: Any) -> None:
    pools: Any = getattr(pool_manager, "pools", None)
    size, dispose = getattr(pools, "_maxsize", None), getattr(pools, "dispose_func", None)
    if isinstance(size, int):
        _parents.append(pools)
        pool_manager.pools = type(pools)(size, dispose)


def catch_up(providers: Iterable[object]) -> None:
    """Run what `os.fork` would have had the SDK run, in a child that was forked past it.

    Args:
        providers: tracer, meter and logger provider.
    """
    for found in list(_reachable(providers)):
        for name in ("_handle_fork", "_at_fork_reinit"):
            handler = getattr(type(found), name, None)
            if handler is not None:
                handler(found)
