"""The interpreter's own hooks and states."""

from __future__ import annotations

import sys
import syslog
from typing import Any

from tools.fire.triggers.registry import fires


@fires("sys.addaudithook")
def addaudithook() -> None:
    sys.addaudithook(lambda event, arguments: None)


@fires("sys._getframe")
def getframe() -> None:
    sys._getframe()


@fires("sys._getframemodulename", since=(3, 12))
def getframemodulename() -> None:
    sys._getframemodulename()  # type: ignore[attr-defined,unused-ignore]  # since 3.12


@fires("sys._current_frames")
def current_frames() -> None:
    sys._current_frames()


@fires("sys._current_exceptions")
def current_exceptions() -> None:
    sys._current_exceptions()


@fires("sys.settrace")
def settrace() -> None:
    sys.settrace(None)


@fires("sys.setprofile")
def setprofile() -> None:
    sys.setprofile(None)


@fires("sys.monitoring.register_callback", since=(3, 12))
def register_callback() -> None:
    monitoring: Any = sys.monitoring  # type: ignore[attr-defined,unused-ignore]  # since 3.12
    monitoring.use_tool_id(3, "shop")
    monitoring.register_callback(3, monitoring.events.LINE, print)
    monitoring.register_callback(3, monitoring.events.LINE, None)
    monitoring.free_tool_id(3)


@fires("sys.set_asyncgen_hook_firstiter", "sys.set_asyncgen_hook_finalizer")
def set_asyncgen_hooks() -> None:
    sys.set_asyncgen_hooks(firstiter=print, finalizer=print)


@fires("sys.unraisablehook")
def unraisablehook() -> None:
    class Order:
        def __del__(self) -> None:
            raise ValueError("order 42")

    sys.unraisablehook = lambda unraisable: None
    Order()
    sys.unraisablehook = sys.__unraisablehook__


@fires("sys.remote_exec", since=(3, 14))
def remote_exec() -> None:
    """Into a process that is none of ours to debug: refused after the event."""
    run: Any = sys
    try:
        run.remote_exec(2**22 + 1, "/opt/shop/debug.py")  # above the kernel's highest process id
    except (OSError, RuntimeError):
        pass


@fires("syslog.openlog", "syslog.closelog")
def openlog() -> None:
    syslog.openlog("shop", syslog.LOG_PID, syslog.LOG_DAEMON)
    syslog.closelog()


@fires("syslog.setlogmask")
def setlogmask() -> None:
    syslog.setlogmask(syslog.LOG_UPTO(syslog.LOG_DEBUG))


@fires("syslog.syslog")
def syslog_() -> None:
    syslog.syslog(syslog.LOG_NOTICE, "fired by the test of an audit hook, disregard")


@fires("cpython.PyInterpreterState_Clear", alone=True)
def interpreter_clear() -> None:
    """Of a subinterpreter: only C hooks hear it. That of the main one is counted only: `endings`."""
    try:
        interpreters: Any = __import__("_interpreters")  # since 3.13
    except ImportError:
        interpreters = __import__("_xxsubinterpreters")
    interpreters.destroy(interpreters.create())
