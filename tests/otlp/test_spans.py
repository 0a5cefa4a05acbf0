"""Span events that the bridge encodes arrive as those of the SDK do, and only through the SDK's own exporter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import opentelemetry.exporter.otlp.proto.common._internal.trace_encoder as truth
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry import trace
from opentelemetry.attributes import BoundedAttributes
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

from otel_audit import who
from otel_audit.otlp import encoding
from otel_audit.otlp import spans as spans_module
from otel_audit.processors import RESERVED
from otel_audit.sinks.span_events import Reader, SpanEvents
from tests.otlp.test_encoding_properties import ANY_TEXT, KEYS, VALUES, _is_text, _is_value
from tests.receiver import Protocol, Receiver
from tests.sinks.fakes import NAMES, FakeCore, chain, record

ENCODERS = tuple(encoding.choose(name)[0] for name in ("c", "python"))
RESOURCE = Resource({"service.name": "orders"})
LIMIT = 128

Records = list[tuple[str, bytes]]


def exporter(receiver: Receiver, protocol: Protocol) -> Any:
    if protocol == "grpc":
        return GrpcExporter(endpoint=receiver.grpc_endpoint, insecure=True, timeout=1)
    return HttpExporter(endpoint=f"{receiver.http_endpoint}/v1/traces", timeout=1)


class Ids(RandomIdGenerator):
    """The same in every provider."""

    def generate_trace_id(self) -> int:
        return 0xABC

    def generate_span_id(self) -> int:
        return 0xDEF


class Pipe:
    """A tracer provider over an exporter, whose spans end with the records they are given."""

    def __init__(
        self, exported_by: Any, encoder: str | None, *processors: Any, limits: SpanLimits | None = None
    ) -> None:
        self.core = FakeCore()
        self.provider = TracerProvider(
            resource=RESOURCE, shutdown_on_exit=False, id_generator=Ids(), span_limits=limits
        )
        self.provider.add_span_processor(BatchSpanProcessor(exported_by, schedule_delay_millis=3_600_000))
        self.exporter, self.encoder = exported_by, encoder
        self.chain = chain(self.core, *processors)

    def join(self) -> SpanEvents:
        self.sink = SpanEvents(self.core, self.chain, encoder=self.encoder)
        return self.sink

    def span(self, records: Records, over: int = 0, own: tuple[str, ...] = ()) -> None:
        span: Any = self.provider.get_tracer("t").start_span("s", start_time=1)
        for name in own:
            span.add_event(name, {"mine": True}, timestamp=4)
        taken = [(NAMES.index(name), 5 + at, data) for at, (name, data) in enumerate(records)]
        self.core.buffers[span.get_span_context().span_id] = taken, over
        span.end(end_time=9)


@pytest.fixture
def pipe(receiver: Receiver, protocol: Protocol, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Pipe]]:
    made: list[Pipe] = []

    def make(encoder: str | None = "python", *processors: Any, exported_by: Any = None, **options: Any) -> Pipe:
        found = Pipe(exported_by or exporter(receiver, protocol), encoder, *processors, **options)
        made.append(found)
        monkeypatch.setattr(trace, "get_tracer_provider", lambda: found.provider)
        found.join()
        return found

    yield make
    for each in made:
        each.provider.shutdown()


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Records whose attributes were asked for: as the SDK does, and as the bridge does not."""
    found: list[bytes] = []
    original = Reader.attributes

    def reading(self: Reader, data: bytes, *rest: Any) -> Any:
        found.append(data)
        return original(self, data, *rest)

    monkeypatch.setattr(Reader, "attributes", reading)
    return found


EVERY: Records = [
    ("open", record("open", "/etc/hosts", "r", 0)),
    ("app.e", record("app.e", "a value", 7, None, count=3, thread="worker \N{SNOWMAN}")),
    ("open", record("open", "/x", "r", 0, who=who.encode({"http.route": "/checkout", "tenant": "\N{SNOWMAN}"}))),
    ("subprocess.Popen", record("subprocess.Popen", "git", thread="")),
    ("message", record("message", text="user ada logged in")),
    ("app.limited", record("app.limited", task="t", on_loop=True)),
    ("app.e", record("app.e", 1, location=("/srv/app.py", "f", 12))),
]


