"""What the trace and log store got, from its JSON API."""

from __future__ import annotations

from typing import Any, NamedTuple

from tools.backends import Stack


class Span(NamedTuple):
    """One span.

    Args:
        trace_id: lowercase hex.
        span_id: lowercase hex.
        name: of the span.
        events: names of its events, in order.
    """

    trace_id: str
    span_id: str
    name: str
    events: list[str]


class Log(NamedTuple):
    """One log record.

    Args:
        instance: of the process that wrote it.
        trace_id: lowercase hex; empty outside traces.
        event: its event name.
        message: its body.
        severity: number.
    """

    instance: str
    trace_id: str
    event: str
    message: str
    severity: int


def spans(backends: Stack) -> list[Span]:
    """All spans that are stored."""
    return [
        Span(span["traceId"], span["spanId"], span["name"], [event["name"] for event in span.get("events", ())])
        for resource in _all(backends, "traces")["resourceSpans"]
        for scope in resource["scopeSpans"]
        for span in scope["spans"]
    ]


def logs(backends: Stack) -> list[Log]:
    """All log records that are stored."""
    return [
        Log(
            _instance(resource["resource"]),
            record.get("traceId", ""),
            record.get("eventName", ""),
            record["body"]["stringValue"],
            int(record["severityNumber"]),
        )
        for resource in _all(backends, "logs")["resourceLogs"]
        for scope in resource["scopeLogs"]
        for record in scope["logRecords"]
    ]


def _instance(resource: dict[str, Any]) -> str:
    attributes: dict[str, str] = {row["key"]: row["value"]["stringValue"] for row in resource["attributes"]}
    return attributes["service.instance.id"]


def _all(backends: Stack, kind: str) -> dict[str, Any]:
    answer = backends.telemetry(kind, limit=100_000)
    assert answer["returnedCount"] == answer["totalCount"]
    data: dict[str, Any] = answer["data"]
    return data
