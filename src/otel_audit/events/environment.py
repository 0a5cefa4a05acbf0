"""Environment variables. Values are never read."""

from __future__ import annotations

from otel_audit.events.family import Family
from otel_audit.model import Arg, Event, Kind

GROUP = "environment"

_KEY = Arg("key", Kind.TEXT)

EVENTS = (
    Event(
        "os.putenv",
        GROUP,
        (_KEY, Arg("value", Kind.SIZE)),
        "set {key}[ to {value.size} bytes]",
        "medium",
        "A variable is set, for this process and its children: LD_PRELOAD and PATH stand out.",
    ),
    Event(
        "os.unsetenv",
        GROUP,
        (_KEY,),
        "unset {key}",
        meaning="A variable is removed, for this process and its children: a proxy or a safeguard may go with it.",
    ),
)

FAMILY = Family(EVENTS)
