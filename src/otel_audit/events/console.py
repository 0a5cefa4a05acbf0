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
        meaning="The program waits for a person to type: a service without a terminal hangs or fails here.",
        blocking=True,
    ),
    Event(
        "builtins.input/result",
        GROUP,
        (Arg("result", Kind.SIZE),),
        "got input[ of {result.size} characters]",
        meaning="A person answered at a terminal; the answer may be a password, so only its length is kept.",
    ),
)

FAMILY = Family(EVENTS)
