"""Configuration of Prometheus, Alertmanager and the collector, as data; written as JSON, which YAML contains."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Naming = Literal["remote_write", "scrape"]


def write(file: Path, config: dict[str, Any]) -> Path:
    """The file, written."""
    file.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    return file


def prometheus(
    scrape: str, evaluate: str, rules: Sequence[Path] = (), alertmanager: str | None = None, scraped: str | None = None
) -> dict[str, Any]:
    """Prometheus' configuration.

    Args:
        scrape: time between two scrapes, for example `1s`.
        evaluate: time between two evaluations of the rules.
        rules: files of rules.
        alertmanager: host and port.
        scraped: host and port of the collector's exporter.
    """
    config: dict[str, Any] = {
        "global": {"scrape_interval": scrape, "scrape_timeout": scrape, "evaluation_interval": evaluate},
        "rule_files": [str(file) for file in rules],
        # Samples of last week are taken too: a test of "more than a week ago" sends its past first.
        "storage": {"tsdb": {"out_of_order_time_window": "10d"}},
    }
    if alertmanager:
        config["alerting"] = {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]}
    if scraped:
        # The exporter sets `job` and `instance` from the resource: those of the service, not of the collector.
        job = {"job_name": "collector", "honor_labels": True, "static_configs": [{"targets": [scraped]}]}
        config["scrape_configs"] = [job]
    return config


def alertmanager(webhook: str | None) -> dict[str, Any]:
    """Alertmanager's configuration: every alert goes to the webhook at once, resolved ones too.

    Args:
        webhook: URL that takes the JSON of a notification; None keeps the alerts where they are.
    """
    receiver: dict[str, Any] = {"name": "webhook"}
    if webhook:
        receiver["webhook_configs"] = [{"url": webhook, "send_resolved": True}]
    route = {"receiver": "webhook", "group_by": ["..."], "group_wait": "0s", "group_interval": "1s"}
    return {"route": {**route, "repeat_interval": "1h"}, "receivers": [receiver]}


@dataclass(frozen=True)
class Pipelines:
    """Where the collector listens and where it sends; host and port each."""

    grpc: str
    """Receives OTLP over gRPC."""
    http: str
    """Receives OTLP over HTTP."""
    health: str
    """Of the health check."""
    prometheus: str
    """Takes remote writes, unless `exported`."""
    exported: str | None = None
    """To be scraped on, in OpenMetrics, which has the exemplars."""
    aspire: str | None = None
    """Takes all signals over gRPC."""


def collector(to: Pipelines) -> dict[str, Any]:
    """The collector's configuration."""
    metrics = (
        {"prometheus": _exporter(to.exported)} if to.exported else {"prometheusremotewrite": _writer(to.prometheus)}
    )
    every = {"otlp_grpc/aspire": _sender(to.aspire)} if to.aspire else {"debug": {}}
    common = {"receivers": ["otlp"], "processors": ["batch"]}
    return {
        "extensions": {"health_check": {"endpoint": to.health}},
        "receivers": {"otlp": {"protocols": {"grpc": {"endpoint": to.grpc}, "http": {"endpoint": to.http}}}},
        "processors": {"batch": {"timeout": "100ms"}},
        "exporters": {**metrics, **every},
        "service": {
            "extensions": ["health_check"],
            "telemetry": {"metrics": {"level": "none"}},  # no port for its own metrics
            "pipelines": {
                "metrics": {**common, "exporters": [*metrics, *every]},
                "traces": {**common, "exporters": [*every]},
                "logs": {**common, "exporters": [*every]},
            },
        },
    }


def _exporter(endpoint: str) -> dict[str, Any]:
    return {"endpoint": endpoint, "enable_open_metrics": True, "metric_expiration": "1h"}


def _writer(prometheus: str) -> dict[str, Any]:
    target = {"endpoint": f"http://{prometheus}/api/v1/write", "tls": {"insecure": True}}
    return {**target, "target_info": {"enabled": True}, "remote_write_queue": {"num_consumers": 1}}


def _sender(endpoint: str) -> dict[str, Any]:
    return {"endpoint": endpoint, "tls": {"insecure": True}}
