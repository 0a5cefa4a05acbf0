"""A fork while a thread of telemetry imports: the child would find the module locked, by a thread it does not have.

Exporters import when they first send (`netrc`, where requests sends for them), the bridge when it first needs to. What
asks for such a module in the child waits without end, its own exporters first. So the fork waits for the milliseconds
that an import takes. Imports of the application's threads are its own business: one may last as long as a server runs.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from typing import Any, Final

from otel_audit import clock, kept_signals, threads

TIMEOUT_S: Final = 0.5
"""Long for an import; not to be waited for where it waits for a module that the forking thread imports."""
STEP_S: Final = 0.0005
EXPORTING: Final = ("Otel", "otel-audit")
"""How the names of the SDK's threads begin, and of the bridge's."""
_locks: Final[dict[str, Any]] = getattr(sys.modules.get("_frozen_importlib"), "_module_locks", {})
"""Of modules that are being imported; private, and empty most of the time."""


def settle(background: int | None) -> bool:
    """Wait, in bounded time, until no thread of telemetry imports; to be called before a fork.

    Args:
        background: identifies the bridge's own thread.

    Returns:
        True unless the time was over.
    """
    if not _locks or _is_settled(background):
        return True
    end = clock.monotonic() + TIMEOUT_S
    with kept_signals.keeping():
        while not (settled := _is_settled(background)) and clock.monotonic() < end:
            threads.rest(STEP_S)
    return settled


def _is_settled(background: int | None) -> bool:
    return _importing().isdisjoint(_exporting(background))


def _importing() -> frozenset[int | None]:
    """Who holds the lock of a module."""
    held = (reference() for reference in list(_locks.values()))
    return frozenset(getattr(lock, "owner", None) for lock in held) - {None, threads.get_ident()}


def _exporting(background: int | None) -> Iterator[int | None]:
    yield background
    if threads.is_patched():  # greenlets: they run on the very thread that would wait for them
        return
    for thread in threading.enumerate():
        if thread.name.startswith(EXPORTING):
            yield thread.ident
