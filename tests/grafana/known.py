"""Every name that a query may use, from the code that publishes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from otel_audit import bridge_health, events, semconv
from otel_audit.bridge_health import Health, Status
from otel_audit.cli.event_facts import facts
from otel_audit.processors import INTERPRETER
from otel_audit.sinks.blocking import Blocking

_UNITS = {"By": "_bytes", "s": "_seconds", "ns": "_nanoseconds"}
"""Prometheus' words; a unit in braces disappears."""

RESOURCE = {
    "deployment.environment.name",
    "process.runtime.version",
    "service.instance.id",
    "service.name",
    "service.version",
    "telemetry.sdk.version",
}
"""Resource attributes that the SDK, its detectors or a user set."""

RECORD = {"trace.id", "span.id", "severity.text"}
"""Fields of a log record that Loki keeps under these names, underscores for dots."""

_HEALTH = Health(
    Status("armed"),
    outcomes={"kept": 1, "sampled_out": 1, "rate_limited": 1, "merged": 1, "counted": 1, "dropped": 1},
    dropped={"no_memory": 1},
    destinations={"logs": {"kept": 1, "delivered": 1, "queue_full": 1}},
    queue={"size": 1, "capacity": 1, "spans": 1},
    hook={"time_ns": 1, "timed": 1},
)


def underscored(name: str) -> str:
    return name.replace(".", "_")


def metrics() -> dict[str, set[str]]:
    """Label names by metric name, as Prometheus spells both."""
    reader = InMemoryMetricReader()
    provider = MeterProvider(metric_readers=[reader])
    meter = provider.get_meter("test")
    bridge_health.register_status(meter, lambda: _HEALTH.status)
    bridge_health.register(meter, lambda: _HEALTH)
    data: Any = reader.get_metrics_data()
    provider.shutdown()
    found = {_prometheus(metric): _labels(metric) for metric in _each(data)}
    found["python_audit_events_total"] = {underscored(semconv.AUDIT_EVENT), underscored(semconv.AUDIT_GROUP)}
    found["python_audit_event_loop_blocking_total"] = {
        underscored(key) for key in Blocking("open", "app.py", "main").attributes()
    }
    found["target_info"] = {underscored(name) for name in RESOURCE}
    return found


def _each(data: Any) -> Iterator[Any]:
    for resource in data.resource_metrics:
        for scope in resource.scope_metrics:
            yield from scope.metrics


def _prometheus(metric: Any) -> str:
    total = "_total" if getattr(metric.data, "is_monotonic", False) else ""
    return underscored(metric.name) + _UNITS.get(metric.unit or "", "") + total


def _labels(metric: Any) -> set[str]:
    return {underscored(key) for point in metric.data.data_points for key in point.attributes}


def attributes() -> set[str]:
    """Labels and structured metadata of a record in Loki."""
    keys = RESOURCE | RECORD | {"python.audit.bridge.state", INTERPRETER, *event_attributes(*events.CATALOGUE)}
    return {underscored(key) for key in keys | set(own())}


def own() -> Iterator[str]:
    """Attributes of every record, of those of a request, and of those that say where they came from."""
    yield from (semconv.CODE_FILE_PATH, semconv.CODE_FUNCTION_NAME, semconv.CODE_LINE_NUMBER)
    yield from (semconv.AUDIT_ON_EVENT_LOOP, semconv.AUDIT_TASK)
    yield from (semconv.AUDIT_EVENT, semconv.AUDIT_GROUP, semconv.AUDIT_ARGS, semconv.AUDIT_SAMPLER)
    yield from (semconv.AUDIT_COUNT, semconv.THREAD_ID, semconv.THREAD_NAME, semconv.HTTP_ROUTE)


def event_attributes(*names: str) -> set[str]:
    """Attribute keys of some events' own arguments."""
    return {key for name in names for key in facts(name).keys}
