"""The trace and log store: every request's span with its events, every record that was delivered."""

from __future__ import annotations

from collections import Counter

import traffic

from tests_stack import load
from tests_stack.load import Run
from tests_stack.telemetry import logs, spans

PREFIX = "python.audit."
OF_PATH = {"/product/<int:product_id>": "/product/1"}
"""Routes that are no path."""


def test_every_request_is_there_with_its_events(run: Run) -> None:
    requests = [span for span in spans(run.backends) if span.name.startswith(("GET ", "POST "))]
    assert len(requests) == load.ROUNDS * len(traffic.ROUND)
    for span in requests:
        route = span.name.split()[1]
        facts = traffic.PER_REQUEST[OF_PATH.get(route, route)]
        happened = Counter(event.removeprefix(PREFIX) for event in span.events)
        happened.pop("open", None)  # a path's first request loads its template
        assert happened == {event: facts[event] for event in facts if event in load.SHOP_EVENTS}, span.name


def test_every_delivered_record_is_there(run: Run) -> None:
    stored = Counter(log.instance for log in logs(run.backends))
    delivered = {
        instance: health["destinations"]["logs"]["delivered"]
        for instance, health in run.health.items()
        if health["destinations"].get("logs", {}).get("delivered")
    }
    # The announcements that a rate limit began and ended, and that somebody paused, come on top: they count nowhere.
    notices = Counter(
        (log.instance, log.event) for log in logs(run.backends) if log.event.startswith(PREFIX + "bridge.")
    )
    announced: Counter[str] = Counter()
    for (instance, _), number in notices.items():
        announced[instance] += number
    assert stored - announced == Counter(delivered)
    assert set(notices) == {("limits-1", PREFIX + "bridge.rate_limit"), ("paused-1", PREFIX + "bridge.paused")}


def test_records_of_a_request_are_its_span_events(run: Run) -> None:
    of_spans = Counter((span.trace_id, event) for span in spans(run.backends) for event in span.events)
    of_logs = Counter((log.trace_id, log.event) for log in logs(run.backends) if log.trace_id)
    shop = {span.trace_id for span in spans(run.backends) if span.name != "task"}
    assert {key: n for key, n in of_spans.items() if key[0] in shop} == {
        key: n for key, n in of_logs.items() if key[0] in shop
    }
