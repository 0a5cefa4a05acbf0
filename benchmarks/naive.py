"""The bridge one would write first: a Python hook that calls the SDK for every event.

A span event, a counter and a log record, through the global providers. It is what the others are compared with; it can
hang a program, because it takes the SDK's locks wherever an event happens (docs/design.md), and it misses what its own
calls raise.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Collection
from typing import Any

Emit = Callable[[str, dict[str, Any]], None]
"""Makes span event, count and log record of an event's name and attributes."""

LONGEST = 256
"""Characters of a text made with `repr`."""


def emitter() -> Emit:
    """What the hook calls, bound to the providers as they are now."""
    from opentelemetry import _logs, metrics, trace

    counter = metrics.get_meter("naive").create_counter("python.audit.events")
    logger, current, record = _logs.get_logger("naive"), trace.get_current_span, _logs.LogRecord
    info = _logs.SeverityNumber.INFO

    def emit(event: str, attributes: dict[str, Any]) -> None:
        current().add_event(event, attributes)
        counter.add(1, {"event": event})
        logger.emit(
            record(
                timestamp=time.time_ns(),
                severity_number=info,
                body=event,
                attributes=dict(attributes),
                event_name=event,
            )
        )

    return emit


def attributes(args: tuple[object, ...]) -> dict[str, Any]:
    """Of any event, whatever its arguments are."""
    return {f"python.audit.arg.{at}": _plain(value) for at, value in enumerate(args)}


def _plain(value: object) -> object:
    return value if isinstance(value, (str, int, float, bool)) else repr(value)[:LONGEST]


def install(names: Collection[str] | None = None) -> None:
    """Bridge a whole program, for as long as it runs.

    Args:
        names: of the events; None means every one. What its own calls raise is left out: it would never end.
    """
    emit, inside = emitter(), threading.local()
    inside.busy = False  # loads what the first use would import

    def hook(event: str, args: tuple[object, ...]) -> None:
        if names is not None and event not in names:
            return
        if getattr(inside, "busy", False):
            return
        inside.busy = True
        try:
            emit(event, attributes(args))
        finally:
            inside.busy = False

    sys.addaudithook(hook)
