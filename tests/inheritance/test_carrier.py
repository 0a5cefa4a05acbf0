"""The context of the moment in an environment, and whose word counts."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from opentelemetry import baggage, context, trace

from otel_audit.inheritance import carrier
from tests.conftest import run

TRACE = "0af7651916cd43dd8448eb211c80319c"
GIVEN = f"00-{TRACE}-b7ad6b7169203331-01"
OTHER = f"00-{TRACE[::-1]}-b7ad6b7169203331-01"
NOW = {"TRACEPARENT": GIVEN}


@pytest.fixture(autouse=True)
def _clean_context() -> Iterator[None]:
    token = context.attach(context.Context())
    yield
    context.detach(token)


def test_names_are_those_of_the_convention() -> None:
    assert carrier.names() == ("BAGGAGE", "TRACEPARENT", "TRACESTATE")
    assert carrier.variable("x-b3-traceid") == "X_B3_TRACEID"
    assert carrier.variable("3d") == "_3D"


def test_names_are_those_of_the_propagators_in_use() -> None:
    program = "from otel_audit.inheritance import carrier\nimport json\nprint(json.dumps(carrier.names()))"
    assert run(program, env={"OTEL_PROPAGATORS": "baggage"}).result == ["BAGGAGE"]


def test_outside_traces_there_is_nothing_to_say() -> None:
    assert carrier.current() == {}
    assert carrier.extended({"PATH": "/bin"}, {}, {}) is None


def test_what_is_attached_is_handed_on() -> None:
    assert carrier.attach({"TRACEPARENT": GIVEN, "TRACESTATE": "a=b", "BAGGAGE": "user.id=ada"})
    assert format(trace.get_current_span().get_span_context().trace_id, "032x") == TRACE
    assert baggage.get_baggage("user.id") == "ada"
    assert carrier.current() == {"TRACEPARENT": GIVEN, "TRACESTATE": "a=b", "BAGGAGE": "user.id=ada"}


@pytest.mark.parametrize("value", ["", "nonsense", "00-" + "0" * 32 + "-" + "0" * 16 + "-01", "\udcff"])
def test_what_is_no_context_is_not_attached(value: str) -> None:
    assert not carrier.attach({"TRACEPARENT": value})


def test_a_span_that_is_there_already_stays() -> None:
    assert carrier.attach(NOW)
    assert not carrier.attach({"TRACEPARENT": OTHER})
    assert carrier.current() == NOW


def test_the_callers_choice_wins_and_what_was_inherited_is_none() -> None:
    assert carrier.extended({"TRACEPARENT": OTHER}, NOW, {}) is None
    assert carrier.extended({b"TRACEPARENT": OTHER.encode()}, NOW, {}) is None
    own = {"TRACEPARENT": OTHER, "BAGGAGE": "stale=1"}
    assert carrier.extended({"A": "1", **own}, NOW, own) == {"A": "1", **NOW}
    as_bytes = {os.fsencode(name): os.fsencode(value) for name, value in own.items()}
    assert carrier.extended(as_bytes, NOW, own) == NOW


def test_the_given_environment_is_left_as_it_was() -> None:
    given = {"A": "1"}
    assert carrier.extended(given, NOW, {}) == {"A": "1", **NOW}
    assert given == {"A": "1"}


def test_a_value_that_would_keep_the_program_from_starting_is_left_out() -> None:
    context.attach(baggage.set_baggage("big", "x" * (carrier.VALUE_MAX + 1)))
    assert carrier.current() == {}
