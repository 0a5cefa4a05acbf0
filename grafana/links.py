"""Ways out of a panel: to the logs and traces behind a value, and to the other dashboards."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

from grafana_foundation_sdk.builders.dashboard import DashboardLink

from grafana import logql

TAG = "otel-audit"
FLEET, SERVICE, TRACE = "otel-audit-fleet", "otel-audit-service", "otel-audit-trace"
SECURITY, BRIDGE = "otel-audit-security", "otel-audit-bridge"

_TOKEN = re.compile(r"(\$\{[^}]+\})")
_PLAIN = re.compile(r"\$(\w+)")
"""Variables without braces: Explore has no variables, so each must be filled in with the link."""
_KEPT = ("ds_prometheus", "ds_loki", "ds_tempo", "environment", "service", "group", "export_interval")
_RANGE = {"from": "${__from}", "to": "${__to}"}


def field(label: str) -> str:
    """A label of the series that was clicked, encoded for a URL."""
    return f"${{__field.labels.{label}:percentencode}}"


def cell(column: str) -> str:
    """A column of the table row that was clicked, encoded for a URL."""
    return f"${{__data.fields.{column}:percentencode}}"


def link(title: str, url: str) -> DashboardLink:
    """A data link, opened beside the dashboard."""
    return DashboardLink(title).url(url).target_blank(True)


def logs(expression: str, title: str = "Logs behind it") -> DashboardLink:
    """Explore on Loki. Values of the click stand in backticks: no escaping inside JSON, inside LogQL, inside a URL."""
    return link(title, _explore("loki", {"expr": expression, "queryType": "range"}))


def traces(expression: str, title: str = "Traces behind it") -> DashboardLink:
    """Explore on Tempo, by a TraceQL search or by a bare trace id."""
    return link(title, _explore("tempo", {"query": expression, "queryType": "traceql"}))


def records(*filters: str, title: str = "Logs behind it") -> DashboardLink:
    """Explore on Loki, at the records of the dashboard's selection that pass some filters."""
    return logs(logql.records(*filters), title)


def dashboard(uid: str, title: str, **values: str) -> DashboardLink:
    """Another dashboard in the same time range: some variables set, the others kept."""
    kept = [f"${{{name}:queryparam}}" for name in _KEPT if name not in values]
    given = [f"var-{name}={value}" for name, value in values.items()]
    return link(title, f"/d/{uid}?{'&'.join(['${__url_time_range}', *kept, *given])}")


def trace(trace_id: str) -> DashboardLink:
    """The trace companion."""
    return dashboard(TRACE, "Audit records of this trace", trace_id=trace_id)


def _explore(kind: str, query: dict[str, str]) -> str:
    source = f"${{ds_{kind}}}"
    filled = {key: _PLAIN.sub(r"${\1:pipe}", text) for key, text in query.items()}
    queries = [{"refId": "A", "datasource": {"type": kind, "uid": source}, **filled}]
    panes = json.dumps({"audit": {"datasource": source, "queries": queries, "range": _RANGE}})
    pieces = _TOKEN.split(panes)
    encoded = [piece if _TOKEN.fullmatch(piece) else quote(piece, safe="") for piece in pieces]
    return f"/explore?schemaVersion=1&panes={''.join(encoded)}"
