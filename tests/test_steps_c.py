"""Fields and lines as C makes them and spans with the events it gave them, beside those of Python."""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from opentelemetry.sdk.trace import Event as SpanEvent
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON

from otel_audit import chain, sdk
from otel_audit.events import CATALOGUE, describe, templates
from otel_audit.events.arguments import Compiled, Never, compiled
from otel_audit.events.describe import describer, sayer
from otel_audit.exemplars import Exemplars
from otel_audit.model import Described, Event, Kind, Record
from tests.events.values import VALUES, record

_steps = pytest.importorskip("otel_audit._steps", reason="not compiled")

TEXTS = st.text(st.characters(), max_size=8)
WHO = st.dictionaries(TEXTS, TEXTS, max_size=3)
RECORD = Record(1, 2, 3, 4, 1, 5, "main", 0, 1, 0, 0, ())
ATTRIBUTES = st.dictionaries(TEXTS, st.one_of(TEXTS, st.integers(), st.lists(TEXTS, max_size=2)), max_size=4)


def text(value: str) -> str:
    return f"<{value}>"


@given(
    st.integers(0, (1 << 128) - 1), st.integers(0, (1 << 64) - 1), st.integers(0, 255), st.integers(0, (1 << 64) - 1),
    TEXTS, WHO, ATTRIBUTES, st.booleans(),
)  # fmt: skip
@example(1, 0, 0, 0, "", {"a": "b"}, {}, True)
def test_fields_are_the_same_in_the_same_order(
    trace: int, span: int, flags: int, thread: int, name: str, who: dict[str, str], more: dict[str, Any], proxy: bool
) -> None:
    known = MappingProxyType(who) if proxy else who
    record = Record(1, 2, trace, span, flags, thread, name, 0, 1, 0, 0, (), None, known)
    head = {"event": "python.audit.e", "level": "info"}
    found = _steps.fields(record, head, more, text)
    assert list(found.items()) == list(chain.fields_in_python(record, head, more, text).items())
    assert all(found[key] is value for key, value in head.items() if key not in {*who, *more})
    assert head == {"event": "python.audit.e", "level": "info"}


def test_fields_of_records_one_after_the_other() -> None:
    trace, span = (1 << 100) + 7, (1 << 60) + 7
    places = [(trace, span, 1), (trace, span, 1), (trace, 9, 1), (trace, span, 0), (0, 0, 0), (5, span, 1)]
    for trace_id, span_id, flags in places * 2:
        record = RECORD._replace(trace_id=trace_id, span_id=span_id, trace_flags=flags)
        assert _steps.fields(record, {}, {}, text) == chain.fields_in_python(record, {}, {}, text)
        with pytest.raises(OverflowError):
            _steps.fields(record._replace(trace_id=trace, span_id=1 << 64), {}, {}, text)


@pytest.mark.parametrize(("trace", "span"), [(1 << 128, 1), (-1, 1), (1, 1 << 64), (1, -1)])
def test_identities_that_are_none_are_refused(trace: int, span: int) -> None:
    record = Record(1, 2, trace, span, 1, 3, "", 0, 1, 0, 0, ())
    for make in (_steps.fields, chain.fields_in_python):
        with pytest.raises(OverflowError):
            make(record, {}, {}, text)


def test_what_redaction_raises_comes_through() -> None:
    def refuse(value: str) -> str:
        raise LookupError(value)

    with pytest.raises(LookupError, match="main"):
        _steps.fields(RECORD, {}, {}, refuse)


@given(st.data())
def test_the_arguments_of_every_row_are_described_alike(data: st.DataObject) -> None:
    row = data.draw(st.sampled_from(list(CATALOGUE.values())))
    puts = tuple(compiled(arg) for arg in row.args if arg.kind is not Kind.SKIP)
    values = tuple(data.draw(st.lists(VALUES, max_size=6)))
    found = _steps.arguments(puts, values, Never)
    assert list(found.items()) == list(describe.arguments_in_python(puts, values, Never).items())


def test_what_describing_an_argument_raises_comes_through() -> None:
    def refuse(value: object, attributes: object) -> None:
        raise LookupError(value)

    puts = (Compiled("a", str, refuse), Compiled("b", Never, refuse))
    assert _steps.arguments(puts, ("x",), Never) == {"a": "x"}
    assert _steps.arguments(puts[:1], (None,), Never) == {}
    for values in ((7,), ("x", None)):
        with pytest.raises(LookupError):
            _steps.arguments(puts, values, Never)


def test_a_described_record_is_the_named_tuple() -> None:
    fields: dict[str, Any] = {"event": "python.audit.e"}
    found = _steps.described(RECORD, fields)
    assert type(found) is Described
    assert found == Described(RECORD, fields)
    assert found.fields is fields


