"""Time as it is, in test suites too.

freezegun puts other functions into every module that has those of `time`; time-machine changes these functions in
place, and a clock that it set begins to run when it is first asked, which an application's test may count on. So the
functions are kept where nobody looks for them, and the wall clock is read from one that neither of them moves.
"""

from __future__ import annotations

import time
from collections.abc import Callable

_SECOND = 1_000_000_000
_ATOMIC, _COARSE = 11, 5
"""CLOCK_TAI and CLOCK_REALTIME_COARSE (the wall clock of the last tick) of Linux; `time` has no name for the second."""

_read: list[Callable[[int], int]] = [getattr(time, "clock_gettime_ns", int)]
_apart = [0]
"""Atomic time minus wall clock: whole seconds, in nanoseconds."""


def monotonic(_read: Callable[[], float] = time.monotonic) -> float:
    """Seconds since some moment."""
    return _read()


def monotonic_ns(_read: Callable[[], int] = time.monotonic_ns) -> int:
    """The same in nanoseconds."""
    return _read()


def follow() -> None:
    """Look how far the two clocks are apart: the wall clock may have been set. Called once per flush interval."""
    read = _read[0]
    before, atomic, after = read(_COARSE), read(_ATOMIC), read(_COARSE)
    if after - before < _SECOND // 4:  # not put to sleep in between
        _apart[0] = (atomic - before + _SECOND // 2) // _SECOND * _SECOND


def _nothing() -> None:
    """Where there is one clock only."""


def _unmoved(_read: Callable[[int], int] = _read[0], _apart: list[int] = _apart) -> int:
    return _read(_ATOMIC) - _apart[0]


def _asked(_read: Callable[[], int] = time.time_ns) -> int:
    return _read()


def _two_clocks() -> bool:
    try:
        follow()
        return hasattr(time, "CLOCK_TAI") and abs(_unmoved() - _asked()) < _SECOND // 4
    except (OSError, ValueError, OverflowError):  # these numbers are Linux's
        return False


time_ns: Callable[[], int] = _asked
"""Nanoseconds since the Unix epoch."""
PARTS: tuple[Callable[[int], int], int, list[int]] = (lambda _: _asked(), 0, [0])
"""`time_ns` for who cannot afford its call: a function, its argument, and what to subtract, in a list."""
if _two_clocks():
    time_ns, PARTS = _unmoved, (_read[0], _ATOMIC, _apart)
else:
    follow = _nothing
