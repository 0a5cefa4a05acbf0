"""From a counter to a request: every exemplar names a span in which that event happened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
import traffic

from tests.e2e.test_shop import PREFIX, serve
from tests.receiver import Receiver
from tests.receiver.records import Point, Span

SIGNALS = {"all": "span_events,metrics,logs", "no logs": "span_events,metrics", "no span events": "metrics,logs"}


@pytest.fixture(scope="module", params=[("c", "all"), ("python", "all"), ("c", "no logs"), ("c", "no span events")])
def received(request: pytest.FixtureRequest) -> Iterator[tuple[Sequence[Span], Sequence[Point]]]:
    core, signals = request.param
    variables = {"OTEL_PYTHON_AUDIT_CORE": core, "OTEL_PYTHON_AUDIT_SIGNALS": SIGNALS[signals]}
    with Receiver() as receiver:
        serve({**receiver.env("grpc"), **variables})
        yield receiver.spans, [point for point in receiver.metrics if point.metric == PREFIX + "events"]


def test_exemplars_lead_to_the_requests(received: tuple[Sequence[Span], Sequence[Point]]) -> None:
    spans, points = received
    paths = {(span.trace_id, span.span_id): _path(span) for span in spans if span.kind == "SERVER"}
    led = {
        (str(point.attributes[PREFIX + "event"]), paths[exemplar.trace_id, exemplar.span_id])
        for point in points
        for exemplar in point.exemplars
        if (exemplar.trace_id, exemplar.span_id) in paths
    }
    assert {event for event, _ in led} >= {"sqlite3.connect", "shop.user.login"}
    wrong = {(event, path) for event, path in led if event != "open" and event not in traffic.PER_REQUEST[path]}
    assert not wrong  # a path's first request opens its template besides


def test_every_exemplar_is_of_a_span_that_was_exported(received: tuple[Sequence[Span], Sequence[Point]]) -> None:
    spans, points = received
    exported = {(span.trace_id, span.span_id) for span in spans}
    found = {(each.trace_id, each.span_id) for point in points for each in point.exemplars}
    assert found
    assert found <= exported


def _path(span: Span) -> str:
    return str(span.attributes.get("url.path") or span.attributes.get("http.target"))
