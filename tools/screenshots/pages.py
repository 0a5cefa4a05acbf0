"""What is photographed: the pages of the backends, the report, the live view. One function per image."""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from playwright.sync_api import Browser, Page

from otel_audit import top
from tools.backends import Stack
from tools.screenshots.aspire import TracePage
from tools.screenshots.shop import Shop

WIDTH, HEIGHT = 1400, 900
REQUEST = "POST /checkout"
STARTED = "python.audit.subprocess.Popen"
REPORTED, STREAMED = 20, 100
"""Rounds of the shop's traffic: few enough to tell requests apart, and some seconds of it for a curve."""
BY_EVENT = "sum by (python_audit_event) (rate(python_audit_events_total[10s]))"


@dataclass(frozen=True)
class Studio:
    """What the pictures are taken with.

    Args:
        browser: headless.
        backends: that have the shop's telemetry; None for pictures that need none.
        shop: where it runs.
    """

    browser: Browser
    backends: Stack | None
    shop: Shop

    def page(self, width: int = WIDTH, height: int = HEIGHT, *, dark: bool = False) -> Page:
        return self.browser.new_page(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
        )

    def trace(self, page: Page) -> TracePage:
        """The page of the last request that bought something, its span's details open."""
        assert self.backends is not None
        assert self.backends.aspire is not None
        shown = TracePage(page, self.backends.aspire, self._last_request())
        shown.open()
        shown.show_span(REQUEST)
        return shown

    def _last_request(self) -> str:
        assert self.backends is not None
        stored = self.backends.telemetry("traces", limit=10_000)["data"]["resourceSpans"]
        spans = [span for resource in stored for scope in resource["scopeSpans"] for span in scope["spans"]]
        ids: list[str] = [span["traceId"] for span in spans if span["name"] == REQUEST]
        return ids[-1]


def trace(studio: Studio) -> bytes:
    """A request's span with its audit events."""
    page = studio.page()
    shown = studio.trace(page)
    shown.put_details_below(waterfall=160)
    shown.close_sections("Span", "Context", "Resource")
    shown.event(STARTED).evaluate("element => element.scrollIntoView({block: 'start'})")
    page.mouse.move(0, 0)
    return page.screenshot()


def trace_logs(studio: Studio) -> bytes:
    """The request's log records, opened from its trace."""
    page = studio.page(height=660)
    shown = studio.trace(page)
    number = len(shown.events())
    shown.open_logs().wait_for(number)
    page.mouse.move(0, 0)
    return page.screenshot()


def prometheus(studio: Studio) -> bytes:
    """Events per second by name, in Prometheus' own page."""
    assert studio.backends is not None
    page = studio.page(height=1080)
    panel = {"g0.expr": BY_EVENT, "g0.tab": "0", "g0.range_input": "1m", "g0.stacked": "1"}
    page.goto(f"{studio.backends.prometheus}/classic/graph?{urllib.parse.urlencode(panel)}")
    page.locator(".rickshaw_legend .line").first.wait_for()
    return page.screenshot()


def report(studio: Studio) -> bytes:
    """The page of `otel-audit run --report`."""
    return _report(studio, dark=False)


def report_dark(studio: Studio) -> bytes:
    return _report(studio, dark=True)


def _report(studio: Studio, *, dark: bool) -> bytes:
    page = studio.page(height=1150, dark=dark)
    file = studio.shop.folder / "report.html"
    if not file.exists():
        studio.shop.run("otel-audit", "run", "--report", file.name, "--no-summary", "app.py", "--demo", str(REPORTED))
    page.goto(file.as_uri())
    page.locator("html[data-ready=true]").wait_for()
    return page.screenshot()


def top_dark(studio: Studio) -> bytes:
    """The live view of `otel-audit top`."""
    return _top(studio, [])


def top_record(studio: Studio) -> bytes:
    """One record's details in it."""
    return _top(studio, ["tab", "up", "enter"])


def _top(studio: Studio, keys: list[str]) -> bytes:
    stream = studio.shop.folder / "audit.jsonl"
    if not stream.exists():
        written = ("--log-stream", stream.name, "--log-format", "json")
        studio.shop.run("otel-audit", "run", *written, "--no-summary", "app.py", "--demo", str(STREAMED))
    lines = stream.read_text(encoding="utf-8").splitlines()
    with ThreadPoolExecutor(1) as elsewhere:  # the browser has an event loop in this thread, and so has the view
        svg = elsewhere.submit(
            top.screenshot, lines, source="app.py", size=(120, 34), keys=keys, theme="dark", elapsed=_seconds(lines)
        ).result()
    page = studio.page()
    page.set_content(f"<body style='margin:0'>{svg}</body>")
    return page.locator("svg").first.screenshot(omit_background=True)


def _seconds(lines: list[str]) -> float:
    """From the first record to the last."""
    first, last = (datetime.fromisoformat(json.loads(lines[one])["timestamp"][:26]) for one in (0, -1))
    return (last - first).total_seconds()


IMAGES: dict[str, Callable[[Studio], bytes]] = {
    "trace": trace,
    "trace-logs": trace_logs,
    "prometheus": prometheus,
    "report": report,
    "report-dark": report_dark,
    "top": top_dark,
    "top-record": top_record,
}
OF_BACKENDS = ("trace", "trace-logs", "prometheus")
