"""Puts the page together: one file, no request to anywhere, no script but its own."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from datetime import datetime, timezone
from importlib.resources import files
from string import Template
from typing import Any

from otel_audit.report import accounts, sections
from otel_audit.report.collect import Report
from otel_audit.report.facts import Facts
from otel_audit.report.markup import Markup, element, join, text
from otel_audit.report.spans import UNKNOWN
from otel_audit.scope import VERSION
from otel_audit.visible import visible, visible_json

_SCRIPTS = ("theme.js", "model.js", "lanes.js", "timeline.js", "charts.js", "records.js", "start.js")


def render(report: Report, facts: Facts, plotly: str) -> str:
    """The whole page.

    Args:
        report: what was collected; asked once.
        facts: the frame.
        plotly: plotly's script.
    """
    script = "".join(_asset(name) for name in _SCRIPTS)
    script = f'"use strict";\n(() => {{\n{script}}})();\n'
    names = _Names(facts)
    return Template(_asset("page.html")).substitute(
        policy=text(_policy(script, plotly)),
        title=text(f"otel-audit: {facts.command}"),
        style=_asset("page.css"),
        head=_head(report, facts),
        events=accounts.by_event(facts.events),
        sampling=accounts.notes_on_sampling(facts),
        sections=join(
            sections.render(section, report.tables, facts, _Moment(report.start_ns), names)
            for section in sections.SECTIONS
        ),
        accounting=accounts.accounting(report, facts),
        version=text(VERSION),
        data=data(report, facts, names),
        plotly=_packed(plotly),
        script=script,
    )


def _asset(name: str) -> str:
    return (files("otel_audit.report") / "assets" / name).read_text(encoding="utf-8")


def _policy(*scripts: str) -> str:
    """Content security policy: nothing is loaded or sent, and no script runs but these, by their hashes."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:; "
        "connect-src 'none'; base-uri 'none'; form-action 'none'"
    )


def _packed(script: str) -> str:
    """4.8 MB become 1.9; the browser unpacks them."""
    return base64.b64encode(gzip.compress(script.encode(), 6, mtime=0)).decode()


class _Names:
    """Names of spans did not come through the chain; each is redacted once."""

    def __init__(self, facts: Facts) -> None:
        self._redact = facts.redact
        self._known: dict[str, str] = {}

    def __call__(self, name: str) -> str:
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = visible(self._redact(name))
        return known


class _Moment:
    """Time since the start, in words."""

    def __init__(self, start_ns: int) -> None:
        self._start_ns = start_ns

    def __call__(self, time_ns: int) -> str:
        return duration(max(0, time_ns - self._start_ns))


def duration(ns: int) -> str:
    """`0.25 ms`, `120 ms`, `1.250 s`, `2 min 5 s`, `3 h 0 min`."""
    if ns < 1_000_000_000:
        return f"{ns / 1e6:.3g} ms"
    seconds = ns / 1e9
    if seconds < 60:
        return f"{seconds:.3f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60:,} h {minutes % 60} min"


def _head(report: Report, facts: Facts) -> Markup:
    status = facts.health.status
    start = datetime.fromtimestamp(report.start_ns / 1e9, timezone.utc)
    rows = (
        ("Started", f"{start:%Y-%m-%d %H:%M:%S} UTC"),
        ("Ran for", duration(facts.end_ns - report.start_ns)),
        ("Ended", facts.ending),
        ("Directory", facts.directory),
        ("Python", facts.python),
        ("Process", str(facts.process)),
        ("Bridge", f"otel-audit {VERSION}, {status.core} core"),
    )
    listed = (element("div", element("dt", name), element("dd", value)) for name, value in rows)
    return join(
        (
            element("p", facts.command, class_="command"),
            element("dl", *listed, class_="facts"),
            accounts.headline(report, facts),
        )
    )


def data(report: Report, facts: Facts, names: _Names) -> str:
    """What the page's script draws, as JSON that no HTML parser can leave: it holds no `<`."""
    rows = report.rows.kept()
    spans = [
        (
            f"{span.trace_id:032x}",
            f"{span.span_id:016x}",
            f"{span.parent_id:016x}" if span.parent_id else "",
            int(span.local_root),
            names(span.now()),
            span.start_ns - report.start_ns,
            None if span.end_ns is None else span.end_ns - report.start_ns,
        )
        for span in report.spans.kept()
    ]
    frame: dict[str, Any] = {
        "start_ms": report.start_ns / 1e6,
        "duration_ns": facts.end_ns - report.start_ns,
        "events": [(visible(name), group, *counts) for name, group, counts in facts.events],
        "activity": {"width_ns": report.activity.width_ns, "groups": report.activity.series()},
        "spans": spans,
        "requests": _requests(report, rows, names),
        "gap": report.rows.gap if report.rows.left_out else None,
        "left_out": report.rows.left_out,
    }
    written = json.dumps(frame, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    packed = visible_json(written.encode("utf-8", "surrogatepass")).decode()
    listed = ",\n".join(rows)
    return f'{packed[:-1]},\n"records":[\n{listed}\n]}}'.replace("<", "\\u003c")


def _requests(report: Report, rows: list[str], names: _Names) -> dict[str, str]:
    """Name of the root span for each trace with a record or a span here."""
    traces = {int(json.loads(row)[5] or "0", 16) for row in rows} | {span.trace_id for span in report.spans.kept()}
    found = ((trace, report.spans.name(trace)) for trace in sorted(traces - {0}))
    return {f"{trace:032x}": names(name) for trace, name in found if name != UNKNOWN}
