"""Every private attribute of the SDK that the bridge uses is still there. Failing here means: the SDK changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from opentelemetry import _logs, context, metrics, trace
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import (
    BatchLogRecordProcessor,
    InMemoryLogRecordExporter,
    SimpleLogRecordProcessor,
)
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import Event, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from otel_audit import sdk


def logs_exporter() -> Any:
    return InMemoryLogRecordExporter()  # type: ignore[no-untyped-call]


@pytest.fixture
def tracers() -> Iterator[TracerProvider]:
    provider = TracerProvider(shutdown_on_exit=False, span_limits=SpanLimits(max_events=3, max_event_attributes=5))
    yield provider
    provider.shutdown()


def test_a_live_spans_attributes_are_read_from_where_they_are(tracers: TracerProvider) -> None:
    span: Any = tracers.get_tracer("t").start_span("s", attributes={"http.route": "/a"})
    assert sdk.attribute(span, "http.route") == span._attributes._dict["http.route"] == "/a"
    assert sdk.attribute(span, "absent") is None


@pytest.mark.parametrize("attributes", [{"http.route": "/a"}, None])
def test_attributes_of_another_span_are_read_as_it_shows_them(attributes: Any) -> None:
    span = type("Span", (), {"attributes": attributes})()
    assert sdk.attribute(span, "http.route") == (attributes and "/a")


def test_the_context_exposes_its_variable_and_both_keys() -> None:
    parts = sdk.context_parts()
    assert parts is not None
    variable, span_key, suppress_key = parts
    span = trace.NonRecordingSpan(trace.SpanContext(1, 2, False))
    token = context.attach(trace.set_span_in_context(span))
    try:
        assert variable.get()[span_key] is span  # type: ignore[attr-defined]
    finally:
        context.detach(token)
    assert suppress_key == context._SUPPRESS_INSTRUMENTATION_KEY


def test_a_custom_context_without_a_variable_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "_RUNTIME_CONTEXT", object())
    assert sdk.context_parts() is None


def test_suppression_holds_until_it_is_detached() -> None:
    from opentelemetry.instrumentation.utils import is_instrumentation_enabled

    detach = sdk.suppressed()
    assert not is_instrumentation_enabled()
    detach()
    assert is_instrumentation_enabled()


def test_a_span_context_is_the_tuple_that_the_cores_read() -> None:
    found = trace.SpanContext(7, 8, True, trace.TraceFlags(1))
    assert isinstance(found, tuple)
    assert tuple(found)[:4] == (7, 8, True, 1)
    assert trace.NonRecordingSpan(found)._context is found


def test_an_sdk_span_keeps_what_is_stored_on_it(tracers: TracerProvider) -> None:
    span: Any = tracers.get_tracer("t").start_span("s")
    span._otel_audit = found = object()
    assert span.__dict__["_otel_audit"] is found


def test_processors_of_a_tracer_provider_are_a_tuple(tracers: TracerProvider) -> None:
    processor = SimpleSpanProcessor(InMemorySpanExporter())
    assert sdk.span_processors(tracers) == ()
    tracers.add_span_processor(processor)
    assert sdk.span_processors(tracers) == (processor,)
    assert sdk.span_processors(trace.ProxyTracerProvider()) is None


def test_processors_of_a_logger_provider_are_a_tuple() -> None:
    provider, processor = LoggerProvider(shutdown_on_exit=False), SimpleLogRecordProcessor(logs_exporter())
    assert sdk.log_processors(provider) == ()
    provider.add_log_record_processor(processor)
    assert sdk.log_processors(provider) == (processor,)
    assert sdk.log_processors(_logs.NoOpLoggerProvider()) is None


def test_readers_of_a_meter_provider_are_known() -> None:
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader], shutdown_on_exit=False)
    assert sdk.metric_readers(provider) == (reader,)
    assert sdk.metric_readers(MeterProvider(shutdown_on_exit=False)) == ()
    assert sdk.metric_readers(metrics.NoOpMeterProvider()) is None
    provider.shutdown()


def ending(tracers: TracerProvider, events: Sequence[Event], own: int = 0) -> tuple[Any, list[int | None]]:
    """What extend_events answers while a span ends, and the span."""
    from opentelemetry.sdk.trace import Span, SpanProcessor

    answers: list[int | None] = []

    class Extending(SpanProcessor):
        def _on_ending(self, span: Span) -> None:
            answers.append(sdk.extend_events(span, events))

    exporter = InMemorySpanExporter()
    tracers.add_span_processor(Extending())
    tracers.add_span_processor(SimpleSpanProcessor(exporter))
    span = tracers.get_tracer("t").start_span("s")
    for at in range(own):
        span.add_event(f"own{at}")
    span.end()
    return exporter.get_finished_spans()[0], answers


def test_events_added_while_a_span_ends_are_exported(tracers: TracerProvider) -> None:
    span, answers = ending(tracers, [Event("late", timestamp=5)], own=1)
    assert [event.name for event in span.events] == ["own0", "late"]
    assert answers == [1]


@pytest.mark.parametrize(("own", "fitting", "dropped"), [(0, 3, 1), (2, 1, 3), (3, 0, 4), (5, 0, 6)])
def test_events_take_free_room_only(tracers: TracerProvider, own: int, fitting: int, dropped: int) -> None:
    span, answers = ending(tracers, [Event(f"late{at}", timestamp=at) for at in range(4)], own=own)
    names = [event.name for event in span.events]
    assert answers == [fitting]
    assert len(names) == 3
    assert names[-1] == (f"late{fitting - 1}" if fitting else f"own{own - 1}")
    assert span.dropped_events == dropped


def test_a_span_of_another_kind_takes_none() -> None:
    assert sdk.extend_events(trace.NonRecordingSpan(trace.SpanContext(1, 2, False)), []) is None


def test_the_limits_of_a_span_are_known(tracers: TracerProvider) -> None:
    span = tracers.get_tracer("t").start_span("s")
    assert sdk.event_limits(span) == (5, None)
    span.end()


def processors() -> list[Any]:
    hour = 3_600_000
    return [
        SimpleSpanProcessor(InMemorySpanExporter()),
        BatchSpanProcessor(
            InMemorySpanExporter(), schedule_delay_millis=hour, max_queue_size=8, max_export_batch_size=8
        ),
        SimpleLogRecordProcessor(logs_exporter()),
        BatchLogRecordProcessor(logs_exporter(), schedule_delay_millis=hour, max_queue_size=8, max_export_batch_size=8),
    ]


@pytest.mark.parametrize("at", range(4), ids=["simple spans", "batch spans", "simple logs", "batch logs"])
def test_each_kind_of_processor_can_be_followed(at: int) -> None:
    made = processors()
    watch = sdk.ExportWatch(made[at], len, lambda number, error: None)
    assert watch.watching
    assert watch.room() == (6 if at % 2 else 1 << 16)
    assert not watch.is_shut_down()
    for each in made:
        each.shutdown()
    assert watch.is_shut_down() is bool(at % 2)


def test_an_exporter_that_cannot_be_followed_is_left_alone() -> None:
    class Slotted:
        __slots__ = ()

        def export(self, batch: Sequence[Any]) -> None: ...

    class Processor:
        _exporter = Slotted()

    assert not sdk.ExportWatch(Processor(), len, lambda number, error: None).watching
    assert not sdk.ExportWatch(object(), len, lambda number, error: None).watching


def test_a_followed_exporter_gets_what_it_got_before() -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(processor := SimpleSpanProcessor(exporter))
    verdicts: list[tuple[int, str | None]] = []
    watch = sdk.ExportWatch(processor, len, lambda number, error: verdicts.append((number, error)))
    provider.get_tracer("t").start_span("s").end()
    assert [span.name for span in exporter.get_finished_spans()] == ["s"]
    assert verdicts == [(1, None)]
    assert watch.answered == 1
    provider.shutdown()


def test_the_three_global_providers_are_named() -> None:
    assert sdk.providers() == (_logs.get_logger_provider(), trace.get_tracer_provider(), metrics.get_meter_provider())
