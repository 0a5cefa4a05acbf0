"""What a rule is, whoever evaluates it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Severity = Literal["critical", "warning", "info"]

BRIDGE, SERVICE, FLEET, SECURITY = (f"otel-audit-{name}" for name in ("bridge", "service", "fleet", "security"))
"""Identifiers (uid) of the dashboards that alerts lead to."""


@dataclass(frozen=True)
class Record:
    """A recording rule: history that alerts compare with.

    Args:
        name: of the series.
        expr: PromQL.
    """

    name: str
    expr: str


@dataclass(frozen=True)
class Alert:
    """An alerting rule.

    Args:
        name: of the alert, and of its page in docs/runbooks.
        severity: `critical` wakes somebody, `warning` is looked at in working hours, `info` is read by who looks.
        hold: how long the expression must hold before the alert fires; a Prometheus duration.
        expr: PromQL or LogQL. Every series it returns is an alert, and its value is above zero.
        summary: one line; a template over `$labels` and `$value`.
        description: what happened and what it means; a template too.
        dashboard: uid of the dashboard to look at.
        panel: title of the panel to look at.
    """

    name: str
    severity: Severity
    hold: str
    expr: str
    summary: str
    description: str
    dashboard: str
    panel: str

    @property
    def uid(self) -> str:
        """Identifier of the Grafana-managed rule: the name with hyphens."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", self.name).lower()


@dataclass(frozen=True)
class Group:
    """Rules that are evaluated together.

    Args:
        name: of the group.
        interval: between two evaluations; a Prometheus duration.
        alerts: alerting rules.
        records: recording rules, evaluated first.
    """

    name: str
    interval: str
    alerts: tuple[Alert, ...]
    records: tuple[Record, ...] = ()
