"""Records as events of the span that was current, through the real SDK."""

from __future__ import annotations

import copy
import json
import pickle
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
import structlog
from opentelemetry import baggage, trace
from opentelemetry.sdk.trace import ReadableSpan, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult

from otel_audit import sdk, who
from otel_audit.chain import Chain
from otel_audit.sinks.span_events import SpanEvents
from tests.sinks.fakes import NAMES, FakeCore, chain, record


class Scene:
    """A provider, its in-memory exporter, and a core whose spans end with the records they are given."""

    def __init__(self, provider: TracerProvider, chain_: Chain | None, baggage: Sequence[str]) -> None:
        self.provider, self.core = provider, FakeCore()
        self.exporter = InMemorySpanExporter()
        self.chain = chain_ or chain(self.core)
        self.sink = SpanEvents(self.core, self.chain, baggage)
        self.tracer = provider.get_tracer("t")

    def export_simply(self) -> Scene:
        self.provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.sink.refresh()
        return self

    def span(self, *records: tuple[str, int, bytes], over: int = 0, own: Sequence[str] = ()) -> Any:
        span: Any = self.tracer.start_span("s")
        for name in own:
            span.add_event(name)
        taken = [(NAMES.index(name), time_ns, data) for name, time_ns, data in records]
        self.core.buffers[span.get_span_context().span_id] = taken, over
        span.end()
        return span

    def events(self) -> list[Any]:
        return [event for span in self.exporter.get_finished_spans() for event in span.events]

    def totals(self) -> dict[str, int]:
        return self.sink.account.totals()


Make = Callable[..., Scene]


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    made: list[TracerProvider] = []

    def make(chain_: Chain | None = None, baggage: Sequence[str] = (), **options: Any) -> Scene:
        provider = TracerProvider(shutdown_on_exit=False, **options)
        made.append(provider)
        monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
        return Scene(provider, chain_, baggage)

    yield make
    for provider in made:
        provider.shutdown()


def some(number: int) -> list[tuple[str, int, bytes]]:
    return [("app.e", 100 + at, record("app.e", at, time_ns=100 + at)) for at in range(number)]


def test_events_keep_name_time_and_order(scene: Make) -> None:
    scenery = scene().export_simply()
    scenery.span(("open", 5, record("open", "/x")), ("app.e", 6, record("app.e", 1)))
    assert [(each.name, each.timestamp) for each in scenery.events()] == [
        ("python.audit.open", 5),
        ("python.audit.app.e", 6),
    ]
    assert scenery.events()[0].attributes["file.path"] == "/x"
    assert scenery.totals() == {"delivered": 2}


def test_what_happened_stands_before_what_repeats_the_name_or_the_span(scene: Make) -> None:
    scenery = scene().export_simply()
    known = who.encode({"http.route": "/checkout"})
    scenery.span(("open", 5, record("open", "/x", "r", 0, who=known)))
    (event,) = scenery.events()
    last = ["http.route", "python.audit.event", "python.audit.group", "thread.id", "thread.name"]
    assert next(iter(event.attributes)) == "file.path"
    assert list(event.attributes)[-5:] == last


def test_the_applications_own_events_are_all_there(scene: Make) -> None:
    scenery = scene(span_limits=SpanLimits(max_events=4)).export_simply()
    span = scenery.span(*some(5), own=("a", "b", "c"))
    assert [each.name for each in scenery.events()] == ["a", "b", "c", "python.audit.app.e"]
    assert span.dropped_events == 4
    assert scenery.totals() == {"over": 4, "delivered": 1}


