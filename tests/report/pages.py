"""Runs made up for the page, and how a page is read: by a parser that knows nothing of us."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Any

from otel_audit.books import EventCount
from otel_audit.bridge_health import Health, Status
from otel_audit.model import Counts, Described, Record
from otel_audit.report import Facts, Report

TRACE, SPAN = 0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331
PLOTLY = "window.Plotly = { react() {}, };\n"
"""Stands for plotly where nothing is drawn."""


class Span:
    """What the sink reads of a span."""

    def __init__(
        self, name: str, span_id: int = SPAN, trace_id: int = TRACE, *, parent: int = 0, remote: bool = False
    ) -> None:
        self.name = name
        self.start_time, self.end_time = 0, None
        self.parent = type("Parent", (), {"span_id": parent, "is_remote": remote})() if parent else None
        self._context = type("Context", (), {"trace_id": trace_id, "span_id": span_id})()

    def get_span_context(self) -> Any:
        return self._context


def span(report: Report, name: str, start_ms: float, end_ms: float | None, **ids: Any) -> None:
    """A span begins, and ends; milliseconds since the report's start."""
    made: Any = Span(name, **ids)
    made.start_time = report.start_ns + int(start_ms * 1e6)
    report.span(made)
    if end_ms is not None:
        made.end_time = report.start_ns + int(end_ms * 1e6)
        report.span(made)


def described(
    event: str = "open",
    group: str = "filesystem",
    *,
    time_ns: int = 0,
    trace: int = 0,
    span: int = 0,
    count: int = 1,
    **fields: Any,
) -> Described:
    """One record behind the chain; underscores of `fields` are dots."""
    record = Record(1, time_ns, trace, span, 1, 77, "MainThread", 0, count, 0, 0, ())
    attributes = {
        name.replace("__", "\0").replace("_", ".").replace("\0", "_"): value for name, value in fields.items()
    }
    return Described(
        record,
        {
            "event": f"python.audit.{event}",
            "level": "info",
            "message": f"{event} happened",
            "python.audit.event": event,
            "python.audit.group": group,
            "thread.id": 77,
            "thread.name": "MainThread",
            **attributes,
        },
    )


def facts(report: Report, events: Sequence[tuple[str, str, Counts]] = (), **changes: Any) -> Facts:
    """A run that ended well."""
    seen = sum(counts.seen for _, _, counts in events)
    outcomes = {name: sum(getattr(counts, name) for _, _, counts in events) for name in Counts._fields[1:]}
    health = Health(Status("closed", "", "c"), seen=seen, outcomes=outcomes, destinations={"report": {"kept": seen}})
    known: dict[str, Any] = {
        "command": "python app.py",
        "directory": "/srv",
        "ending": "normally",
        "end_ns": report.start_ns + 2_000_000_000,
        "process": 4711,
        "events": [EventCount(*event) for event in events],
        "health": health,
        "selected": frozenset({"open"}),
        **changes,
    }
    return Facts(**known)


class Page(HTMLParser):
    """A page, taken apart.

    Args:
        text: all of it.
    """

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = text
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.tables: dict[str, list[list[str]]] = {}
        self.said: list[str] = []
        self._inside: list[str] = []
        self._caption = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in ("meta", "link", "input", "br", "img"):
            return
        self._inside.append(tag)
        if tag == "script":
            self.scripts.append((dict(attrs), ""))
        elif tag == "tr" and self._caption:
            self.tables[self._caption].append([])
        elif tag in ("td", "th") and self._caption:
            self.tables[self._caption][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._inside.pop() == tag, f"<{tag}> is not where it ends"
        if tag == "table":
            self._caption = ""

    def handle_data(self, data: str) -> None:
        if self._inside[-1:] == ["script"]:
            attributes, known = self.scripts[-1]
            self.scripts[-1] = (attributes, known + data)
        elif self._inside[-1:] == ["caption"]:
            self._caption = data
            self.tables[data] = []
        elif self._caption and ("td" in self._inside or "th" in self._inside):
            self.tables[self._caption][-1][-1] += data.replace("\xa0", " ")
        elif data.strip() and self._inside[-1:] != ["style"]:
            self.said.append(data.strip())

    @property
    def whole(self) -> bool:
        """Every element was closed."""
        return not self._inside

    @property
    def data(self) -> Any:
        """What the page's script draws."""
        return json.loads(self._script("data"))

    @property
    def plotly(self) -> str:
        """The library, unpacked."""
        return gzip.decompress(base64.b64decode(self.packed)).decode()

    @property
    def packed(self) -> str:
        """The library, as it is written."""
        return self._script("plotly")

    @property
    def program(self) -> str:
        """The page's own script."""
        (found,) = [script for attributes, script in self.scripts if not attributes]
        return found

    def _script(self, id_: str) -> str:
        (found,) = [script for attributes, script in self.scripts if attributes.get("id") == id_]
        return found

    @property
    def policy(self) -> dict[str, list[str]]:
        """Directives of the content security policy."""
        (found,) = [known["content"] for tag, known in self.tags if tag == "meta" and "http-equiv" in known]
        parts = [part.split() for part in (found or "").split(";")]
        return {part[0]: part[1:] for part in parts}

    def rows(self, caption: str) -> list[list[str]]:
        """Rows of a table, without its head."""
        return self.tables[caption][1:]

    def row(self, caption: str, *first: str) -> list[str]:
        """The one row that begins so."""
        (found,) = [row for row in self.rows(caption) if row[: len(first)] == list(first)]
        return found
