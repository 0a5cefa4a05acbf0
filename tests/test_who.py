"""Route and baggage, read when a span starts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry import baggage, trace
from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind

from otel_audit import sdk, who

TRACER = TracerProvider(shutdown_on_exit=False).get_tracer("t")
SERVER = SpanKind.SERVER


def reader(*keys: str) -> Callable[[Any, Any], who.Who]:
    return who.reader(keys, sdk.attribute, sdk.span_finder())


def span(name: str = "s", kind: SpanKind = SpanKind.INTERNAL, **attributes: Any) -> Any:
    return TRACER.start_span(name, Context(), kind, {key.replace("_", "."): each for key, each in attributes.items()})


def carrying(**values: object) -> Context:
    context = Context()
    for key, value in values.items():
        context = baggage.set_baggage(key.replace("_", "."), value, context)
    return context


def child_context(parent: Any, found: who.Who, **values: object) -> Context:
    setattr(parent, who.ATTRIBUTE, found)
    return trace.set_span_in_context(parent, carrying(**values))


def read(span: Any, context: Any, *keys: str) -> dict[str, str]:
    found: who.Who = reader(*keys)(span, context)
    assert who.decode(found.data) == found.values
    return found.values


def test_a_span_without_a_request_knows_nothing() -> None:
    assert reader("user.id")(span(), Context()) is who.NOBODY


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (span("GET /users/{id}", SERVER), {"http.route": "/users/{id}"}),
        (span("GET /users/{id}", SERVER, http_route="/better"), {"http.route": "/better"}),
        (span("s", http_route="/users/{id}"), {"http.route": "/users/{id}"}),
        (span("GET /users/{id}", SpanKind.CLIENT), {}),
        (span("GET", SERVER), {}),
        (span("get /users", SERVER), {}),
        (span("GET /a b", SERVER), {"http.route": "/a b"}),
    ],
)
def test_the_route_is_an_attribute_or_in_the_name_of_a_servers_span(made: Any, expected: dict[str, str]) -> None:
    assert read(made, Context()) == expected


def test_chosen_baggage_is_read_and_no_other() -> None:
    context = carrying(user_id="jane", session_id="s-1", password="hunter2")
    assert read(span(), context, "session.id", "user.id", "tenant") == {"session.id": "s-1", "user.id": "jane"}


def test_without_chosen_keys_baggage_is_not_read() -> None:
    assert read(span(), carrying(user_id="jane")) == {}


def test_a_child_inherits_and_reads_baggage_anew() -> None:
    who_of = reader("user.id", "tenant")
    parent = span("POST /orders", SERVER)
    found = who_of(parent, carrying(user_id="jane", tenant="acme"))
    child = who_of(span("work"), child_context(parent, found, user_id="jim"))
    assert child.values == {"http.route": "/orders", "user.id": "jim", "tenant": "acme"}


def test_a_child_that_knows_no_more_shares_its_parents() -> None:
    who_of = reader("user.id")
    parent = span("POST /orders", SERVER)
    found = who_of(parent, carrying(user_id="jane"))
    assert who_of(span("work"), child_context(parent, found)) is found
    assert who_of(span("work"), child_context(parent, found, user_id="jane")) is found


def test_without_a_parent_context_the_current_one_counts() -> None:
    who_of = reader()
    parent = span("POST /orders", SERVER)
    setattr(parent, who.ATTRIBUTE, who_of(parent, Context()))
    with trace.use_span(parent):
        assert who_of(span("work"), None).values == {"http.route": "/orders"}


def test_a_remote_parent_hands_down_nothing() -> None:
    remote = trace.NonRecordingSpan(trace.SpanContext(1, 2, is_remote=True))
    assert read(span(), trace.set_span_in_context(remote, Context())) == {}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("x" * 128, "x" * 128),
        ("x" * 129, "x" * 127 + "…"),
        (7, "7"),
        (True, "True"),
        (["secret"], "<list>"),
        ("a\0http.route\0/forged", "a\ufffdhttp.route\ufffd/forged"),
        ("\udcff", "\\udcff"),
        ("", ""),
    ],
)
def test_values_are_bounded_text(value: object, expected: str) -> None:
    context = carrying(user_id=value)
    found = reader("user.id")(span(), context)
    assert who.decode(found.data) == {"user.id": expected}


def test_what_does_not_fit_is_said_and_the_route_comes_first() -> None:
    context = carrying(a="é" * 128, b="é" * 128, c="x")
    parent = span()
    found = reader("a", "b", "c")(parent, context)
    child = reader()(span(http_route="/r"), child_context(parent, found))
    assert len(child.data) <= who.BYTES_MAX
    assert who.decode(child.data) == {"http.route": "/r", "a": "é" * 128, "b": "…", "c": "x"}


CHARACTERS = st.characters(codec="utf-8", exclude_characters="\0")


@given(st.dictionaries(st.text(CHARACTERS, max_size=20), st.text(CHARACTERS, max_size=128)))
def test_encoded_is_decoded_but_for_what_did_not_fit(values: dict[str, str]) -> None:
    found = who.decode(who.encode(values))
    assert list(found) == list(values)
    assert all(found[key] in (value, "…") for key, value in values.items())


@given(st.binary(max_size=600))
def test_any_bytes_give_text(data: bytes) -> None:
    for key, value in who.decode(data).items():
        (key + value).encode()


def test_what_is_decoded_belongs_to_its_reader() -> None:
    data = who.encode({"user.id": "jane"})
    who.decode(data)["user.id"] = "jim"
    assert who.decode(data) == {"user.id": "jane"}
