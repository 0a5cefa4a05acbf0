"""One type per key, in all events."""

from __future__ import annotations

import pytest

from otel_audit import semconv
from otel_audit.custom.attribute_types import KeyTypes, catalogue_types, key_types
from otel_audit.custom.definitions import Argument, define
from otel_audit.errors import DefinitionError
from otel_audit.events import CATALOGUE
from otel_audit.model import Event


def event(*arguments: str | Argument, name: str = "shop.x") -> Event:
    return define(name, arguments)


def test_types_are_those_of_the_attributes() -> None:
    found = key_types(
        event(Argument("n", capture="int"), Argument("ok", "shop.ok", "bool"), Argument("argv", "shop.v", "argv"))
    )
    assert {"python.audit.arg.n": "int", "shop.ok": "bool", "shop.v": "str[]"}.items() <= found.items()


def test_every_convention_of_the_catalogue_is_found() -> None:
    unused = {semconv.HTTP_ROUTE, semconv.PROCESS_PID, semconv.THREAD_ID, semconv.THREAD_NAME}
    conventions = {
        value
        for name, value in vars(semconv).items()
        if name.isupper() and not name.startswith("AUDIT_") and name != "SCHEMA_URL"
    }
    assert conventions - unused <= set(catalogue_types())


def test_the_catalogue_has_one_type_per_key() -> None:
    known = catalogue_types()
    for row in CATALOGUE.values():
        assert all(known[key][0] == kind for key, kind in key_types(row).items()), row.name
    assert known["file.path"][0] == "str"
    assert known["server.port"][0] == known["network.peer.port"][0] == "int"
    assert known["process.command_args"][0] == "str[]"


@pytest.mark.parametrize(
    ("argument", "line"),
    [
        (
            Argument("port"),
            "shop.x: arguments[0]=port: expected capture=int, or an attribute of its own "
            "(python.audit.arg.port is int in ",
        ),
        (
            Argument("path", "file.path", "int"),
            "shop.x: arguments[0]=path: expected another name, or an attribute of its own (file.path is str in ",
        ),
    ],
)
def test_another_type_than_the_catalogue_s_is_refused(argument: Argument, line: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        KeyTypes().check(event(argument))
    assert str(caught.value).startswith(line)


def test_another_type_than_that_of_an_earlier_event_is_refused() -> None:
    types = KeyTypes([event(Argument("amount", "shop.amount", "float"), name="shop.first")])
    types.check(event(Argument("sum", "shop.amount", "float")))
    with pytest.raises(DefinitionError, match=r"shop\.amount is float in shop\.first"):
        types.check(event(Argument("sum", "shop.amount", "text"), name="shop.second"))


def test_the_type_of_the_catalogue_is_taken() -> None:
    KeyTypes().check(event(Argument("port", capture="int"), Argument("path", "file.path", "path")))
