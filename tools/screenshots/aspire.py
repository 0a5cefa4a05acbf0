"""The Aspire dashboard's pages, by what a person sees on them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

SECTIONS = ("Span", "Context", "Resource", "Events")
"""Of a span's details. Links and backlinks, empty here, come closed."""


@dataclass(frozen=True)
class TracePage:
    """The page of one trace: its waterfall, and the details of the span that was clicked.

    Args:
        page: of the browser.
        base: URL of the dashboard.
        trace_id: lowercase hex.
    """

    page: Page
    base: str
    trace_id: str

    def open(self) -> None:
        self.page.goto(f"{self.base}/traces/detail/{self.trace_id}")
        dismiss_messages(self.page)

    def show_span(self, name: str) -> None:
        """Click a span of the waterfall, and wait for its details."""
        self.page.get_by_text(name, exact=True).last.click()
        self.section("Events").wait_for()

    def section(self, heading: str) -> Locator:
        """One part of the span's details."""
        title = self.page.locator("span[slot=heading]", has_text=re.compile(f"^{heading}$"))
        return self.page.locator("fluent-accordion-item").filter(has=title)

    def put_details_below(self, waterfall: int) -> None:
        """Instead of beside the waterfall, and leave that so many pixels of height."""
        self.page.get_by_title("Split horizontal").click()
        self.page.get_by_title("Split vertical").wait_for()
        panels = self.page.locator("split-panels").bounding_box()
        assert panels is not None
        middle = panels["x"] + panels["width"] / 2
        self.page.mouse.move(middle, panels["y"] + panels["height"] / 2)
        self.page.mouse.down()
        self.page.mouse.move(middle, panels["y"] + waterfall, steps=5)
        self.page.mouse.up()

    def close_sections(self, *headings: str) -> None:
        for heading in headings:
            self.section(heading).get_by_role("button").first.click()

    def events(self) -> list[dict[str, str]]:
        """The span's events as shown, in order: `name`, and each attribute's text."""
        rows = self.section("Events").locator("tr:has(table)")  # an event's row holds the table of its attributes
        return [_event(rows.nth(number)) for number in range(rows.count())]

    def event(self, name: str) -> Locator:
        """The name of the first event of this name."""
        return self.section("Events").get_by_text(name, exact=True).first

    def open_logs(self) -> LogsPage:
        """Through the menu of the page, as a person would."""
        self.page.get_by_title("Actions").first.click()
        self.page.get_by_role("menuitem", name="Structured logs").click()
        self.page.wait_for_url("**/structuredlogs?traceId=*")
        return LogsPage(self.page)


@dataclass(frozen=True)
class LogsPage:
    """The structured logs, with whatever filter brought one here."""

    page: Page

    def wait_for(self, number: int) -> None:
        """Until it shows so many lines."""
        expect(self._lines()).to_have_count(number)

    def rows(self) -> list[dict[str, str]]:
        """Each line as shown: `level`, `message`, `trace` (its first digits), and `trace_link`, where it leads."""
        lines = self._lines()
        return [_log(lines.nth(number)) for number in range(lines.count())]

    def _lines(self) -> Locator:
        return self.page.locator("tr.fluent-data-grid-row:has(td[col-index='5'] a, td[col-index='5'] fluent-anchor)")


def dismiss_messages(page: Page) -> None:
    """Close the warning that the dashboard can be used without login: here it is on loopback."""
    message = page.locator(".fluent-messagebar")
    message.first.wait_for()
    message.locator(".fluent-messagebar-container-action svg").first.click()
    message.first.wait_for(state="detached")


def _event(row: Locator) -> dict[str, str]:
    lines = [line.strip() for line in row.inner_text().splitlines() if line.strip()]
    _offset, name, *table = lines
    attributes = table[2:]  # after the headings: name, value, name, value, ...
    return {"name": name, **dict(zip(attributes[::2], attributes[1::2], strict=True))}


def _log(row: Locator) -> dict[str, str]:
    cells = row.locator("td")
    trace = cells.nth(4).locator("a, fluent-anchor").first
    return {
        "level": cells.nth(1).inner_text().strip(),
        "message": cells.nth(3).inner_text().strip(),
        "trace": trace.inner_text().strip(),
        "trace_link": trace.get_attribute("href") or "",
    }
