"""Signals that come while the main thread waits before a fork: kept, and sent again when it is over.

What a handler raises in a function that runs before a fork is printed and lost, a `sys.exit()` for SIGTERM with it. So
for as long as such a function waits, handlers in Python are replaced by one that takes a note.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from otel_audit import threads

LATER_S: Final = 0.002
"""How long after the fork's own functions: `os.fork` has returned by then."""
_kept: list[int] = []


@contextmanager
def keeping() -> Iterator[None]:
    """Keep what comes meanwhile; nothing to do outside of the main thread, where no handler runs."""
    try:
        wakeup = _signal.set_wakeup_fd(-1)  # an event loop is told of a signal there: not twice
    except ValueError:  # not the main thread
        yield
        return
    handlers: dict[int, Any] = {}
    try:
        for number in range(1, _signal.NSIG):
            handler = _handler(number)
            if callable(handler):
                handlers[number] = handler
                _signal.signal(number, _keep)
        yield
    finally:
        for number, handler in handlers.items():
            if _handler(number) is _keep:
                with suppress(BaseException):  # of the next signal's handler, which comes a moment too late to be kept
                    _signal.signal(number, handler)
        with suppress(ValueError, OSError):
            _signal.set_wakeup_fd(wakeup)


def _handler(number: int) -> Any:
    try:
        return _signal.getsignal(number)
    except ValueError:  # no such signal
        return None


def _keep(number: int, frame: object) -> None:
    _kept.append(number)


def send_again(own_thread: Callable[[bool], object]) -> None:
    """To be called in the parent after the fork, by the thread that forked.

    Args:
        own_thread: marks a thread as the bridge's: sending is an audit event.
    """
    if _kept:
        numbers, main = tuple(_kept), threads.get_ident()
        forget()

        def send() -> None:
            own_thread(True)
            threads.rest(LATER_S)
            for number in numbers:
                _signal.pthread_kill(main, number)

        threads.Thread(send).start()


def forget() -> None:
    """In the child, to which they were not sent."""
    _kept.clear()
