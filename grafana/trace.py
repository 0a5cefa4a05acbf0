"""Trace companion: one trace, its audit records in order, and its spans beside them."""

from __future__ import annotations

from grafana_foundation_sdk.builders.dashboard import TextBoxVariable
from grafana_foundation_sdk.models.dashboard import Dashboard

from grafana import hints, links, logql
from grafana.frame import Row, framed
from grafana.panels import VALUE, Column, PanelBuilder, Text, number, rows, waterfall
from grafana.targets import log_count, log_lines, search
from grafana.variables import CHOICES, shared

_PASTE = "Paste a trace id (32 hexadecimal digits) into the box above, or choose a trace at the bottom."
_EMPTY = (
    f"{_PASTE} No record of it in this time range: widen it; the trace may have raised no selected event, or the signal"
    " logs is off (OTEL_PYTHON_AUDIT_SIGNALS)."
)
_IN_TRACE = (f'{logql.TRACE}!=""', f'{logql.TRACE}="$trace_id"')
"""Without an id nothing is asked for: an empty one would be every record outside traces."""

_ANYWHERE = '{service_name=~".+"}'
"""A trace crosses services; its id alone decides."""


def records(*filters: str) -> str:
    """Records of the trace, of whichever service."""
    return " | ".join((_ANYWHERE, *_IN_TRACE, f'{logql.GROUP}!=""', *filters))


def _number(title: str, description: str, *filters: str, warning: bool = False) -> PanelBuilder:
    return number(
        Text(title, description, "none"),
        log_count(logql.count(of=records(*filters))),
        steps=((None, "text"), (1, "orange")) if warning else ((None, "text"),),
        links=[links.logs(records(*filters)), links.traces("${trace_id}", "The trace in Explore")],
    )


def _strip() -> list[PanelBuilder]:
    return [
        _number("Audit records", "Records of this trace. A merged one stands for several events (python.audit.count)."),
        _number(
            "Security records", "Severity WARN: events of the selector security.", 'severity_text="WARN"', warning=True
        ),
        _number("Programs started", "Records of the group process.", 'python_audit_group="process"'),
        _number(
            "Connections", "Records of the groups network, web and mail.", 'python_audit_group=~"network|web|mail"'
        ),
        _number("Files", "Records of the group filesystem.", 'python_audit_group="filesystem"'),
        _number("Database", "Records of the group database.", 'python_audit_group="database"'),
    ]


def _in_order() -> PanelBuilder:
    names = ("service_name", "span_id", "severity_text", "python_audit_group", "python_audit_event", "thread_name")
    fields = {"source": "labels", "format": "json", "replace": False, "keepTime": True}
    span = f'{{ span:id = "{links.cell("span_id")}" }}'
    return rows(
        Text(
            "Audit records in order",
            "What the request did, oldest first, across services. The span is the one that was current at that moment.",
            _EMPTY,
        ),
        log_lines(records(), limit=1000, oldest_first=True),
        columns=[
            Column("Time", "Time", "dateTimeAsLocal", 190),
            Column("Line", "What happened"),
            Column(names[0], "Service", width=130),
            Column(
                names[2], "Severity", width=90, colors=(("WARN", "orange"), ("INFO", "blue"), ("DEBUG", "dark-blue"))
            ),
            Column(names[3], "Group", width=120),
            Column(names[4], "Event", width=170),
            Column(names[1], "Span", width=160, links=[links.traces(span, "This span")]),
            Column(names[5], "Thread", width=150),
        ],
        links=[links.logs(f"{records()} | span_id=`{links.cell('span_id')}`", "Records of this span")],
        width=24,
        height=14,
        sort="Time",
        ascending=True,
        before=[
            ("extractFields", fields),
            ("filterFieldsByName", {"include": {"names": ["Time", "timestamp", "Line", "body", *names]}}),
        ],
    )


def _recent() -> PanelBuilder:
    return rows(
        Text("Traces with audit events", "The newest in this range; a click shows the trace here.", hints.NO_TRACES),
        search('{ event:name =~ "python[.]audit[.].+" }', limit=50),
        columns=[
            Column("traceID", "Trace", links=[links.trace("${__value.raw}")]),
            Column("startTime", "Start", "dateTimeAsLocal", 180),
            Column("traceService", "Service", width=180),
            Column("traceName", "Root span"),
            Column("traceDuration", "Duration", "ms", 110),
        ],
        width=24,
        sort="Start",
    )


def _by_span() -> PanelBuilder:
    return rows(
        Text("By span and event", "Which span did how much of what.", _EMPTY),
        log_count(logql.count("service_name", "span_id", "http_route", "python_audit_event", of=records())),
        columns=[
            Column("service_name", "Service", width=200),
            Column("span_id", "Span", width=180),
            Column("http_route", "Route", width=200),
            Column("python_audit_event", "Event"),
            Column(VALUE, "Records", "short", 100),
        ],
        links=[
            links.logs(
                f"{records()} | span_id=`{links.cell('span_id')}`"
                f" | python_audit_event=`{links.cell('python_audit_event')}`"
            ),
            links.traces("${trace_id}", "The trace in Explore"),
        ],
        width=24,
        height=7,
    )


def dashboard() -> Dashboard:
    """otel-audit / Trace companion."""
    trace_id = (
        TextBoxVariable("trace_id")
        .label("Trace id")
        .description("32 hexadecimal digits, as logs and traces show them.")
        .default_value("")
    )
    spans = waterfall(
        Text("Spans", "The trace; a span's events begin with python.audit.", f"{_PASTE} Or Tempo does not have it."),
        search("${trace_id}"),
    )
    return framed(
        links.TRACE,
        "Trace companion",
        "Paste a trace id: what that request did, in order, beside its spans.",
        [*shared(unused=CHOICES), trace_id],
        [
            Row("", _strip()),
            Row("Records", [_in_order()]),
            Row("Spans", [spans]),
            Row("Which span did what", [_by_span()]),
            Row("Other traces", [_recent()]),
        ],
        since="now-24h",
    )
