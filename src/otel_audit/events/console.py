"""Questions to the person at the terminal. Neither question nor answer is read."""

from __future__ import annotations

from otel_audit.events.family import Family
from otel_audit.model import Arg, Event, Kind

GROUP = "console"

EVENTS = (
    Event(
        "builtins.input",
        GROUP,
        (Arg("prompt", Kind.SIZE),),
        "wait for input",
        meaning="The program waits for a person: a service would hang here.",
    ),
    Event(
        "builtins.input/result",
        GROUP,
        (Arg("result", Kind.SIZE),),
        "got input",
        meaning="A person answered; the answer may be a password and is not read.",
    ),
)

FAMILY = Family(EVENTS)