def stamped(logger: Any, method: str, fields: Any) -> Any:
    """A user's processor: values of every kind that attributes take."""
    return {**fields, "n": -1, "f": 1.5, "yes": True, "list": ["a", "b"], "none": (), "numbers": (1, 2)}


def odd(logger: Any, method: str, fields: Any) -> Any:
    """One that adds what no encoder of ours takes."""
    return {**fields, "raw": b"\xff"} if fields["python.audit.event"] == "app.e" else fields


def dropping(logger: Any, method: str, fields: Any) -> Any:
    raise ValueError("not mine")


@pytest.mark.parametrize("encoder", ["c", "python"])
@pytest.mark.parametrize("processors", [(), (stamped,), (odd,), (dropping,)], ids=["plain", "types", "odd", "dropped"])
def test_the_request_is_the_sdks(
    pipe: Callable[..., Pipe], receiver: Receiver, read: list[bytes], encoder: str, processors: Any
) -> None:
    requests = []
    for own in (encoder, None):
        made = pipe(own, *processors)
        made.span(EVERY, over=3, own=("before",))
        made.span([], own=("alone",))
        read.clear()
        made.provider.force_flush()
        expected = len(EVERY) if own is None else 2 if processors == (odd,) else 0
        assert len(read) == expected
        assert made.sink.account.totals() == {"delivered": len(EVERY)}
        requests.append(str(receiver.trace_requests[-1]))
    assert requests[0] == requests[1]
    assert "python.audit.open" in requests[0]


def test_spans_of_every_kind_are_the_sdks(pipe: Callable[..., Pipe], receiver: Receiver) -> None:
    requests = []
    for own in ("c", None):
        made = pipe(own)
        other = trace.SpanContext(5, 6, True, trace.TraceFlags(1), trace.TraceState([("k", "v")]))
        context = trace.set_span_in_context(trace.NonRecordingSpan(other))
        for scope, schema in (("a", None), ("b", "https://example.org/schema"), ("a", None)):
            tracer = made.provider.get_tracer(scope, "1.0", schema, {"scoped": 1})
            span: Any = tracer.start_span(
                scope, context, trace.SpanKind.CLIENT, {"n": 1}, [trace.Link(other, {"l": (1, 2)})], start_time=1
            )
            span.set_status(trace.StatusCode.ERROR, "no")
            span.add_event("mine", {"x": [1.5]}, timestamp=3)
            made.core.buffers[span.get_span_context().span_id] = [(2, 5, EVERY[0][1])], 0
            span.end(end_time=9)
        made.provider.force_flush()
        requests.append(str(receiver.trace_requests[-1]))
    assert requests[0] == requests[1]
    assert requests[0].count("mine") == requests[0].count("python.audit.open") == 3


