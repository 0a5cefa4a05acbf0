"""Programs about the event objects that an ended span gives out, on one core: NAME CORE."""

from __future__ import annotations

import copy
import gc
import pickle
import sys
import threading
import weakref
from collections.abc import Callable
from typing import Any

from tests.capture.programs.driver import case, open_span, row, start, within


class Plain:
    """What an event is reduced to."""

    def __init__(self, *fields: Any) -> None:
        self.fields = fields


class Read(dict[str, Any]):
    """Attributes that count what was dropped, and may be referred to weakly."""

    dropped = 3


class Reader:
    """Remembers who asked for what."""

    def __init__(self) -> None:
        self.named: list[int] = []
        self.read: list[tuple[bytes, int, int, Any]] = []
        self.make: Callable[[], Any] = Read

    def name(self, event_id: int, /) -> str:
        self.named.append(event_id)
        return f"event {event_id}"

    def attributes(self, data: bytes, at: int, over: int, limits: Any, /) -> Any:
        self.read.append((data, at, over, limits))
        return self.make()

    def reduce(self, event: Any, /) -> tuple[Any, ...]:
        return Plain, (event.name, event.timestamp)


def ended(core: Any, *names: str, limits: Any = (None, None)) -> tuple[list[Any], tuple[int, ...]]:
    """What a span gives out in which these events were, each with its place as argument."""
    span = open_span(core, 3, 4)
    with within(span):
        for at, name in enumerate(names):
            sys.audit(name, at)
    events, ids = core.span_close(span._otel_audit, limits)
    return events, ids


def begin(core_name: str, **options: Any) -> tuple[Any, Reader]:
    core, reader = start(core_name, row("app.a"), row("app.b"), **options), Reader()
    core.bind_span_events(reader)
    return core, reader


def nothing_recorded(name: str) -> Any:
    core, _ = begin(name)
    span = open_span(core, 3, 4)
    first = core.span_close(span._otel_audit)
    with within(span):
        sys.audit("app.a")
    return [first, core.span_close(span._otel_audit), core.stats()["span_late"]]


def distinct_ids(name: str) -> Any:
    core, _ = begin(name)
    events, ids = ended(core, "app.b", "app.a", "app.b", "app.b", "app.a")
    found = [event.event_id for event in events]
    return [len(found), sorted(set(found)) == sorted(ids), list(ids) == [found[0], found[1]]]


def in_order_of_time(name: str) -> Any:
    core, _ = begin(name)
    events, _ = ended(core, *["app.a"] * 20)
    times = [event.timestamp for event in events]
    return [times == sorted(times), len(times), times[0] > 1_600_000_000 * 10**9]


def names_are_asked_once(name: str) -> Any:
    core, reader = begin(name)
    events, ids = ended(core, "app.a", "app.b", "app.a")
    before = list(reader.named)
    names = [event.name for event in events for _ in range(2)]
    return [before, reader.named == list(ids), names == [f"event {event.event_id}" for event in events for _ in "12"]]


def attributes_are_read_once(name: str) -> Any:
    core, reader = begin(name)
    events, _ = ended(core, "app.a", "app.b", limits=(5, None))
    before = len(reader.read)
    same = [event.attributes is event.attributes for event in events]
    records = [data[at : at + len(event.record)] == event.record for event, (data, at, *_) in zip(events, reader.read)]
    return [before, same, records, [found[2:] for found in reader.read], [event.dropped_attributes for event in events]]


def attributes_that_count_nothing(name: str) -> Any:
    core, reader = begin(name)
    reader.make = dict
    (event,), _ = ended(core, "app.a")
    return [event.dropped_attributes, event.attributes]


def over(name: str) -> Any:
    core, reader = begin(name, max_span_events=2)
    events, _ = ended(core, *["app.a"] * 5)
    return [
        [event.over for event in events],
        [event.attributes for event in events],
        [found[2] for found in reader.read],
    ]


