"""What a record says of the code it came from, as attributes."""

from __future__ import annotations

from typing import Any

import pytest

from otel_audit import wire
from otel_audit.model import CodeRef, Location, Record
from tests.sinks.fakes import NAMES, chain, record

PLACE = ("/srv/app/orders.py", "Orders.place", 31)


def fields(data: bytes, **options: Any) -> dict[str, Any]:
    described = chain(**options).decode(data)
    assert described is not None
    return described.fields


def code(found: dict[str, Any]) -> list[Any]:
    return [found.get(f"code.{key}") for key in ("file.path", "function.name", "line.number")]


def test_a_marked_record_says_so_with_its_task_and_its_place() -> None:
    found = fields(record("app.e", 1, on_loop=True, task="Task-9", location=PLACE))
    assert (found["python.audit.on_event_loop"], found["python.audit.task"]) == (True, "Task-9")
    assert code(found) == list(PLACE)


def test_a_record_that_is_not_marked_says_nothing() -> None:
    found = fields(record("app.e", 1))
    assert not [key for key in found if "task" in key or "loop" in key or key.startswith("code.")]


def test_a_place_is_said_of_records_off_loops_too() -> None:
    found = fields(record("app.e", 1, location=PLACE))
    assert code(found) == list(PLACE)
    assert "python.audit.on_event_loop" not in found


@pytest.mark.parametrize("line", [0, 3])
def test_an_event_s_own_code_comes_first(line: int) -> None:
    """`compile` and the like are about code: where they were raised goes unsaid."""
    from otel_audit.chain import Chain
    from otel_audit.events import CATALOGUE
    from otel_audit.model import Plan, PlanEvent, Rule
    from tests.sinks.fakes import FakeCore

    row = CATALOGUE["exec"]
    kinds = tuple(arg.kind for arg in row.args)
    events = tuple(PlanEvent(name, row.group, True, kinds, Rule(), "info") for name in ("other", "message", "exec"))
    core: Any = FakeCore()
    made = Record(2, 0, 0, 0, 0, 1, "", 0, 1, 0, 1, (CodeRef("/other.py", "made", line),), location=Location(*PLACE))
    described = Chain(Plan(events), core, "default")(made)
    assert described is not None
    assert code(described.fields)[:2] == ["/other.py", "made"]
    assert described.fields.get("code.line.number") in (None, line)


def test_task_and_place_are_redacted() -> None:
    secret = "AKIAIOSFODNN7EXAMPLE"
    found = fields(record("app.e", on_loop=True, task=f"upload {secret}", location=(f"/srv/{secret}/x.py", secret, 1)))
    assert secret not in repr(found)
    assert secret in repr(fields(record("app.e", on_loop=True, task=secret), redact="off"))


def test_the_flag_alone_marks() -> None:
    assert wire.decode(record("app.e", on_loop=True)).flags == wire.FLAG_ON_EVENT_LOOP
    assert NAMES