def test_a_field_nobody_knew_of_is_the_sdks(
    pipe: Callable[..., Pipe], receiver: Receiver, read: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    tags = {name: (step, {"spans": 0x12}) for name, (step, _) in spans_module._AROUND.items()}
    monkeypatch.setattr(spans_module, "_AROUND", tags)
    made = pipe()
    made.span(EVERY[:1])
    made.provider.force_flush()
    assert len(spans(receiver)) == len(read) == 1


def test_limits_of_the_applications_hold(pipe: Callable[..., Pipe], receiver: Receiver, read: list[bytes]) -> None:
    made = pipe(limits=SpanLimits(max_event_attributes=2, max_attribute_length=4))
    made.span(EVERY[:1])
    made.provider.force_flush()
    ((event,),) = ([*span.events] for span in spans(receiver))
    assert len(event.attributes) == 2
    assert event.dropped_attributes_count > 0
    assert len(read) == 1


def spans(receiver: Receiver) -> list[Any]:
    (request,) = receiver.trace_requests
    return [
        span for group in request.resource_spans for scoped in group.scope_spans for span in scoped.spans
    ]  # fmt: skip


def test_a_subclass_of_the_exporter_gets_events_as_everybody(
    pipe: Callable[..., Pipe], receiver: Receiver, read: list[bytes]
) -> None:
    class Own(HttpExporter):
        """May do anything."""

    made = pipe(exported_by=Own(endpoint=f"{receiver.http_endpoint}/v1/traces"))
    made.span(EVERY[:1])
    made.provider.force_flush()
    assert len(read) == 1
    assert len(spans(receiver)) == 1


@pytest.mark.parametrize("name", ["_encode_events", "_encode_span", "_encode_resource_spans"])
def test_a_replaced_step_of_the_sdks_is_asked(
    pipe: Callable[..., Pipe], receiver: Receiver, read: list[bytes], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    original, asked = getattr(truth, name), []

    def instead(found: Any) -> Any:
        asked.append(found)
        return original(found)

    monkeypatch.setattr(truth, name, instead)
    made = pipe()
    made.span(EVERY[:1])
    made.provider.force_flush()
    assert len(asked) == len(read) == len(spans(receiver)) == 1


def test_nothing_of_the_sdks_is_changed(pipe: Callable[..., Pipe], read: list[bytes]) -> None:
    before = dict(vars(truth))
    made = pipe()
    made.span(EVERY)
    made.provider.force_flush()
    assert dict(vars(truth)) == before
    assert read == []


def test_the_account_holds_when_the_receiver_refuses(pipe: Callable[..., Pipe], receiver: Receiver) -> None:
    made = pipe()
    receiver.fail(400)
    made.span(EVERY)
    made.provider.force_flush()
    assert made.sink.account.totals() == {"export_failed": len(EVERY)}


def both(name: str, time_ns: int, fields: Any, last: tuple[str, ...]) -> bytes | None:
    made = [encoder.span_event(name, time_ns, fields, last) for encoder in ENCODERS]
    assert made[0] == made[1]
    return made[0]


def ordered(fields: dict[Any, Any], last: tuple[Any, ...]) -> dict[Any, Any]:
    found = {key: value for key, value in fields.items() if key not in RESERVED}
    for key in last:
        if key in found:
            found[key] = found.pop(key)
    return found


LAST = st.lists(st.one_of(st.text("ab", max_size=2), st.sampled_from(sorted(RESERVED)), ANY_TEXT), max_size=4)


@settings(max_examples=400)
@given(ANY_TEXT, st.integers(-1, 1 << 65), st.dictionaries(KEYS, VALUES, max_size=5), LAST)
def test_any_fields_are_encoded_alike_or_left_to_the_sdk(name: str, time_ns: int, fields: Any, last: list[str]) -> None:
    made = both(name, time_ns, fields, tuple(last))
    texts = all(type(key) is str and (key in RESERVED or (key and _is_text(key))) for key in fields)
    attributes = ordered(fields, tuple(last))
    named = _is_text(name) and 0 <= time_ns < 1 << 64
    if made is None:
        assert not (texts and named and all(map(_is_value, attributes.values())))
        return
    event = Event(name, BoundedAttributes(LIMIT, attributes, immutable=True), time_ns)
    wanted = (truth._encode_events((event,)) or [])[0]
    assert Span.Event.FromString(made) == wanted or "nan" in str(wanted)
    assert made == wanted.SerializeToString(deterministic=True) or "nan" in str(wanted)


def test_too_many_attributes_are_left_to_the_sdk() -> None:
    assert both("e", 1, {str(at): at for at in range(LIMIT)}, ()) is not None
    assert both("e", 1, {str(at): at for at in range(LIMIT + 1)}, ("3",)) is None


@pytest.mark.parametrize("encoder", ENCODERS)
def test_what_is_no_dict_is_left_to_the_sdk(encoder: Any) -> None:
    class Odd(dict):  # type: ignore[type-arg]
        """Its iteration may say anything."""

    assert encoder.span_event("e", 1, Odd(a=1), ()) is None
