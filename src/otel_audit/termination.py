"""Delivers what was recorded before a signal ends the process: what an exit handler cannot, because none runs then.

Opt-in: signal handlers belong to the application. A handler that it sets later replaces ours, and is then the one that
decides; one that was there before is called after the delivery.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any

SIGNALS = tuple(name for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name))
"""Those by which processes are asked to end. SIGQUIT asks for a core dump as it is; SIGKILL asks nobody."""

Deliver = Callable[[], object]


class Termination:
    """Handlers for some signals.

    Args:
        deliver: hands over what there is. Called in a thread of its own, as the signal may have interrupted code
            that holds a lock which delivery needs.
        timeout_s: how long a signal waits for it.
    """

    def __init__(self, deliver: Deliver, timeout_s: float) -> None:
        self._deliver, self._timeout_s = deliver, timeout_s
        self._before: dict[int, Any] = {}
        self._delivering = False

    def chain(self, names: Iterable[str]) -> list[str]:
        """Set the handlers, in front of those that are there.

        Returns:
            one line for each signal that gets none. A signal that is ignored stays so, without a line: it ends nothing.
        """
        return [f"exit_signals: {name}: {reason}" for name in names if (reason := self._chain(name))]

    def _chain(self, name: str) -> str:
        number = getattr(signal, name)
        before = signal.getsignal(number)
        if before is signal.SIG_IGN:
            return ""
        if before is None:
            return "its handler was not set from Python"
        try:
            signal.signal(number, self._handle)
        except ValueError:
            return "handlers can be set in the main thread only"
        self._before[number] = before
        return ""

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if not self._delivering:  # a second signal is in a hurry
            self._delivering = True
            try:
                self._wait()
            finally:
                self._delivering = False
        before = self._before[number]
        if callable(before):
            before(number, frame)
            return
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    def _wait(self) -> None:
        try:
            thread = threading.Thread(target=self._deliver, name="otel-audit-exit", daemon=True)
            thread.start()
        except RuntimeError:  # no thread can be had any more
            return
        thread.join(self._timeout_s)
