"""The books of a run: what the application says it raised against what arrived."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from tests.receiver import Receiver
from tests.receiver.records import Log, Span
from tests_compat.servers.load import Answer

EVENT = "compat.request"
LOG = f"python.audit.{EVENT}"
OPEN = "python.audit.open"


class Books(NamedTuple):
    """Custom events of a run.

    Args:
        offered: what the application counted itself.
        delivered: distinct ones of them that arrived as logs.
        duplicated: those that arrived more than once.
        lost: those that did not arrive.
    """

    offered: int
    delivered: int
    duplicated: int
    lost: int


def balance(receiver: Receiver, answers: Sequence[Answer]) -> Books:
    """Compare event by event, by (request, part)."""
    offered = {(answer.number, part) for answer in answers for part in range(answer.raised)}
    arrived = Counter(event_of(log) for log in receiver.logs if log.event_name == LOG)
    known = {key: times for key, times in arrived.items() if key in offered}
    return Books(
        offered=len(offered),
        delivered=len(known),
        duplicated=sum(times > 1 for times in known.values()),
        lost=len(offered) - len(known),
    )


def event_of(log: Log) -> tuple[int, int]:
    """(request, part) of a log: the arguments it was raised with."""
    number, part = str(log.attributes["python.audit.args"]).split(", ")
    return int(number), int(part)


def check(receiver: Receiver, answers: Sequence[Answer], *, handler: Callable[[Span], bool]) -> Books:
    """Demand that everything arrived, once, where it belongs: logs, span events, counters.

    Args:
        receiver: what arrived, after the server's end.
        answers: of the application.
        handler: which spans handled requests.
    """
    books = balance(receiver, answers)
    assert books == (books.offered, books.offered, 0, 0), f"{books}; received {dict(receiver.requests)}"
    check_traces(receiver, answers)
    check_spans(receiver, answers, handler)
    counted = receiver.metric_by("python.audit.events", "python.audit.event")
    assert counted[EVENT] == books.offered, (counted, books)
    return books


def check_traces(receiver: Receiver, answers: Sequence[Answer]) -> None:
    """Each log is in the trace and the span in which the application saw itself."""
    place = {answer.number: (answer.trace, answer.span) for answer in answers}
    traces = {trace: number for number, (trace, _) in place.items()}
    assert len(traces) == len(place), "requests share traces"
    opened: Counter[int] = Counter()
    for log in receiver.logs:
        if log.event_name == LOG:
            number, _ = event_of(log)
            assert (log.trace_id, log.span_id) == place[number], f"request {number} is elsewhere: {log}"
        elif log.event_name == OPEN and log.trace_id in traces and is_ours(log.attributes):
            opened[traces[log.trace_id]] += 1
    assert opened == dict.fromkeys(place, 1), "each request opens one file"


def is_ours(attributes: Mapping[str, object]) -> bool:
    """Whether an `open` is the application's own."""
    return str(attributes.get("file.path")).endswith("/opened.txt")


def check_spans(receiver: Receiver, answers: Sequence[Answer], handled: Callable[[Span], bool]) -> None:
    """Each request has its span, with its events on it, and each event once."""
    place = {answer.span: answer for answer in answers}
    spans = [span for span in receiver.spans if span.span_id in place and handled(span)]
    assert len(spans) == len(place), f"{len(spans)} spans of {len(place)} requests"
    for span in spans:
        answer = place[span.span_id]
        named = [event.attributes["python.audit.args"] for event in span.events if event.name == LOG]
        assert named == [f"{answer.number}, {part}" for part in range(answer.raised)], (answer, span)
        assert sum(event.name == OPEN and is_ours(event.attributes) for event in span.events) == 1, span


def is_server(span: Span) -> bool:
    """Whether it handled a request."""
    return span.kind == "SERVER"


def check_processes(receiver: Receiver, answers: Sequence[Answer], at_least: int) -> None:
    """Several processes took part, and no two of them are one service instance."""
    pids = {answer.trace: answer.pid for answer in answers}
    assert len(set(pids.values())) >= at_least, "one process did all the work"
    instances: dict[object, set[int]] = {}
    for span in receiver.spans:
        if span.trace_id in pids:
            instances.setdefault(span.resource.get("service.instance.id"), set()).add(pids[span.trace_id])
    assert all(len(found) == 1 for found in instances.values()), f"processes share an instance: {instances}"
