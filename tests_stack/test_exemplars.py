"""From a counter's exemplar in Prometheus to the trace in the trace store, and there to the same event."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from tests_stack.load import Run
from tests_stack.telemetry import Span, spans

EVENTS = "python_audit_events_total"


class Exemplar(NamedTuple):
    """Args: the event that was counted, and where it was seen."""

    event: str
    trace_id: str
    span_id: str


def exemplars(run: Run, promql: str) -> list[Exemplar]:
    found: list[dict[str, Any]] = run.backends.exemplars(promql, run.start, run.time)
    return [
        Exemplar(row["seriesLabels"]["python_audit_event"], one["labels"]["trace_id"], one["labels"]["span_id"])
        for row in found
        for one in row["exemplars"]
    ]


@pytest.fixture(params=["run", "scraped"])
def either(request: pytest.FixtureRequest) -> Run:
    """The run over remote write, and the scraped one."""
    found: Run = request.getfixturevalue(request.param)
    return found


def test_events_inside_requests_have_exemplars(either: Run) -> None:
    inside = {"sqlite3.connect", "socket.connect", "subprocess.Popen", "shop.user.login", "shop.user.register"}
    assert inside <= {one.event for one in exemplars(either, f'{EVENTS}{{job="shop"}}')}


def test_events_outside_traces_have_none(either: Run) -> None:
    assert not exemplars(either, f'{EVENTS}{{instance=~"limits-1|paused-1"}}')


def test_each_names_a_span_that_has_this_event(run: Run) -> None:
    stored = {(span.trace_id, span.span_id): span for span in spans(run.backends)}
    found = exemplars(run, f'{EVENTS}{{job="shop"}}')
    assert len(found) > 20
    for one in found:
        span: Span = stored[one.trace_id, one.span_id]
        assert f"python.audit.{one.event}" in span.events
