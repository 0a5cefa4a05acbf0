"""Does what standard input says, line by line, and answers each line with the bridge's health in JSON.

Each command is a number of audit events that nothing else in the process raises.
"""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import sys
from collections.abc import Callable

from opentelemetry import trace

import otel_audit

PICKLED = pickle.dumps(print)  # found by name again when it is loaded
tracer = trace.get_tracer("worker")


def different(number: int) -> None:
    for one in range(number):
        sys.audit("worker.event", one)


def same(number: int) -> None:
    for _ in range(number):
        sys.audit("worker.event", 0)


def spans(number: int, each: int) -> None:
    for _ in range(number):
        with tracer.start_as_current_span("task"):
            different(each)


def system(number: int) -> None:
    for _ in range(number):
        os.system("true")


def block(number: int) -> None:
    """The loop waits for each of them."""

    async def main() -> None:
        system(number)

    asyncio.run(main())


def unpickle(number: int) -> None:
    for _ in range(number):
        pickle.loads(PICKLED)


def code(number: int) -> None:
    for _ in range(number):
        different.__code__.replace()


def hold(number: int) -> None:
    """A span that stays open, and with it the buffer of its events."""
    span = tracer.start_span("open")
    with trace.use_span(span):
        different(number)
    held.append(span)


held: list[trace.Span] = []
COMMANDS: dict[str, Callable[..., None]] = {
    "different": different,  # worker.event, each with a value of its own
    "same": same,  # worker.event, all equal
    "spans": spans,  # so many spans with so many worker.event each
    "hold": hold,  # a span, left open, with so many worker.event
    "system": system,  # os.system
    "block": block,  # os.system, on a thread whose event loop is running
    "unpickle": unpickle,  # pickle.find_class
    "code": code,  # code.__new__
    "pause": otel_audit.pause,
    "health": lambda: None,
}

for line in sys.stdin:
    name, *numbers = line.split()
    COMMANDS[name](*map(int, numbers))
    print(json.dumps(otel_audit.health().as_dict()), flush=True)
