"""Definitions of one's own events: the same rows as the catalogue's, or one line of what is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_audit.custom.attribute_types import key_types
from otel_audit.custom.definitions import CAPTURES, Argument, define
from otel_audit.errors import DefinitionError
from otel_audit.events import NAMESPACES
from otel_audit.events.describe import describe
from otel_audit.model import Arg, Event, Items, Kind, Record

NAME_EXPECTED = "expected a name with a namespace and no white space, such as shop.order.placed"


def refusal(name: Any = "shop.x", arguments: Any = (), **more: Any) -> str:
    with pytest.raises(DefinitionError) as caught:
        define(name, arguments, **more)
    return str(caught.value)


def described(event: Event, *values: Any) -> dict[str, Any]:
    return describe(event, Record(2, 0, 0, 0, 0, 0, "", 0, 1, 0, len(event.args), values))


def test_a_definition_is_a_row_of_the_group_custom() -> None:
    arguments = (Argument("order_id", "shop.order.id"), "amount", Argument("payload", capture="size"))
    found = define("shop.order.placed", arguments, severity="warn", text="order {order_id}", meaning="An order.")
    assert found == Event(
        "shop.order.placed",
        "custom",
        (Arg("order_id", Kind.AUTO, "shop.order.id"), Arg("amount"), Arg("payload", Kind.SIZE)),
        "order {shop.order.id}",
        meaning="An order.",
        severity="warn",
    )


@pytest.mark.parametrize("name", ["shop.order.placed", "shop.order/result", "Büro.öffnen", "a.b", "_x.y-z", "s.x/2"])
def test_names_with_a_namespace(name: str) -> None:
    assert define(name, ()).name == name


@pytest.mark.parametrize(
    "name",
    ["", "shop", "shop order", "shop.order placed", ".x", "x.", "a..b", "a.b/c/d", "a.b,c", "a.b=c", "a.*", "a.?"],
)
def test_names_without(name: str) -> None:
    assert refusal(name) == f"name={name}: {NAME_EXPECTED}"


@pytest.mark.parametrize("name", ["user.42.login", "user.1f.x", "jobs.2024-11-21"])
def test_data_is_no_part_of_a_name(name: str) -> None:
    assert refusal(name) == f"name={name}: {NAME_EXPECTED}"


def test_a_name_has_at_most_128_bytes() -> None:
    define("a." + "b" * 126, ())
    assert refusal("a." + "b" * 127).endswith("expected at most 128 bytes: data goes into arguments")
    assert refusal("a." + "ö" * 64).endswith("expected at most 128 bytes: data goes into arguments")


@pytest.mark.parametrize("namespace", sorted(NAMESPACES))
def test_namespaces_of_cpython_are_taken(namespace: str) -> None:
    name = f"{namespace}.mine"
    assert refusal(name) == f"name={name}: expected a namespace of your own ({namespace} is CPython's)"


@pytest.mark.parametrize("namespace", ["python", "bridge"])
def test_our_namespaces_are_taken(namespace: str) -> None:
    assert "is otel-audit's" in refusal(f"{namespace}.mine")


@pytest.mark.parametrize("name", [5, None, b"a.b", ("a", "b")])
def test_a_name_is_text(name: object) -> None:
    assert refusal(name) == f"name=<{type(name).__name__}>: {NAME_EXPECTED}"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("order_id", "arguments=order_id: expected a list of arguments"),
        (Argument("x"), "arguments=<Argument>: expected a list of arguments"),
        ([""], "arguments[0].name=: expected a name such as order_id"),
        (["a", "b c"], "arguments[1].name=b c: expected a name such as order_id"),
        ([5], "arguments[0].name=<int>: expected a name such as order_id"),
        (["a", "a"], "arguments[1].name=a: expected each argument once"),
        ([f"a{number}" for number in range(17)], "arguments=<17>: expected at most 16"),
        (
            [Argument("a", capture="content")],
            "arguments[0].capture=content: expected one of auto, text, size, int, float, bool, path, address, argv, "
            "code, type, skip",
        ),
        ([Argument("a", "id")], "arguments[0].attribute=id: expected a key with a namespace, such as shop.order.id"),
        (
            [Argument("a", "a b.c")],
            "arguments[0].attribute=a b.c: expected a key with a namespace, such as shop.order.id",
        ),
        *(
            ([Argument("a", key)], f"arguments[0].attribute={key}: expected a key of your own (this one is reserved)")
            for key in ("thread.id", "thread.name", "python.audit.event", "python.audit.arg.a", "otel.x", "http.route")
        ),
        (
            [Argument("a", "shop.peer", "address")],
            "arguments[0].attribute=shop.peer: expected network.peer.address or network.local.address for "
            "capture=address",
        ),
        *(
            (
                [Argument("a", "shop.a", capture)],
                f"arguments[0].attribute=shop.a: expected none for capture={capture}, which has keys of its own",
            )
            for capture in ("size", "code", "skip")
        ),
        ([Argument("a", "x.y"), Argument("b", "x.y")], "arguments[1].attribute=x.y: expected each attribute once"),
        (
            [Argument("a", redact="E-Mail")],
            "arguments[0].redact=E-Mail: expected the kind of secret in lower case, such as email",
        ),
        *(
            (
                [Argument("a", capture=capture, redact="card")],
                f"arguments[0].redact=card: expected capture=text or path beside it, not {capture}",
            )
            for capture in ("int", "size", "argv", "address", "type", "bool", "float", "code", "skip")
        ),
    ],
)
def test_an_error_names_the_part_and_what_was_expected(arguments: Any, line: str) -> None:
    assert refusal(arguments=arguments) == f"shop.x: {line}"


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({"severity": "error"}, "severity=error: expected debug, info or warn"),
        ({"severity": 3}, "severity=<int>: expected debug, info or warn"),
        ({"meaning": "a\nb"}, "meaning=a\\nb: expected one line of at most 500 characters"),
        ({"text": "a\nb"}, "text=a\\nb: expected one line of at most 500 characters"),
        ({"text": 5}, "text=<int>: expected one line of at most 500 characters"),
        *(
            ({"text": text}, f"text={text}: expected keys in {{braces}}, parts that may be missing in [brackets]")
            for text in ("{a", "a}", "[a", "a]", "[[a]]", "{a{a}}", "{[a]}", "][")
        ),
        (
            {"text": "by {autor}"},
            "text=by {autor}: expected arguments or attributes of this event in braces (did you mean author?)",
        ),
    ],
)
def test_what_else_can_be_wrong(more: dict[str, Any], line: str) -> None:
    assert refusal(arguments=["author"], **more) == f"shop.x: {line}"


def test_a_template_over_nothing_says_so() -> None:
    assert refusal(text="{x}").endswith("attributes of this event in braces (the event has none)")


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("order {id}[ of {amount}]", "order {shop.id}[ of {python.audit.arg.amount}]"),
        ("order {shop.id}", "order {shop.id}"),
        ("{data.size}", "{python.audit.arg.data.size}"),
        ("{python.audit.arg.data.size} bytes", "{python.audit.arg.data.size} bytes"),
        ("plain", "plain"),
    ],
)
def test_a_template_takes_arguments_and_attributes(text: str, full: str) -> None:
    arguments: list[str | Argument] = [Argument("id", "shop.id"), "amount", Argument("data", capture="size")]
    assert define("shop.x", arguments, text=text).text == full


def test_what_is_redacted_is_text() -> None:
    arguments = [Argument("email", redact="email"), Argument("file", redact="path", capture="path")]
    found = define("shop.x", arguments)
    assert found.args == (Arg("email", Kind.TEXT, redact="email"), Arg("file", Kind.PATH, redact="path"))


@pytest.mark.parametrize("side", ["peer", "local"])
def test_addresses_become_network_attributes(side: str) -> None:
    attribute = None if side == "peer" else "network.local.address"
    found = define("shop.x", [Argument("at", attribute, "address")])
    attributes = described(found, Items(("10.0.0.1", 443), 2))
    assert attributes[f"network.{side}.address"] == "10.0.0.1"
    assert attributes[f"network.{side}.port"] == 443


@pytest.mark.parametrize("capture", sorted(CAPTURES))
def test_every_capture_gives_attributes_of_one_type(capture: str) -> None:
    types = key_types(define("shop.x", [Argument("a", capture=capture)]))
    assert bool(types) is (capture != "skip")
    assert set(types.values()) <= {"str", "int", "float", "bool", "str[]"}


@given(
    st.text(),
    st.lists(st.text() | st.builds(Argument, st.text(), st.none() | st.text(), st.text(), st.text())),
    st.text(),
)
def test_whatever_is_said_is_defined_or_refused_in_one_line(name: str, arguments: list[Any], text: str) -> None:
    line = ""
    try:
        assert define(name, arguments, text=text).name == name
    except DefinitionError as error:
        line = str(error)
    assert line.isprintable()
