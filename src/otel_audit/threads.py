"""Threads of the operating system, whatever gevent or eventlet made of `threading`.

The core's wait blocks its thread: as a greenlet it would stop the whole process. What stands here goes past patches,
made before the bridge was imported or after.
"""

from __future__ import annotations

import _thread
import sys
import time
from collections.abc import Callable
from importlib.machinery import BuiltinImporter
from importlib.util import module_from_spec
from types import BuiltinFunctionType
from typing import Any, Final

from otel_audit.clock import monotonic

POLL_S: Final = 0.005
"""How often a greenlet that waits for a thread looks again. It must not block: others need its thread."""


def is_patched() -> bool:
    """Whether a thread started through `threading` would be a greenlet."""
    return not isinstance(_thread.start_new_thread, BuiltinFunctionType)


def _untouched() -> Any:
    """The module `_thread` as the interpreter has it: patches replace names in it, the functions are still there."""
    spec = BuiltinImporter.find_spec("_thread") if is_patched() else None
    if spec is None or spec.loader is None:
        return _thread
    fresh = module_from_spec(spec)
    spec.loader.exec_module(fresh)
    return fresh


_real = _untouched()
start_new_thread: Final = _real.start_new_thread
allocate_lock: Final = _real.allocate_lock
get_ident: Final = _real.get_ident
local: Final = _real._local
RLock: Final[Any] = _real.RLock
_here: Any = local()
"""`ours` is set in threads started here: they may block."""


class Flag:
    """`threading.Event` without the locks that patches replace. One thread sets it, and it stays set."""

    def __init__(self) -> None:
        self._closed = allocate_lock()
        self._closed.acquire()
        self._is_set = False

    def set(self) -> None:
        """Let everybody go who waits."""
        if not self._is_set:
            self._is_set = True
            self._closed.release()

    def wait(self, timeout_s: float) -> bool:
        """Wait until it is set or the time is over; True when it is set."""
        end = monotonic() + timeout_s
        if is_patched() and not getattr(_here, "ours", False):
            self._poll(end)
        if not self._is_set and self._closed.acquire(timeout=max(0.0, end - monotonic())):
            self._closed.release()
        return self._is_set

    def _poll(self, end: float) -> None:
        """Let other greenlets run meanwhile, where this one may be switched: the loop's own may not."""
        try:
            while not self._is_set and monotonic() < end:
                time.sleep(POLL_S)  # the patched one
        except Exception:
            pass


class Thread:
    """A daemon thread of the operating system.

    Not one of `threading`'s: those stumble when a patch comes between their start and their end, and are traced,
    profiled and instrumented with the application's.

    Args:
        target: called without arguments.
    """

    def __init__(self, target: Callable[[], object]) -> None:
        self._target = target
        self._over = Flag()
        self._started = False
        self.ident: int | None = None
        """As `_thread.get_ident` gives it; None before it runs."""

    def start(self) -> None:
        """Start it.

        Raises:
            RuntimeError: no thread can be had.
        """
        start_new_thread(self._run, ())
        self._started = True

    def _run(self) -> None:
        _here.ours = True
        self.ident = get_ident()
        try:
            self._target()
        finally:
            self._over.set()

    def join(self, timeout_s: float) -> bool:
        """Wait for its end, a bounded time; True when it has ended."""
        return self._over.wait(timeout_s)

    def is_alive(self) -> bool:
        """Whether it runs."""
        return self._started and not self._over.wait(0)


HANDOVER_S: Final = 0.00005
"""Long enough for a thread that waits for the GIL to be woken and take it; Linux adds its timer slack, 50 us."""
_never: Final = allocate_lock()
_never.acquire()
_real_sleep: Final = time.sleep
_has_gil: Final = getattr(sys, "_is_gil_enabled", lambda: True)()


def give_way() -> None:
    """Let a thread of the application have the GIL that waits for it.

    A thread that waits asks for the GIL only when it has waited for `sys.getswitchinterval()`, 5 ms, and is woken by a
    release. Who releases the GIL and takes it back at once has it again before the other is awake, which then waits for
    another 5 ms: `time.sleep(0)` between steps makes it worse. So this blocks, for as long as waking takes.
    """
    if not _has_gil:
        return
    if sys.platform == "win32":  # a timed wait lasts for a tick of the clock there, up to 16 ms
        _real_sleep(0)
    else:
        rest(HANDOVER_S)


def rest(time_s: float) -> None:
    """Sleep without the GIL and unseen: `time.sleep` is an audit event from 3.11 on, and patched by some."""
    _never.acquire(True, time_s)


def before_exit(call: Callable[[], object]) -> None:
    """Have something called when the main thread ends, before every exit handler; where Python (3.9) offers it."""
    import threading

    register = getattr(threading, "_register_atexit", None)
    if register is not None:
        register(call)
