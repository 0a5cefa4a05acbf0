"""A past, sent over OTLP with its own timestamps: what a process counted an hour ago and a week ago."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tools.backends import Stack, until

MINUTE, HOUR, WEEK = 60, 3600, 7 * 24 * 3600
INSTANCE = "shop-0"
"""Of the shop, stopped long ago."""


@dataclass(frozen=True)
class Past:
    """How often `subprocess.Popen` happened in the shop before.

    Args:
        recent: in the last hour, long before the run.
        hour: in the hour before that.
        week: in the same hour a week ago.
    """

    recent: int
    hour: int
    week: int


def send(backends: Stack, now: float) -> Past:
    """Send it, and wait until Prometheus has it.

    Args:
        backends: take it over OTLP/HTTP.
        now: Unix time in seconds.
    """
    past = Past(recent=400, hour=120, week=300)
    points = [
        *_points(now - WEEK - 50 * MINUTE, 0, past.week),
        *_points(now - 110 * MINUTE, 0, past.hour),  # it began again from zero
        *_points(now - 50 * MINUTE, past.hour, past.recent),
    ]
    for point in points:  # one by one: of several in a request a writer may take the last
        _post(f"{backends.otlp_http}/v1/metrics", _request(point))
    kept = f'count_over_time(python_audit_events_total{{instance="{INSTANCE}"}}[8d])'
    until(lambda: _value(backends, kept) == len(points), "the past has arrived")
    return past


def _value(backends: Stack, promql: str) -> float:
    return sum(float(row["value"][1]) for row in backends.query(promql))


def _points(start: float, before: int, more: int) -> Iterator[dict[str, Any]]:
    """A counter over 40 minutes, one value per minute: what it was before, and so many more in the end."""
    minutes = 40
    for minute in range(minutes + 1):
        yield {
            "startTimeUnixNano": str(int(start * 1e9)),
            "timeUnixNano": str(int((start + minute * MINUTE) * 1e9)),
            "asInt": str(before + more * minute // minutes),
            "attributes": _attributes({"python.audit.event": "subprocess.Popen", "python.audit.group": "process"}),
        }


def _request(point: dict[str, Any]) -> dict[str, Any]:
    resource = {"service.name": "shop", "service.instance.id": INSTANCE}
    cumulative = {"aggregationTemporality": 2, "isMonotonic": True, "dataPoints": [point]}
    metric = {"name": "python.audit.events", "unit": "{event}", "sum": cumulative}
    scope = {"scope": {"name": "otel_audit"}, "metrics": [metric]}
    return {"resourceMetrics": [{"resource": {"attributes": _attributes(resource)}, "scopeMetrics": [scope]}]}


def _attributes(values: dict[str, str]) -> list[dict[str, Any]]:
    return [{"key": name, "value": {"stringValue": value}} for name, value in values.items()]


def _post(url: str, body: dict[str, Any]) -> None:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
        assert answer.status == 200
