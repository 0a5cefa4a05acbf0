"""Events of one's own are raised like functions are called."""

from __future__ import annotations

import inspect
import sys
from typing import Any

import pytest

from otel_audit import custom
from otel_audit.custom.definitions import Argument, define
from tests.conftest import Run
from tests.custom.conftest import Raised, refusal


def test_an_event_is_raised_with_its_arguments_in_order(raised: Raised) -> None:
    placed = custom.event("shop.order.placed", Argument("order_id", "shop.order.id"), "amount", "email")
    placed("o-1", 3, "a@b")
    placed("o-2", email="a@b", amount=4)
    placed(email="a@b")
    placed()
    assert raised == [
        ("shop.order.placed", "o-1", 3, "a@b"),
        ("shop.order.placed", "o-2", 4, "a@b"),
        ("shop.order.placed", None, None, "a@b"),
        ("shop.order.placed", None, None, None),
    ]


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        ((1, 2, 3), {}, "shop.x() takes from 0 to 2 positional arguments but 3 were given"),
        ((1,), {"c": 1}, "shop.x() got an unexpected keyword argument 'c'"),
        ((1,), {"a": 1}, "shop.x() got multiple values for argument 'a'"),
    ],
)
def test_a_wrong_call_is_a_type_error(raised: Raised, args: Any, kwargs: Any, message: str) -> None:
    with pytest.raises(TypeError) as caught:
        custom.event("shop.x", "a", "b")(*args, **kwargs)
    assert str(caught.value) == message
    assert not raised


@pytest.mark.parametrize("names", [["_", "__"], ["audit", "sys"], ["raise_event", "größe"]])
def test_an_argument_may_have_any_name(raised: Raised, names: list[str]) -> None:
    custom.event("shop.x", *names)(1, **{names[1]: 2})
    assert raised == [("shop.x", 1, 2)]


def test_words_of_python_are_no_names() -> None:
    line = "shop.x: arguments[1].name=from: expected no word of Python's own"
    assert refusal(lambda: custom.event("shop.x", "to", "from")) == line
    assert custom.rows() == ()
    custom.adopt("audit.toml", [define("shop.x", ["to", "from"])])  # nobody calls it


def test_an_event_reads_like_a_function() -> None:
    made = custom.event("shop.x", "a", "b", meaning="What it means.")
    assert str(inspect.signature(made)) == "(a=None, b=None)"
    assert (made.__name__, made.__doc__) == ("shop.x", "What it means.")


def test_a_veto_of_another_hook_reaches_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    def veto(*args: object) -> None:
        raise PermissionError

    monkeypatch.setattr(sys, "audit", veto)
    with pytest.raises(PermissionError):
        custom.event("shop.x")()


def test_without_a_bridge_an_event_reaches_any_hook(run_python: Run) -> None:
    ran = run_python("""
import json, sys
seen = []
sys.addaudithook(lambda event, args: seen.append([event, *args]) if event.startswith("shop.") else None)
from otel_audit.custom import event
event("shop.order.placed", "order_id", "amount")("o-1", amount=3)
print(json.dumps(seen))
""")
    assert ran.result == [["shop.order.placed", "o-1", 3]]
