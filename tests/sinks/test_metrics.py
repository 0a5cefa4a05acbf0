"""The counter is the core's, exact, whenever it is read."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from otel_audit.events import generic
from otel_audit.exemplars import Exemplars
from otel_audit.model import Event, Rule
from otel_audit.scope import NAME, VERSION
from otel_audit.semconv import SCHEMA_URL
from otel_audit.sinks.metrics import MetricsSink
from tests.sinks.fakes import NAMES, FakeCore, chain

OPEN, APP = NAMES.index("open"), NAMES.index("app.e")


def counts(event_id: int, seen: int) -> tuple[int, tuple[int, ...]]:
    return event_id, (seen, 1, 2, 3, 4, 5, 6)


def scopes(reader: InMemoryMetricReader) -> list[Any]:
    data = reader.get_metrics_data()
    return [] if data is None else [each for resource in data.resource_metrics for each in resource.scope_metrics]


def points(reader: InMemoryMetricReader) -> dict[tuple[Any, ...], float]:
    return {
        tuple(point.attributes.values()): point.value
        for scope in scopes(reader)
        for metric in scope.metrics
        if metric.name == "python.audit.events"
        for point in metric.data.data_points
    }


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Any:
    found = InMemoryMetricReader()
    provider = MeterProvider([found], shutdown_on_exit=False)
    monkeypatch.setattr(metrics, "get_meter_provider", lambda: provider)
    yield found
    provider.shutdown()


def test_the_counter_is_what_was_seen(reader: InMemoryMetricReader) -> None:
    core = FakeCore()
    sink = MetricsSink(core, chain(core), lambda meter: None, Exemplars())
    core.counts = [counts(OPEN, 7), counts(APP, 5), counts(99, 1)]
    assert points(reader) == {
        ("open", "filesystem"): 7,
        ("app.e", "custom"): 5,
        ("app.unknown99", "custom"): 1,
    }
    core.counts = [counts(OPEN, 1 << 53)]
    assert points(reader)[("open", "filesystem")] == 1 << 53
    assert sink.reason() is None


def test_ids_of_one_name_are_one_series(reader: InMemoryMetricReader) -> None:
    core = FakeCore()
    core.event_name = lambda event_id: "app.e"  # type: ignore[method-assign]
    sink = MetricsSink(core, chain(core), lambda meter: None, Exemplars())
    core.counts = [counts(APP, 5), counts(98, 2), counts(99, 1)]
    assert points(reader) == {("app.e", "custom"): 8}
    assert sink.reason() is None


def test_the_series_of_a_name_has_the_group_of_its_newest_row(
    reader: InMemoryMetricReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    core = FakeCore()
    core.counts = [counts(APP, 5), counts(98, 2)]
    named = chain(core)
    known = {APP: ("app.e", generic("app.e")), 98: ("app.e", Event("app.e", "orders"))}
    monkeypatch.setattr(named, "event", lambda event_id: (*known[event_id], "info", Rule()))
    sink = MetricsSink(core, named, lambda meter: None, Exemplars())
    assert points(reader) == {("app.e", "orders"): 7}
    assert sink.reason() is None


def test_name_unit_and_scope(reader: InMemoryMetricReader) -> None:
    core = FakeCore()
    core.counts = [counts(OPEN, 7)]
    sink = MetricsSink(core, chain(core), lambda meter: None, Exemplars())
    (scope,) = scopes(reader)
    (metric,) = scope.metrics
    assert (metric.name, metric.unit, metric.data.is_monotonic) == ("python.audit.events", "{event}", True)
    assert (scope.scope.name, scope.scope.version, scope.scope.schema_url) == (NAME, VERSION, SCHEMA_URL)
    (point,) = metric.data.data_points
    assert dict(point.attributes) == {"python.audit.event": "open", "python.audit.group": "filesystem"}
    assert sink.reason() is None


def test_instruments_are_registered_once_per_provider(reader: InMemoryMetricReader) -> None:
    core, registered = FakeCore(), list[Any]()
    sink = MetricsSink(core, chain(core), registered.append, Exemplars())
    for _ in range(3):
        sink.refresh()
    assert len(registered) == 1


def test_a_provider_set_later_is_picked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    core, registered = FakeCore(), list[Any]()
    core.counts = [counts(OPEN, 3)]
    sink = MetricsSink(core, chain(core), registered.append, Exemplars())
    assert sink.reason() == "no meter provider is configured"
    assert registered == []
    late = InMemoryMetricReader()
    provider = MeterProvider([late], shutdown_on_exit=False)
    monkeypatch.setattr(metrics, "get_meter_provider", lambda: provider)
    sink.refresh()
    assert points(late) == {("open", "filesystem"): 3}
    provider.shutdown()


def test_a_provider_without_readers_is_no_pipeline(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = MeterProvider(shutdown_on_exit=False)
    monkeypatch.setattr(metrics, "get_meter_provider", lambda: provider)
    sink = MetricsSink(FakeCore(), chain(), lambda meter: None, Exemplars())
    assert sink.reason() == "the meter provider has no reader"
    provider.shutdown()
