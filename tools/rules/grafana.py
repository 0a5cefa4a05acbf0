"""The same alerts, evaluated by Grafana itself: its provisioning form, version 1."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tools.rules.behaviour import RAISED_BY, RATE
from tools.rules.model import Alert, Group
from tools.rules.panels import Panels

FOLDER = "otel-audit"
_RECORDS = {record.name: record.expr for record in (RATE, RAISED_BY)}
_STEP = "5m"
"""Resolution of the subqueries that stand for recorded series: as long as Prometheus takes a last sample for the value,
so that nothing falls between two steps."""
_LOOK_BACK_S = 600
_EXPRESSION = "__expr__"

Annotations = Callable[[Alert], Mapping[str, str]]


def provisioning(groups: Sequence[Group], source: str, panels: Panels, annotations: Annotations) -> dict[str, Any]:
    """A file for Grafana's provisioning/alerting.

    Args:
        groups: of rules; recording rules are not provisioned, their expressions become subqueries.
        source: uid of the data source, which is also its type: `prometheus` or `loki`.
        panels: ids of the dashboards' panels.
        annotations: of an alert, as Prometheus has them.
    """
    return {
        "apiVersion": 1,
        "groups": [
            {
                "orgId": 1,
                "name": group.name,
                "folder": FOLDER,
                "interval": group.interval,
                "rules": [_rule(alert, source, panels, annotations(alert)) for alert in group.alerts],
            }
            for group in groups
        ],
    }


def inlined(expr: str) -> str:
    """An expression without recorded series: each becomes what it records, over time a subquery."""
    for name, recorded in _RECORDS.items():
        expr = re.sub(rf"{name}\[(\w+)\]", rf"({recorded})[\1:{_STEP}]", expr)
        expr = expr.replace(name, f"({recorded})")
    return expr


def _rule(alert: Alert, source: str, panels: Panels, annotations: Mapping[str, str]) -> dict[str, Any]:
    # Grafana's $value is a text of all queries; the number is in $values, by the query's letter.
    texts = {key: text.replace("$value ", "$values.A.Value ") for key, text in annotations.items()}
    panel = panels.id(alert.dashboard, alert.panel)
    return {
        "uid": alert.uid,
        "title": alert.name,
        "condition": "B",
        "data": [_query(alert, source), _threshold()],
        "dashboardUid": alert.dashboard,
        "panelId": panel,
        # A query that returns nothing is the good case: every series it returns is an alert.
        "noDataState": "OK",
        "execErrState": "Error",
        "for": alert.hold,
        "annotations": {**texts, "__dashboardUid__": alert.dashboard, "__panelId__": str(panel)},
        "labels": {"severity": alert.severity},
        "isPaused": False,
    }


def _query(alert: Alert, source: str) -> dict[str, Any]:
    model: dict[str, Any] = {"refId": "A", "datasource": {"type": source, "uid": source}, "expr": inlined(alert.expr)}
    model |= {"queryType": "instant"} if source == "loki" else {"instant": True, "range": False}
    query: dict[str, Any] = {"refId": "A", "relativeTimeRange": {"from": _LOOK_BACK_S, "to": 0}}
    if source == "loki":
        query["queryType"] = "instant"
    return query | {"datasourceUid": source, "model": model}


def _threshold() -> dict[str, Any]:
    return {
        "refId": "B",
        "relativeTimeRange": {"from": 0, "to": 0},
        "datasourceUid": _EXPRESSION,
        "model": {
            "refId": "B",
            "type": "threshold",
            "datasource": {"type": _EXPRESSION, "uid": _EXPRESSION},
            "expression": "A",
            "conditions": [{"evaluator": {"type": "gt", "params": [0]}}],
        },
    }
