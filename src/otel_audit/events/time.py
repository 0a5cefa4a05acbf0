"""Time spent on purpose."""

from __future__ import annotations

from otel_audit.events.family import Family
from otel_audit.model import Arg, Event, Kind

GROUP = "time"

EVENTS = (
    Event(
        "time.sleep",
        GROUP,
        (Arg("secs", Kind.FLOAT),),
        "sleep {secs} s",
        "medium",
        "A thread sleeps: in a request it is latency that no profiler shows.",
        since="3.13",
        blocking=True,
    ),
)

FAMILY = Family(EVENTS)
