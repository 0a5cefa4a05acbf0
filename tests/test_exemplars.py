"""A data point leads to a sampled trace in which its event happened, and to no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from opentelemetry import context, metrics, trace
from opentelemetry.sdk.metrics import AlwaysOnExemplarFilter, MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, Sampler

from otel_audit.drain import Drain
from otel_audit.exemplars import Exemplars, Place
from otel_audit.sinks.metrics import MetricsSink
from otel_audit.sinks.span_events import SpanEvents
from tests.sinks.fakes import NAMES, SPAN, TRACE, FakeCore, FakeSink, chain, record

OPEN, APP, POPEN = NAMES.index("open"), NAMES.index("app.e"), NAMES.index("subprocess.Popen")
COUNTS = (9, 9, 0, 0, 0, 0, 0)


def exemplars_of(reader: InMemoryMetricReader) -> dict[str, list[tuple[int | None, int | None, float]]]:
    """(trace id, span id, value) of each exemplar, by the event of its point."""
    data = reader.get_metrics_data()
    assert data is not None
    return {
        str((point.attributes or {})["python.audit.event"]): [
            (each.trace_id, each.span_id, each.value) for each in point.exemplars
        ]
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
        if metric.name == "python.audit.events"
        for point in metric.data.data_points
    }


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """Registers the counter, with `open` and `app.e` seen, on a provider of its own."""
    providers = list[MeterProvider]()

    def register(exemplars: Exemplars, *readers: InMemoryMetricReader, **options: Any) -> MetricsSink:
        provider = MeterProvider(readers, shutdown_on_exit=False, **options)
        providers.append(provider)
        monkeypatch.setattr(metrics, "get_meter_provider", lambda: provider)
        core = FakeCore()
        core.counts = [(OPEN, COUNTS), (APP, COUNTS)]
        return MetricsSink(core, chain(core), lambda meter: None, exemplars)

    yield register
    for provider in providers:
        provider.shutdown()


def test_a_point_carries_the_last_sampled_span_of_its_event(registered: Callable[..., Any]) -> None:
    exemplars, reader = Exemplars(), InMemoryMetricReader()
    registered(exemplars, reader)
    exemplars.remember([APP], 11, 12, 1)
    exemplars.remember([APP], TRACE, SPAN, 3)
    assert exemplars_of(reader) == {"open": [], "app.e": [(TRACE, SPAN, 9)]}


def test_it_is_told_once_per_reader(registered: Callable[..., Any]) -> None:
    exemplars, one, two = Exemplars(), InMemoryMetricReader(), InMemoryMetricReader()
    registered(exemplars, one, two)
    exemplars.remember([APP], TRACE, SPAN, 1)
    told = [(TRACE, SPAN, 9)]
    assert [exemplars_of(reader)["app.e"] for reader in (one, two, one, two)] == [told, told, [], []]


def test_a_newer_place_is_told_to_every_reader_again(registered: Callable[..., Any]) -> None:
    exemplars, one, two = Exemplars(), InMemoryMetricReader(), InMemoryMetricReader()
    registered(exemplars, one, two)
    exemplars.remember([APP], TRACE, SPAN, 1)
    assert exemplars_of(one)["app.e"] == [(TRACE, SPAN, 9)]
    exemplars.remember([APP], 21, 22, 1)
    assert [exemplars_of(reader)["app.e"] for reader in (one, two, one)] == [[(21, 22, 9)], [(21, 22, 9)], []]


def test_a_span_is_told_once_however_often_it_is_remembered(registered: Callable[..., Any]) -> None:
    exemplars, reader = Exemplars(), InMemoryMetricReader()
    registered(exemplars, reader)
    exemplars.remember([APP], TRACE, SPAN, 1)
    assert exemplars_of(reader)["app.e"] == [(TRACE, SPAN, 9)]
    exemplars.remember([APP, OPEN], TRACE, SPAN, 1)
    assert exemplars_of(reader) == {"open": [(TRACE, SPAN, 9)], "app.e": []}


def test_an_unsampled_trace_is_no_exemplar() -> None:
    exemplars = Exemplars()
    exemplars.remember([APP], TRACE, SPAN, 0)
    exemplars.remember([APP], TRACE, SPAN, 2)
    exemplars.remember([APP], 0, 0, 1)
    assert exemplars.take(APP) is None


def test_an_unsampled_trace_takes_nothing_from_a_sampled_one() -> None:
    exemplars = Exemplars()
    exemplars.remember([APP], TRACE, SPAN, 1)
    exemplars.remember([APP], 31, 32, 0)
    assert exemplars.take(APP) == Place(TRACE, SPAN, 1, left=1)


def test_a_collection_inside_a_request_does_not_blame_that_request(registered: Callable[..., Any]) -> None:
    reader = InMemoryMetricReader()
    registered(Exemplars(), reader)
    here = trace.SpanContext(51, 52, is_remote=False, trace_flags=trace.TraceFlags(1))
    token = context.attach(trace.set_span_in_context(trace.NonRecordingSpan(here)))
    try:
        assert exemplars_of(reader) == {"open": [], "app.e": []}
    finally:
        context.detach(token)


def test_the_filter_always_on_gets_no_false_trace(registered: Callable[..., Any]) -> None:
    exemplars, reader = Exemplars(), InMemoryMetricReader()
    registered(exemplars, reader, exemplar_filter=AlwaysOnExemplarFilter())
    exemplars.remember([APP], TRACE, SPAN, 1)
    assert exemplars_of(reader) == {"open": [(None, None, 9)], "app.e": [(TRACE, SPAN, 9)]}


def test_a_forked_child_has_none_of_its_parents() -> None:
    exemplars = Exemplars()
    exemplars.remember([APP], TRACE, SPAN, 1)
    exemplars.after_fork_child()
    assert exemplars.take(APP) is None


class ForeignMeter:
    """Takes what the API documents of an observation, and knows nothing of contexts."""

    def __init__(self) -> None:
        self.observed: dict[str, float] = {}

    def create_observable_counter(self, name: str, callbacks: Sequence[Any], **_: Any) -> None:
        for callback in callbacks:
            for observation in callback(None):
                self.observed[str(observation.attributes["python.audit.event"])] = observation.value


class ForeignProvider:
    def __init__(self) -> None:
        self.meter = ForeignMeter()

    def get_meter(self, *_: Any, **__: Any) -> ForeignMeter:
        return self.meter


def test_a_foreign_provider_gets_its_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    provider, core, exemplars = ForeignProvider(), FakeCore(), Exemplars()
    monkeypatch.setattr(metrics, "get_meter_provider", lambda: provider)
    core.counts = [(APP, COUNTS)]
    exemplars.remember([APP], TRACE, SPAN, 1)
    assert MetricsSink(core, chain(core), lambda meter: None, exemplars).reason() is None
    assert provider.meter.observed == {"app.e": 9}


def drained(exemplars: Exemplars, *records: bytes, **sink: Any) -> None:
    core, fake = FakeCore(*records), FakeSink()
    fake.why = sink.get("why")
    drain = Drain(core, chain(core), [fake], 10, lambda: None, exemplars=exemplars)
    drain.start()
    assert drain.flush(30)
    assert drain.stop(30)


def test_records_of_the_ring_are_remembered() -> None:
    exemplars = Exemplars()
    drained(exemplars, record("app.e", trace=11, span=12), record("app.e"), record("open", flags=0))
    assert exemplars.take(APP) == Place(TRACE, SPAN, 1, left=1)
    assert exemplars.take(OPEN) is None


def test_records_that_nobody_takes_are_not_read() -> None:
    exemplars = Exemplars()
    drained(exemplars, record("app.e"), why="no exporter")
    assert exemplars.take(APP) is None


@pytest.mark.parametrize(("sampler", "found"), [(ALWAYS_ON, True), (ALWAYS_OFF, False)])
def test_events_of_a_span_are_remembered_when_it_ends(
    sampler: Sampler, found: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider, core, exemplars = TracerProvider(sampler=sampler, shutdown_on_exit=False), FakeCore(), Exemplars()
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    SpanEvents(core, chain(core), exemplars=exemplars)
    span = provider.get_tracer("t").start_span("s")
    ids = span.get_span_context()
    core.buffers[ids.span_id] = [(APP, 1, record("app.e")), (POPEN, 2, record("subprocess.Popen"))], 0
    span.end()
    expected = Place(ids.trace_id, ids.span_id, int(ids.trace_flags), left=1) if found else None
    assert [exemplars.take(event_id) for event_id in (APP, POPEN, OPEN)] == [expected, expected, None]
    provider.shutdown()