def reduced(name: str) -> Any:
    core, _ = begin(name)
    (event,), _ = ended(core, "app.a")
    made = [copy.copy(event), copy.deepcopy(event), pickle.loads(pickle.dumps(event))]
    return [[type(each) is Plain, each.fields == (event.name, event.timestamp)] for each in made]


def nothing_can_be_set(name: str) -> Any:
    core, _ = begin(name)
    (event,), _ = ended(core, "app.a")
    refused = []
    for attribute in ("name", "attributes", "dropped_attributes", "record", "more"):
        try:
            setattr(event, attribute, 1)
        except AttributeError:
            refused.append(attribute)
    return [refused, type(event) is core.span_event_type]


def nobody_reads(name: str) -> Any:
    core = start(name, row("app.a"))
    (event,), _ = ended(core, "app.a")
    said = []
    for ask in (lambda: event.name, lambda: event.attributes, lambda: event.dropped_attributes, event.__reduce__):
        try:
            ask()
        except RuntimeError as error:
            said.append(str(error))
    core.bind_span_events(Reader())
    core.bind_span_events(None)
    try:
        event.name  # noqa: B018
    except RuntimeError as error:
        said.append(str(error))
    return [said, event.timestamp > 0, len(event.record) > 0]


def a_reader_that_fails(name: str) -> Any:
    core, reader = begin(name)
    (event,), _ = ended(core, "app.a")

    def fail() -> Any:
        raise ZeroDivisionError

    reader.make = fail
    failed = 0
    for _ in range(2):
        try:
            event.attributes  # noqa: B018
        except ZeroDivisionError:
            failed += 1
    reader.make = Read
    return [failed, event.dropped_attributes]


def bad_limits(name: str) -> Any:
    core, _ = begin(name)
    said = []
    for limits in (None, (1,), [1, 2], (1, 2, 3), ("1", None), (True, None), (1.0, None)):
        try:
            core.span_close(open_span(core)._otel_audit, limits)
        except TypeError as error:
            said.append(str(error))
    return [len(said), set(said) == {"limits: expected a tuple of two, of int or None"}]


def the_collector_finds_cycles(name: str) -> Any:
    """Attributes that lead back to their event, which those that the bridge makes never do."""
    core, _ = begin(name)
    gc.disable()
    (event,), _ = ended(core, "app.a")
    alive = weakref.ref(event.attributes)
    event.attributes["self"] = event
    del event
    before = alive() is not None
    gc.collect()
    return [before, alive() is None]


def untracked_until_read(name: str) -> Any:
    """C only: a queue of ended spans costs the collector's passes nothing."""
    core, _ = begin(name)
    events, _ = ended(core, "app.a", "app.b")
    before = [gc.is_tracked(event) for event in events]
    return [before, events[0].attributes, [gc.is_tracked(event) for event in events]]


def nothing_leaks(name: str) -> Any:
    """References to what all events share come back to where they were; 1,440 events leave none, nor do 48 spans.

    The twin keeps some of the last ones, to merge with, and forgets them in groups of 48: eight rounds of 30 are five.
    """
    core, reader = begin(name, ring=0)
    limits = (128, int("1000"))
    made: list[Any] = []

    def once() -> None:
        events, _ = ended(core, *["app.a"] * 30, limits=limits)
        for event in events:
            made.append((event.name, event.attributes, event.record, event.dropped_attributes))
        made.clear()
        reader.read.clear()

    def state_after(rounds: int) -> tuple[int, int]:
        for _ in range(rounds):
            once()
        gc.collect()
        return sys.getrefcount(limits), len(gc.get_objects())

    before, after = state_after(8), state_after(48)
    return [after[0] - before[0], after[1] - before[1] < 24, core.stats()["span_bytes"]]


def threads_that_ask_together(name: str) -> Any:
    core, _ = begin(name)
    events, _ = ended(core, *["app.a"] * 60)
    gate = threading.Barrier(4)
    found: list[list[int]] = []

    def ask() -> None:
        gate.wait()
        found.append([id(event.attributes) for event in events])

    workers = [threading.Thread(target=ask) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return [all(each == found[0] for each in found), len(set(found[0]))]


if __name__ == "__main__":
    case(globals())
