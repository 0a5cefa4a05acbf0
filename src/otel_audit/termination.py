"""Delivers what was recorded before a signal ends the process: what an exit handler cannot, because none runs then.

Opt-in: signal handlers belong to the application. A handler that it sets later replaces ours, and is then the one that
decides; one that was there before is called after the delivery. Where there is none the process ends, and what would
have been said at exit is said first.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any

from otel_audit import threads

SIGNALS = tuple(name for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name))
"""Those by which processes are asked to end. SIGQUIT asks for a core dump as it is; SIGKILL asks nobody."""

WORDS_TIMEOUT_S = 5.0
"""How long a signal waits, after the delivery, for what is said at the end: a large page takes a second or two."""
_GRACE_S = 0.5
"""How late a delivery that keeps its own time may be; one that is later still holds on to a lock, and comes no more."""

Deliver = Callable[[], object]
Words = Callable[[str], object]


def _silent(_: str) -> None:
    """There is nothing to say."""


class Termination:
    """Handlers for some signals.

    Args:
        deliver: hands over what there is. Called in a thread of its own, as the signal may have interrupted code
            that holds a lock which delivery needs.
        timeout_s: how long a signal waits for it.
        words: says what an exit handler would, in the same thread, where the default action comes next; given the
            signal's name.
    """

    def __init__(self, deliver: Deliver, timeout_s: float, words: Words = _silent) -> None:
        self._deliver, self._timeout_s, self._words = deliver, timeout_s, words
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
        before = self._before[number]
        if not self._delivering:  # a second signal is in a hurry
            self._delivering = True
            try:
                self._wait("" if callable(before) else signal.Signals(number).name)
            finally:
                self._delivering = False
        if callable(before):
            before(number, frame)
            return
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    def _wait(self, ending: str) -> None:
        delivered = threads.Flag()

        def speak() -> None:
            try:
                self._deliver()
            finally:
                delivered.set()
            if ending:
                self._words(ending)

        try:
            thread = threads.Thread(speak)
            thread.start()
        except RuntimeError:  # no thread can be had any more
            return
        if delivered.wait(self._timeout_s + (_GRACE_S if ending else 0)) and ending:
            thread.join(WORDS_TIMEOUT_S)
