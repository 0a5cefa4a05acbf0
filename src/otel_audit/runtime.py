"""The process's one bridge: installed, paused, asked, and brought through forks."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable, Sequence
from typing import Any

from otel_audit import (
    importing,
    inheritance,
    interpreter,
    kept_signals,
    raw_fork,
    scope,
    sdk,
    sdk_fork,
    semconv,
    settings,
)
from otel_audit.bridge import Bridge
from otel_audit.bridge_health import Health, Status, register_status
from otel_audit.destination import Sink
from otel_audit.errors import AuditError
from otel_audit.processors import Processor
from otel_audit.settings import Settings
from otel_audit.termination import Termination
from otel_audit.visible import visible


class _LastWord:
    """Said once, by whoever comes first: the exit, or a signal that ends the process.

    Args:
        say: is given the signal's name, and "" at exit.
    """

    def __init__(self, say: Callable[[str], object]) -> None:
        self._say, self._turn = say, threading.Lock()

    def __call__(self, ending: str = "") -> None:
        if self._turn.acquire(blocking=False):
            self._say(ending)


_bridge: Bridge | None = None
_status = Status("off", "not installed")
_installing = threading.Lock()
_last_words: list[_LastWord] = []


def install(
    settings_: Settings | None = None,
    /,
    *,
    sinks: Sequence[Sink] = (),
    processors: Sequence[Processor] = (),
    **arguments: Any,
) -> Status:
    """Start the bridge.

    Never raises: what stands against it is one line on standard error, and the reason in the status.

    Args:
        settings_: all settings; otherwise `arguments` are given to `Settings`.
        sinks: further destinations of records.
        processors: structlog processors that run after redaction, before every sink.
        arguments: as for `Settings`.
    """
    return _install(settings_, sinks, processors, arguments, early=False)


def install_early(*, sinks: Sequence[Sink] = (), quiet: bool = False, **arguments: Any) -> Status:
    """As `install`, while the interpreter is still starting: records wait for the providers to come.

    Args:
        sinks: as for `install`.
        quiet: a refusal is not said, because `install` comes again.
        arguments: as for `install`.
    """
    return _install(None, sinks, (), arguments, early=True, quiet=quiet)


def _install(
    settings_: Settings | None,
    sinks: Sequence[Sink],
    processors: Sequence[Processor],
    arguments: dict[str, Any],
    *,
    early: bool,
    quiet: bool = False,
) -> Status:
    global _bridge, _status
    with _installing:
        if _bridge is not None:
            if settings_ is not None or sinks or processors or arguments:
                say("armed already: install() keeps the settings it has")
            _bridge.resume()
            return _bridge.status()
        off = settings.switched_off()
        if off:
            _status = Status("off", off)
            return _status
        if not interpreter.is_main():
            return _stay_out(quiet)
        try:
            chosen = Settings(**arguments) if settings_ is None else settings_
            if not chosen.enabled:
                _status = Status("off", f"{chosen.written('enabled')}=false ({chosen.origin('enabled')})")
                return _status
            bridge = Bridge(chosen, sinks, processors, early)
            bridge.arm()
        except Exception as error:
            return _refuse(error, quiet=quiet)
        _bridge = bridge
        if chosen.children:
            _take_children_along(bridge)
        _raw_fork.here()
        bridge.span_events.look = bridge.looking(_raw_fork.look)
        bridge.notes += Termination(_deliver, bridge.exit_timeout_s, _speak).chain(chosen.exit_signals)
        for line in settings.unknown_variables():
            say(line)
        return bridge.status()


def _stay_out(quiet: bool) -> Status:
    """A thread that drains would outlive this interpreter: from 3.12 its end is then the end of the process."""
    global _status
    _status = Status("refused", "a subinterpreter has no bridge of its own: the main one's C core sees its events too")
    if not quiet:
        say(f"{_status.reason}; install() belongs there")
    return _status


def _take_children_along(bridge: Bridge) -> None:
    bridge.core.own_thread(True)
    try:
        inheritance.begin(bridge.settings, _before_exec)
    except Exception as error:  # this process is recorded all the same
        say(f"children are not followed: {type(error).__qualname__}: {error}")
    finally:
        bridge.core.own_thread(False)


def _before_exec() -> Callable[[], object] | None:
    """Deliver, and leave out what this thread does until the result is called: it becomes another program."""
    if _bridge is None or _bridge.state != "armed":
        return None
    core = _bridge.core
    core.own_thread(True)
    _bridge.flush(_bridge.exit_timeout_s)
    return lambda: core.own_thread(False)


def _deliver() -> None:
    """What a signal waits for: in a forked child, its own bridge's."""
    if _bridge is not None:
        flush(_bridge.exit_timeout_s)


