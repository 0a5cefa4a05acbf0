"""One definition per name, one type per key; a file has the last word."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from otel_audit import custom
from otel_audit.custom import registry
from otel_audit.custom.definitions import Argument, define
from otel_audit.errors import DefinitionError, SettingsError
from otel_audit.model import Arg, Event, Kind
from tests.conftest import Run


@pytest.fixture
def told() -> Iterator[list[Event]]:
    """Rows a listener was told of."""
    found: list[Event] = []
    end = custom.on_define(found.append)
    yield found
    end()


def refusal(define_it: Callable[[], object]) -> str:
    with pytest.raises(DefinitionError) as caught:
        define_it()
    return str(caught.value)


def test_the_same_definition_twice_is_one_event(told: list[Event]) -> None:
    for _ in range(2):
        custom.event("shop.x", "a", Argument("b", redact="card"), text="{a}")
    assert custom.rows() == (custom.row("shop.x"),)
    assert [event.name for event in told] == ["shop.x"]
    assert custom.row("shop.y") is None


def test_two_definitions_of_one_name_are_refused() -> None:
    custom.event("shop.x", "a")
    line = "name=shop.x: expected one definition (this name has another one)"
    assert refusal(lambda: custom.event("shop.x", "b")) == line
    assert [arg.name for arg in custom.rows()[0].args] == ["a"]


def test_a_refused_definition_leaves_nothing_behind() -> None:
    custom.event("shop.x", Argument("n", "shop.n", "int"))
    assert "shop.n is int in shop.x" in refusal(lambda: custom.event("shop.y", Argument("n", "shop.n", "text")))
    assert "shop.m" not in str(custom.rows())
    assert [event.name for event in custom.rows()] == ["shop.x"]


def test_names_are_bounded() -> None:
    for number in range(registry.LIMIT):
        custom.event(f"shop.x{number}")
    assert "expected at most 512 events: a name is a constant" in refusal(lambda: custom.event("shop.one_more"))
    custom.event("shop.x0")
    with pytest.raises(SettingsError, match="at most 512 events"):
        custom.adopt("audit.toml", [define("shop.another", ())])


def test_a_file_replaces_what_code_says_and_keeps_it(told: list[Event]) -> None:
    custom.event("shop.x", "email")
    stricter = define("shop.x", [Argument("email", redact="email")])
    custom.adopt("audit.toml", [stricter])
    custom.event("shop.x", "email")
    custom.event("shop.x", "email", "more")
    assert custom.rows() == (stricter,)
    assert told[1:] == [stricter]


def test_what_a_file_says_of_a_type_holds_and_the_program_runs() -> None:
    custom.adopt("audit.toml", [define("shop.x", [Argument("n", "shop.n", "int")])])
    custom.event("shop.y", "a", Argument("n", "shop.n", "text"))
    found = custom.row("shop.y")
    assert found is not None
    assert found.args == (Arg("a"), Arg("n", Kind.SKIP))


def test_a_file_that_contradicts_a_type_in_code_is_refused_as_a_whole() -> None:
    custom.event("shop.y", Argument("n", "shop.n", "text"))
    before = custom.rows()
    with pytest.raises(SettingsError) as caught:
        custom.adopt("audit.toml", [define("shop.a", ()), define("shop.x", [Argument("n", "shop.n", "int")])])
    assert str(caught.value) == (
        "audit.toml: shop.x: arguments[0]=n: expected another name, or an attribute of its own "
        "(shop.n is str in shop.y)"
    )
    assert custom.rows() == before
    custom.adopt("audit.toml", [define("shop.y", [Argument("n", "shop.n", "int")])])


def test_a_file_without_events_changes_nothing(told: list[Event]) -> None:
    custom.event("shop.x", "a")
    custom.adopt("audit.toml", ())
    assert [event.name for event in told] == ["shop.x"]


def test_a_listener_is_told_until_it_ends() -> None:
    found: list[Event] = []
    end = custom.on_define(found.append)
    custom.event("shop.x")
    end()
    end()
    custom.event("shop.y")
    assert [event.name for event in found] == ["shop.x"]


def test_threads_define_each_event_once(told: list[Event]) -> None:
    barrier = threading.Barrier(8)

    def define_all() -> None:
        barrier.wait()
        for number in range(50):
            custom.event(f"shop.x{number}", "a")

    threads = [threading.Thread(target=define_all) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(event.name for event in told) == sorted(f"shop.x{number}" for number in range(50))


def test_a_forked_child_defines_though_another_thread_held_the_lock(run_python: Run) -> None:
    run_python("""
import os, threading
from otel_audit import custom
from otel_audit.custom import registry
held, done = threading.Event(), threading.Event()
def hold():
    with registry._registry.lock:
        held.set()
        done.wait()
thread = threading.Thread(target=hold)
thread.start()
held.wait()
child = os.fork()
if not child:
    custom.event("shop.x", "a")("b")
    os._exit(0 if custom.row("shop.x") else 1)
_, status = os.waitpid(child, 0)
done.set()
thread.join()
assert status == 0, status
""")
