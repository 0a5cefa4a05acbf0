"""Rules as files: Prometheus' form, which Loki's ruler shares, and Grafana's provisioning form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from tools.rules import behaviour, bridge, logs
from tools.rules.grafana import provisioning
from tools.rules.model import Alert, Group
from tools.rules.panels import Panels

METRIC_GROUPS, LOG_GROUPS = (*bridge.GROUPS, *behaviour.GROUPS), logs.GROUPS
RUNBOOKS = "docs/runbooks/"
_MADE = "# Made by python -m tools.rules; edit the rows in tools/rules instead.\n"
_LOKI = """# For Loki's ruler: Prometheus' form with LogQL. Not run by the tests of this project: parsed only.
# The list of expected ports in OtelAuditUnexpectedListener is yours to edit.
"""
_GRAFANA = """# Grafana-managed copies of {source}: use one or the other, not both.
"""

_SERVICE = {
    "$labels.job": "{{ $labels.job | urlquery }}",
    "$labels.service_name": "{{ with $labels.service_namespace }}{{ . | urlquery }}%2F{{ end }}"
    "{{ $labels.service_name | urlquery }}",
}
_INSTANCE = ("$labels.instance", "$labels.service_instance_id")
"""What the dashboards' variables are set to, if the alert has it; `service` is the job: namespace, slash, name."""


def files(panels: Panels, runbooks: str = RUNBOOKS) -> dict[str, str]:
    """Text of every file, by its path below grafana/files.

    Args:
        panels: ids of the dashboards' panels.
        runbooks: what stands before the name of a page in `runbook_url`.
    """
    metrics, loki = "rules/prometheus.yaml", "rules/loki.yaml"
    return {
        metrics: _MADE + _text(ruler(METRIC_GROUPS, runbooks)),
        loki: _MADE + _LOKI + _text(ruler(LOG_GROUPS, runbooks)),
        "provisioning/alerting/otel-audit-metrics.yaml": _MADE
        + _GRAFANA.format(source=metrics)
        + _text(provisioning(METRIC_GROUPS, "prometheus", panels, lambda alert: said(alert, runbooks))),
        "provisioning/alerting/otel-audit-logs.yaml": _MADE
        + _GRAFANA.format(source=loki)
        + _text(provisioning(LOG_GROUPS, "loki", panels, lambda alert: said(alert, runbooks))),
    }


def ruler(groups: Sequence[Group], runbooks: str) -> dict[str, Any]:
    """A rule file of Prometheus, or of Loki's ruler."""
    return {
        "groups": [
            {"name": group.name, "interval": group.interval, "rules": [*_rules(group, runbooks)]} for group in groups
        ]
    }


def _rules(group: Group, runbooks: str) -> Iterator[dict[str, Any]]:
    for record in group.records:
        yield {"record": record.name, "expr": record.expr}
    for alert in group.alerts:
        yield {
            "alert": alert.name,
            "expr": alert.expr,
            "for": alert.hold,
            "labels": {"severity": alert.severity},
            "annotations": {**said(alert, runbooks), "dashboard_uid": alert.dashboard},
        }


def said(alert: Alert, runbooks: str) -> dict[str, str]:
    """What every form carries: what happened, what to do, where to look (a path below Grafana's address)."""
    (service,) = (value for label, value in _SERVICE.items() if label in alert.summary)
    instance = "".join(
        f"{{{{ with {label} }}}}&var-instance={{{{ . | urlquery }}}}{{{{ end }}}}"
        for label in _INSTANCE
        if label in alert.summary
    )
    return {
        "summary": alert.summary,
        "description": alert.description,
        "runbook_url": f"{runbooks}{alert.name}.md",
        "dashboard": f"/d/{alert.dashboard}?var-service={service}{instance}",
    }


class _Dumper(yaml.SafeDumper):
    """Queries as blocks, one line as one line; lists indented, as people write them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _string(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)


_Dumper.add_representer(str, _string)


def _text(document: Mapping[str, Any]) -> str:
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=10_000, allow_unicode=True)