def last_word(say: Callable[[str], object]) -> None:
    """Have something said at exit, or before a signal of `exit_signals` ends the process; the last one given is first.

    Args:
        say: is given the signal's name, and "" at exit. It must not raise.
    """
    word = _LastWord(say)
    _last_words.append(word)
    atexit.register(word)


def _speak(ending: str) -> None:
    """What is said before a signal ends the process. The calling thread is lost to the application from here on."""
    if _bridge is None:
        return
    _bridge.core.own_thread(True)
    for word in reversed(_last_words):
        word(ending)


def _refuse(error: Exception, *, quiet: bool) -> Status:
    global _status
    reason = visible(str(error) if isinstance(error, AuditError) else f"{type(error).__qualname__}: {error}")
    status = Status("refused", reason)
    if quiet or status == _status:  # it will be said, or was
        return status
    _status = status
    say(f"{reason}; the bridge is off")
    try:
        from opentelemetry import metrics

        meter = metrics.get_meter(scope.NAME, scope.VERSION, schema_url=semconv.SCHEMA_URL)
        register_status(meter, lambda: _status)
    except Exception:  # no metrics, then: the line above was said
        pass
    return _status


def say(line: str) -> None:
    """One line to standard error, past the application's buffers; silence when there is none."""
    try:
        os.write(2, f"otel-audit: {visible(line)}\n".encode("utf-8", "backslashreplace"))
    except OSError:
        pass


def pause() -> None:
    """Ignore every event until `resume`."""
    if _bridge is not None:
        _bridge.pause()


def resume() -> None:
    """Listen again after `pause`."""
    if _bridge is not None:
        _bridge.resume()


def flush(timeout: float = 5.0) -> bool:
    """Deliver what was recorded so far.

    Args:
        timeout: seconds.

    Returns:
        True when all of it reached its destinations; False when the time was too short or something was lost.
    """
    return _bridge is not None and _bridge.state in ("armed", "paused") and _bridge.flush(timeout)


def health() -> Health:
    """What the bridge has seen, kept and lost, and whether its signals can be delivered."""
    return Health(_status) if _bridge is None else _bridge.health()


def bridge() -> Bridge | None:
    """The process's bridge, for the command line."""
    return _bridge


def _before_fork() -> None:
    if _bridge is not None:
        importing.settle(_bridge.drain.ident)


def _after_fork_child() -> None:
    global _installing
    _installing = threading.Lock()
    kept_signals.forget()
    _raw_fork.here()
    if _bridge is None:
        return
    try:
        _bridge.after_fork_child()
    except Exception as error:
        say(f"the forked child goes on without: {error}")
    if advice := raw_fork.advice():
        say(advice)


def _after_raw_fork() -> None:
    """What `os.fork` would have done, late."""
    say(raw_fork.NEW_PROCESS)
    _after_fork_child()
    sdk_fork.catch_up(sdk.providers())


_raw_fork = raw_fork.RawFork(_after_raw_fork)


def _after_fork_parent() -> None:
    if _bridge is not None:
        _bridge.forks += 1
        kept_signals.send_again(_bridge.core.own_thread)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_child=_after_fork_child, after_in_parent=_after_fork_parent)


__all__ = ["Bridge", "Health", "Status", "bridge", "flush", "health", "install", "pause", "resume", "say"]
