"""Drives one core by hand: its own context variable, spans of no SDK, every call of model.Core."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from typing import Any

from otel_audit import wire
from otel_audit.model import Counts, Kind, Record, Rule, RuleKind

SPAN, SUPPRESS = "the-span", "the-suppression"
CONTEXT: ContextVar[dict[str, Any]] = ContextVar("context", default={})  # noqa: B039 - never changed, as the SDK's
AUTO = (Kind.AUTO,) * 8
ALL = Rule()
FIRST = Rule(RuleKind.FIRST)
IN_TRACE = Rule(RuleKind.IN_TRACE)
Row = tuple[str, bool, bytes, int, float, bool, float, float]
RING_OFF, RING_ALL, RING_MARKED = range(3)


def row(
    name: str,
    *kinds: Kind,
    rule: Rule = ALL,
    selected: bool = True,
    blocking: bool = False,
    location: float = 0.0,
    loop_location: float = 0.0,
) -> Row:
    return name, selected, bytes(kinds or AUTO), int(rule.kind), rule.value, blocking, location, loop_location


def unknown(
    selected: bool = True,
    include: tuple[str, ...] = (),
    exclude: tuple[str, ...] = (),
    sampling: tuple[tuple[str, Rule], ...] = (),
    rule: Rule = ALL,
    locations: tuple[tuple[str, float], ...] = (),
    location: float = 0.0,
) -> tuple[Any, ...]:
    return (
        selected,
        tuple((glob, 0, 0.0) for glob in include),
        tuple((glob, 0, 0.0) for glob in exclude),
        tuple((glob, int(each.kind), each.value) for glob, each in sampling),
        int(rule.kind),
        rule.value,
        bytes(AUTO),
        tuple((glob, 0, chance) for glob, chance in locations),
        location,
    )


def load(name: str) -> Any:
    return import_module({"c": "otel_audit.capture._core", "python": "otel_audit.capture._pycore"}[name])


def start(
    name: str,
    *events: Row,
    others: tuple[Any, ...] | None = None,
    ring: int = RING_ALL,
    spans: bool = True,
    ring_size: int = 1 << 20,
    max_span_events: int = 64,
    arm: bool = True,
    message: Row | None = None,
    code: tuple[tuple[str, int], ...] = (),
) -> Any:
    """A core that listens; names in no row, messages too, are ignored unless `others` says more."""
    core = load(name)
    other = row("other", Kind.TEXT)
    message = message or row("message", selected=others is not None)
    core.configure(
        (other, message, *events),
        others or unknown(selected=False),
        (ring, spans, ring_size, max_span_events, code),
    )
    core.bind_context(CONTEXT, SPAN, SUPPRESS)
    if arm:
        assert core.arm()
    return core


def records(core: Any) -> list[Record]:
    """Everything in the ring, decoded."""
    found: list[Record] = []
    while data := core.drain(1 << 16):
        found.extend(wire.decode(data, at) for at in wire.split(data))
    return found


def counts(core: Any) -> dict[str, Counts]:
    """By name; some have several ids."""
    found: dict[str, Counts] = {}
    for event_id, row in core.counters():
        name = core.event_name(event_id)
        found[name] = Counts(*map(sum, zip(found.get(name, (0,) * len(row)), row)))
    return found


class Span:
    """What a core sees of one."""

    def __init__(self, trace_id: int = 1, span_id: int = 1, flags: int = 1) -> None:
        self._context = (trace_id, span_id, False, flags)
        self._otel_audit: Any = None


def open_span(
    core: Any,
    trace_id: int = 1,
    span_id: int = 1,
    flags: int = 1,
    kind: Callable[..., Any] = Span,
    who: bytes = b"",
) -> Any:
    span = kind(trace_id, span_id, flags)
    span._otel_audit = core.span_open(span, trace_id, span_id, flags, who)
    return span


def close_span(core: Any, span: Any) -> tuple[list[Record], int]:
    taken, over = take(core, span)
    return [wire.decode(data) for _, data in taken], over


def take(core: Any, span: Any) -> tuple[list[tuple[int, bytes]], int]:
    """(event id, record) of what an ending span had, and how many were over."""
    events, _ = core.span_close(span._otel_audit) or ((), ())
    return [(event.event_id, event.record) for event in events], sum(event.over for event in events)


@contextmanager
def within(span: object, **more: object) -> Iterator[None]:
    """Make a span the current one."""
    token = CONTEXT.set({SPAN: span, **more})
    try:
        yield
    finally:
        CONTEXT.reset(token)


@contextmanager
def suppressing(value: object) -> Iterator[None]:
    token = CONTEXT.set({SUPPRESS: value})
    try:
        yield
    finally:
        CONTEXT.reset(token)


def report(result: object) -> None:
    """The program's last line."""
    sys.stdout.write("\n" + json.dumps(result) + "\n")
    sys.stdout.flush()


def case(namespace: dict[str, Any]) -> None:
    """Run the function named on the command line on the core named there, and report what it returns."""
    report(namespace[sys.argv[1]](sys.argv[2]))
