"""The trace store's page in a browser: a request's span shows its audit events, and its logs open from there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
import traffic
from playwright.sync_api import Page

from tests_stack.load import Run
from tests_stack.telemetry import Log, Span, logs, spans
from tools.screenshots.aspire import LogsPage, TracePage
from tools.screenshots.browser import browser

PREFIX = "python.audit."
LEVELS = {5: "Debug", 9: "Information", 13: "Warning"}
"""What the page calls the severities."""


@pytest.fixture(scope="session")
def checkout(run: Run) -> Span:
    """The last request that bought something."""
    return [span for span in spans(run.backends) if span.name == "POST /checkout"][-1]


@pytest.fixture(scope="session")
def written(run: Run, checkout: Span) -> list[Log]:
    """Its log records, as the store has them."""
    return [log for log in logs(run.backends) if log.trace_id == checkout.trace_id]


@pytest.fixture
def page() -> Iterator[Page]:
    with browser() as chromium, chromium.new_context(viewport={"width": 1400, "height": 900}) as context:
        yield context.new_page()


@pytest.fixture
def trace(run: Run, checkout: Span, page: Page) -> TracePage:
    assert run.backends.aspire is not None
    shown = TracePage(page, run.backends.aspire, checkout.trace_id)
    shown.open()
    shown.show_span(checkout.name)
    return shown


def test_the_span_shows_its_audit_events(trace: TracePage, checkout: Span) -> None:
    shown = trace.events()
    assert [event["name"] for event in shown] == checkout.events
    happened = Counter(name.removeprefix(PREFIX) for name in checkout.events)
    expected = Counter(traffic.PER_REQUEST["/checkout"])
    assert {name: expected[name] for name in happened} == happened
    assert {"subprocess.Popen", "socket.connect", "sqlite3.connect", "open"} <= set(happened)


def test_an_event_shows_its_attributes_and_no_secret(trace: TracePage) -> None:
    (started,) = [event for event in trace.events() if event["name"] == PREFIX + "subprocess.Popen"]
    assert started["python.audit.group"] == "process"
    assert started["http.route"] == "/checkout"
    assert started["process.executable.path"].endswith("/python")
    assert "--token=[redacted:token]" in started["process.command_args"]
    assert "tok-demo" not in trace.page.content()


def test_its_logs_open_from_the_trace(trace: TracePage, checkout: Span, written: list[Log]) -> None:
    opened = trace.open_logs()
    assert checkout.trace_id in trace.page.url
    opened.wait_for(len(written))
    rows = opened.rows()
    assert [row["message"] for row in rows] == [log.message for log in written]
    assert [row["level"] for row in rows] == [LEVELS[log.severity] for log in written]
    assert sorted(log.event for log in written) == sorted(checkout.events)


def test_a_log_leads_back_to_its_trace(trace: TracePage, checkout: Span, written: list[Log]) -> None:
    opened: LogsPage = trace.open_logs()
    opened.wait_for(len(written))
    for row in opened.rows():
        assert row["trace"] == checkout.trace_id[: len(row["trace"])]
        assert checkout.trace_id in row["trace_link"]
        assert checkout.span_id in row["trace_link"]