def test_the_variable_for_span_events_holds(scene: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SPAN_EVENT_COUNT_LIMIT", "2")
    scenery = scene().export_simply()
    scenery.span(*some(5), own=("a",))
    assert [each.name for each in scenery.events()] == ["a", "python.audit.app.e"]


def test_no_room_at_all_takes_nothing_from_the_application(scene: Make) -> None:
    scenery = scene(span_limits=SpanLimits(max_events=1)).export_simply()
    scenery.span(*some(2), own=("a", "b"))
    assert [each.name for each in scenery.events()] == ["b"]
    assert scenery.totals() == {"over": 2}


def test_how_many_were_over_stands_on_the_last_event(scene: Make) -> None:
    scenery = scene().export_simply()
    scenery.span(*some(3), over=7)
    assert [each.attributes.get("python.audit.over") for each in scenery.events()] == [None, None, 7]


def test_attribute_limits_of_the_span_hold(scene: Make) -> None:
    limits = SpanLimits(max_event_attributes=2, max_attribute_length=4)
    scenery = scene(span_limits=limits).export_simply()
    scenery.span(("open", 1, record("open", "/a/long/path", "r", 0)))
    (event,) = scenery.events()
    assert len(event.attributes) == 2
    assert event.dropped_attributes > 0
    assert all(len(each) <= 4 for each in event.attributes.values() if isinstance(each, str))


class Counting(Chain):
    """Counts what is decoded, and by whom."""

    def __init__(self, plain: Chain) -> None:
        self.__dict__.update(plain.__dict__)
        self.threads: list[int] = []

    def decode(self, data: bytes, at: int = 0) -> Any:
        self.threads.append(threading.get_ident())
        return super().decode(data, at)


def test_attributes_are_decoded_when_they_are_read_and_once(scene: Make) -> None:
    counting = Counting(chain())
    scenery = scene(counting).export_simply()
    scenery.span(*some(3))
    assert counting.threads == []
    for _ in range(2):
        for each in scenery.events():
            assert each.attributes["python.audit.event"] == "app.e"
    assert len(counting.threads) == 3


def test_an_exporter_that_reads_no_attributes_decodes_nothing(scene: Make) -> None:
    counting = Counting(chain())
    scenery = scene(counting)

    class Lazy(SpanExporter):
        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            assert [len(span.events) for span in spans] == [2]
            return SpanExportResult.SUCCESS

    scenery.provider.add_span_processor(SimpleSpanProcessor(Lazy()))
    scenery.sink.refresh()
    scenery.span(*some(2))
    assert counting.threads == []
    assert scenery.totals() == {"delivered": 2}


def test_attributes_cannot_be_changed(scene: Make) -> None:
    scenery = scene().export_simply()
    scenery.span(*some(1))
    with pytest.raises(TypeError):
        scenery.events()[0].attributes["new"] = 1


@pytest.mark.parametrize("copier", [copy.deepcopy, copy.copy, lambda each: pickle.loads(pickle.dumps(each))])
def test_events_can_be_copied_and_pickled(scene: Make, copier: Callable[[Any], Any]) -> None:
    scenery = scene().export_simply()
    scenery.span(("open", 5, record("open", "/x")))
    (event,) = scenery.events()
    found = copier(event)
    assert (found.name, found.timestamp) == (event.name, event.timestamp)
    assert dict(found.attributes) == dict(event.attributes)


def test_a_span_with_events_becomes_json(scene: Make) -> None:
    scenery = scene().export_simply()
    scenery.span(("open", 5, record("open", "/x")))
    (span,) = scenery.exporter.get_finished_spans()
    (event,) = json.loads(span.to_json())["events"]
    assert event["name"] == "python.audit.open"
    assert event["attributes"]["file.path"] == "/x"


def test_a_dropped_record_keeps_name_and_time(scene: Make) -> None:
    def drop(logger: Any, method: str, fields: Any) -> Any:
        raise structlog.DropEvent

    scenery = scene(chain(None, drop)).export_simply()
    scenery.span(*some(1))
    (event,) = scenery.events()
    assert (event.name, event.timestamp, dict(event.attributes)) == ("python.audit.app.e", 100, {})


def test_a_processor_that_raises_takes_the_attributes_only(scene: Make) -> None:
    def fail(logger: Any, method: str, fields: Any) -> Any:
        raise ValueError

    scenery = scene(chain(None, fail)).export_simply()
    scenery.span(*some(1))
    assert dict(scenery.events()[0].attributes) == {}


class RecordOnly(Sampler):
    def should_sample(self, *args: Any, **kwargs: Any) -> SamplingResult:
        return SamplingResult(Decision.RECORD_ONLY)

    def get_description(self) -> str:
        return "record only"


def test_events_of_a_span_that_nobody_exports_are_filtered(scene: Make) -> None:
    scenery = scene(sampler=RecordOnly()).export_simply()
    scenery.span(*some(3))
    assert scenery.events() == []
    assert scenery.totals() == {"filtered": 3}


def test_without_the_sdks_provider_there_is_no_pipeline(monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = trace.ProxyTracerProvider()
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: proxy)
    assert SpanEvents(FakeCore(), chain()).reason() == "no tracer provider of the OpenTelemetry SDK is configured"


def test_without_an_exporter_there_is_no_pipeline(scene: Make) -> None:
    scenery = scene()
    assert scenery.sink.reason() == "the tracer provider has no exporter"
    scenery.span(*some(2))
    assert scenery.totals() == {"no_pipeline": 2}


def test_the_processor_joins_a_provider_once(scene: Make) -> None:
    scenery = scene().export_simply()
    for _ in range(3):
        scenery.sink.refresh()
    processors = sdk.span_processors(scenery.provider)
    assert processors is not None
    assert processors.count(scenery.sink.processor) == 1


def test_a_provider_set_later_is_joined(scene: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    first = scene()
    late = TracerProvider(shutdown_on_exit=False)
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: late)
    first.sink.refresh()
    late.get_tracer("t").start_span("s").end()
    assert len(first.core.opened) == 1


def test_the_core_is_told_who_did_it(scene: Make) -> None:
    scenery = scene(baggage=("user.id",)).export_simply()
    context = baggage.set_baggage("user.id", "jane")
    with scenery.tracer.start_as_current_span("GET /users/{id}", context, kind=trace.SpanKind.SERVER):
        scenery.tracer.start_span("work").end()
    scenery.tracer.start_span("elsewhere").end()
    known = {"http.route": "/users/{id}", "user.id": "jane"}
    assert [who.decode(each) for each in scenery.core.who] == [known, known, {}]


def test_who_that_cannot_be_read_leaves_the_span_its_events(scene: Make) -> None:
    class Hostile(str):
        def __str__(self) -> str:
            raise ValueError

    scenery = scene(baggage=("user.id",)).export_simply()
    with scenery.tracer.start_as_current_span("s", baggage.set_baggage("user.id", Hostile("x"))):
        pass
    assert scenery.core.who == [b""]
    assert len(scenery.core.opened) == 1


def test_a_paused_bridge_learns_of_no_span(scene: Make) -> None:
    scenery = scene().export_simply()
    scenery.sink.active = False
    scenery.span()
    assert scenery.core.opened == []


@pytest.mark.parametrize(("answer", "outcome"), [(SpanExportResult.FAILURE, "export_failed"), (OSError(), "OSError")])
def test_an_exporters_answer_is_the_account(scene: Make, answer: Any, outcome: str) -> None:
    scenery = scene()

    class Failing(SpanExporter):
        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            if isinstance(answer, Exception):
                raise answer
            found: SpanExportResult = answer
            return found

    processor = BatchSpanProcessor(Failing(), schedule_delay_millis=3_600_000)
    scenery.provider.add_span_processor(processor)
    scenery.sink.refresh()
    scenery.span(*some(2))
    assert scenery.totals() == {}
    scenery.provider.force_flush()
    assert scenery.totals() == {outcome: 2}


def test_a_pipeline_that_was_shut_down_takes_nothing(scene: Make) -> None:
    scenery = scene()
    processor = BatchSpanProcessor(InMemorySpanExporter())
    scenery.provider.add_span_processor(processor)
    scenery.sink.refresh()
    processor.shutdown()  # type: ignore[no-untyped-call]
    scenery.span(*some(2))
    assert scenery.totals() == {"already_shutdown": 2}


def test_an_sdk_whose_spans_take_no_events_is_noticed(scene: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    scenery = scene().export_simply()
    monkeypatch.setattr(sdk, "give_events", sdk.give_in_python)
    monkeypatch.setattr(sdk, "extend_events", lambda span, events: None)
    scenery.span(*some(2))
    assert scenery.totals() == {"no_pipeline": 2}
    assert "take no events" in str(scenery.sink.reason())


def test_an_error_of_ours_does_not_reach_the_application(scene: Make) -> None:
    scenery = scene().export_simply()

    def fail(*_: Any) -> Any:
        raise MemoryError

    scenery.core.span_open = fail  # type: ignore[method-assign]
    scenery.core.span_close = fail  # type: ignore[method-assign]
    scenery.span()
    assert len(scenery.exporter.get_finished_spans()) == 1


def test_a_spans_end_asks_nothing_of_a_span_it_did_not_see_start(scene: Make) -> None:
    scenery = scene()
    processors = sdk.span_processors(scenery.provider)
    assert processors == (scenery.sink.processor,)
    scenery.sink.active = False
    span = scenery.tracer.start_span("before")
    scenery.sink.active = True
    span.end()
    assert scenery.totals() == {}
