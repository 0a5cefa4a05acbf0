"""The hook of the Python core: whether it listens, to what, and in which thread. The twin of the end of _hook.h."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FunctionType
from typing import Any

from otel_audit.capture._pycontext import look_around
from otel_audit.capture._pynames import intern
from otel_audit.capture._pyobserve import observe
from otel_audit.capture._pyplace import OWN_EVENTS, look
from otel_audit.capture._pyrecord import size_of
from otel_audit.capture._pystate import ARMED, BUSY, COUNTED, ENTRY, HEARS, OWN, STATE, Row, section
from otel_audit.capture._pyvalues import encode

_FILES = (__file__, *(each.__code__.co_filename for each in (encode, look, look_around, observe, section, size_of)))
"""Where the hook's own code is."""


def _error_is_ours(error: BaseException, files: tuple[str, ...] = _FILES) -> bool:
    """False for what a signal handler raised while it interrupted the hook: that belongs to the application."""
    if type(error) in (KeyboardInterrupt, SystemExit):
        return False
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return traceback is None or traceback.tb_frame.f_code.co_filename in files


class Switch:
    """Whether the hook of one generation listens."""

    __slots__ = ("on",)

    def __init__(self) -> None:
        self.on = False


def _meet(event: str, args: tuple[Any, ...]) -> Row | None:
    """A name that this thread counts for the first time, or that has no row of its own; None where it is ignored."""
    s = _state
    entry = s.table.get(event)
    if entry is None:
        if event == _ARMED:
            s.nonce_seen = s.nonce_seen or (len(args) == 1 and args[0] is s.nonce)
            return None
        if _finalizing() or (event in _own_events and s.here().walking):
            return None
        try:
            entry = intern(s, event)
        except _too_deep:  # the stack's end is no reason to fail; what follows will count it
            entry = s.by_id[0] if s.unknown[0] else None
        if entry is None:
            return None
    own_name = s.table.get(event) is entry
    if not entry.selected:
        if own_name:
            s.ignored.add(event)
            if s.table.get(event) is not entry:  # another plan came meanwhile
                s.ignored.discard(event)
        return None
    t = s.here()
    row = t.row(entry)
    if own_name:
        t.rows[event] = row
        if s.table.get(event) is not entry:
            t.rows.pop(event, None)
    return row


_state, _ignored, _local, _switch = STATE, STATE.ignored, STATE.local, Switch()
_finalizing, _own_events, _ARMED = sys.is_finalizing, OWN_EVENTS, ARMED
_missing, _too_deep, _any_error = (AttributeError, KeyError), RecursionError, BaseException


def hook(event: str, args: tuple[Any, ...]) -> None:
    """What is installed. Its globals are a copy of this module's, which go before the hook does; see bind()."""
    if event in _ignored:
        return
    if not _switch.on:
        return
    try:
        t = _local.thread
        row = t.rows[event]
    except _missing:
        try:
            row = _meet(event, args)
            if row is None:
                return
            t = _local.thread
        except _too_deep:  # no call here: there may be no stack left
            entry = _state.table[event] if event in _state.table else _state.by_id[0]
            if not entry.selected or not (event in _state.table or _state.unknown[0]):
                return
            t = _local.thread
            if not t.mute:
                t.stat["dropped_no_memory"] += 1
            if t.mute != OWN:
                t.lost[entry.id] = t.lost[entry.id] + 1 if entry.id in t.lost else 1
            return
        except (
            _any_error
        ):  # a thread's first event when the interpreter is almost gone: there is nothing to count it with
            if not _finalizing():
                raise
            return
    if t.mute:
        if t.mute == OWN:
            t.stat["suppressed"] += 1
        elif not (t.walking and event in _own_events):  # what reading a frame raises is of our own making
            entry = row[ENTRY]  # the count is read and written without a call in between: other events may interrupt
            t.lost[entry.id] = t.lost[entry.id] + 1 if entry.id in t.lost else 1
        return
    if _finalizing():  # nothing of Python is safe to touch
        row[COUNTED] += 1
        return
    t.mute = BUSY
    t.counted = False
    try:
        observe(t, row, event, args)
    except _any_error as error:
        if not t.counted:
            entry = row[ENTRY]  # no call here: there may be no stack left
            t.lost[entry.id] = t.lost[entry.id] + 1 if entry.id in t.lost else 1
        t.mute = OWN  # looking into a traceback raises events, which are ours
        if type(error) is not _too_deep and not _error_is_ours(error):
            raise
        if not t.counted:
            t.stat["dropped_no_memory"] += 1
    finally:
        t.mute = HEARS


def bind() -> tuple[Callable[[str, tuple[Any, ...]], None], Switch]:
    """A hook that outlives this module, and what turns it on."""
    switch = Switch()
    names = {**globals(), "_switch": switch}
    for function in (_meet, hook):
        names[function.__name__] = FunctionType(function.__code__, names, function.__name__)
    return names["hook"], switch
