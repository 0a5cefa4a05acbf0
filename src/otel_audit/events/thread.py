"""Threads started."""

from __future__ import annotations

from otel_audit.events.family import Family
from otel_audit.model import Arg, Event, Kind

GROUP = "thread"

_FUNCTION = Arg("function", Kind.TYPE)

EVENTS = (
    Event(
        "_thread.start_joinable_thread",
        GROUP,
        (_FUNCTION, Arg("daemon", Kind.BOOL), Arg("handle", Kind.SKIP)),
        "start a thread",
        "medium",
        "threading.Thread starts a thread: many per second means no pool.",
        since="3.13",
    ),
    Event(
        "_thread.start_new_thread",
        GROUP,
        (_FUNCTION, Arg("args", Kind.SIZE), Arg("kwargs", Kind.SIZE)),
        "start a thread",
        "medium",
        "A low-level thread starts; on Python 3.12 every threading.Thread: many per second means no pool.",
        since="3.12",
    ),
)

FAMILY = Family(EVENTS)