def lines(row: Event, attributes: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    in_c = sayer(row)(row.name, attributes)
    with monkeypatch.context() as patch:
        patch.setattr(templates, "quick", templates.quick_in_python)
        return in_c, sayer(row)(row.name, attributes)


@given(st.data())
def test_the_line_of_every_row_is_the_same(data: st.DataObject) -> None:
    row = data.draw(st.sampled_from(list(CATALOGUE.values())))
    values = tuple(data.draw(st.lists(VALUES, max_size=6)))
    attributes = describer(row)(record(row, values, len(values)))
    with pytest.MonkeyPatch.context() as patch:
        in_c, in_python = lines(row, attributes, patch)
    assert in_c == in_python


@given(
    st.one_of(st.text(st.characters(codec="ascii"), max_size=600), TEXTS, st.lists(TEXTS, max_size=3), st.none()),
    st.one_of(st.just(...), st.text("ab\x7f \x1f", max_size=3), st.lists(st.integers(), max_size=2)),
)
@example("a" * 507, "b" * 3)
@example("a" * 600, ...)
@example([], "")
def test_the_line_of_any_value_is_the_same(first: Any, second: Any) -> None:
    row = Event("app.e", "custom", text="do {x}[ to {y}]")
    attributes = {"python.audit.arg.x": first} | ({} if second is ... else {"python.audit.arg.y": second})
    with pytest.MonkeyPatch.context() as patch:
        in_c, in_python = lines(row, attributes, patch)
    assert in_c == in_python


def test_ordinary_lines_are_made_in_c() -> None:
    row = CATALOGUE["import"]
    segments = templates._segments(row)
    assert _steps.say(segments, {"python.audit.arg.module": "os"}) == "import os"
    assert _steps.say(segments, {}) is None
    assert _steps.say(segments, {"python.audit.arg.module": "o\ns"}) is None


EVENTS = [SpanEvent(f"late{at}", timestamp=at) for at in range(3)]


def a_span(most: int | None = 128, own: int = 0) -> Any:
    provider = TracerProvider(sampler=ALWAYS_ON, span_limits=SpanLimits(max_events=most), shutdown_on_exit=False)
    span = provider.get_tracer("t").start_span("s")
    for at in range(own):
        span.add_event(f"own{at}")
    return span


@pytest.mark.parametrize(("most", "own"), [(128, 0), (128, 5), (3, 0), (4, 1)])
def test_a_span_with_room_gets_all_and_is_remembered(most: int, own: int) -> None:
    in_c, in_python, exemplars, others = a_span(most, own), a_span(most, own), Exemplars(), Exemplars()
    assert _steps.give_events(in_c, EVENTS, (4, 9), exemplars.places) is True
    assert sdk.extend_events(in_python, EVENTS) == 3
    assert [event.name for event in in_c.events] == [event.name for event in in_python.events]
    context = in_c.get_span_context()
    others.remember((4, 9), context.trace_id, context.span_id, context.trace_flags)
    assert exemplars.places == others.places
    assert exemplars.take(9) == others.take(9) is not None


class Bare:
    """A span of somebody else's: with the SDK's attributes, and what he likes in them."""

    def __init__(self, context: object, held: object) -> None:
        self._context, self._events = context, type("Held", (), {"_dq": held})()


class Odd:
    maxlen = "many"


def not_sampled() -> Any:
    span = a_span()
    span._context = TracerProvider(sampler=ALWAYS_OFF).get_tracer("t").start_span("s").get_span_context()
    return span


NOT_GIVEN = {
    "full": lambda: a_span(3, 3),
    "one too many": lambda: a_span(3, 1),
    "no room at all": lambda: a_span(0),
    "not sampled": not_sampled,
    "no trace": lambda: Bare((0, 1, False, 1), []),
    "a short context": lambda: Bare((1, 2), []),
    "flags that are no number": lambda: Bare((1, 2, False, "1"), []),
    "no deque": lambda: Bare((1, 2, False, 1), []),
    "an odd deque": lambda: Bare((1, 2, False, 1), Odd()),
    "no span": object,
}


@pytest.mark.parametrize("name", NOT_GIVEN)
def test_any_other_span_is_left_to_python(name: str) -> None:
    span, places = NOT_GIVEN[name](), dict[Any, Any]()
    before = [event.name for event in getattr(span, "events", ())]
    assert _steps.give_events(span, EVENTS, (4,), places) is False
    assert (places, [event.name for event in getattr(span, "events", ())]) == ({}, before)


def test_what_a_list_of_events_raises_comes_through() -> None:
    class Refusing:
        maxlen = None

        def __len__(self) -> int:
            return 0

        def extend(self, events: object) -> None:
            raise MemoryError

    with pytest.raises(MemoryError):
        _steps.give_events(Bare((1, 2, False, 1), Refusing()), EVENTS, (4,), {})


def test_the_compiled_steps_are_those_in_use() -> None:
    assert (chain.fields_of, templates.quick) == (_steps.fields, _steps.say)
    assert (describe.arguments, chain.described_of) == (_steps.arguments, _steps.described)
    assert sdk.give_events is _steps.give_events


@pytest.mark.parametrize("arguments", [(), ((), {}, {}, str), (RECORD, {}, [], str)])
def test_other_arguments_are_refused(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError):
        _steps.fields(*arguments)
    with pytest.raises(TypeError):
        _steps.say((("no", "segment"),), {})
    with pytest.raises(TypeError):
        _steps.arguments(("no argument",), (1,), Never)
    with pytest.raises(TypeError):
        _steps.arguments(*arguments)
    with pytest.raises(TypeError):
        _steps.described(*arguments[1:2])
    with pytest.raises(TypeError):
        _steps.bind("a", "b", "c", "d", "e", int)
    with pytest.raises(TypeError):
        _steps.give_events(*arguments)
    with pytest.raises(TypeError):
        _steps.bind_span(*arguments)
