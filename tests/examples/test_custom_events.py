"""The order desk raises what it says, recorded as it and its file describe it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import RUN, call

DESK = Path(__file__).parents[2] / "examples" / "custom_events"
OUTPUT = "o-2 declined\n2 orders\n"
CARDS = ("4111111111111111", "4000000000000000", "5500005555555559")


@pytest.fixture(params=["c", "python"])
def core(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def records(core: str, *options: str) -> dict[str, list[dict[str, Any]]]:
    """Records of the program by event, each kept on its own."""
    options = ("--sampling", "shop.*=all", *options)
    done = call(
        *RUN,
        "--core",
        core,
        "--config-file",
        str(DESK / "audit.toml"),
        "--no-summary",
        *options,
        str(DESK / "orders.py"),
    )
    assert (done.stdout, done.returncode) == (OUTPUT, 0)
    assert not [card for card in (*CARDS, "ada@example.com") if card in done.stderr]
    found: dict[str, list[dict[str, Any]]] = {}
    for line in done.stderr.splitlines():
        record = json.loads(line)
        found.setdefault(record["python.audit.event"], []).append(record)
    return found


def test_it_is_a_plain_program() -> None:
    done = call(sys.executable, str(DESK / "orders.py"))
    assert (done.stdout, done.stderr, done.returncode) == (OUTPUT, "", 0)


def test_orders_before_and_after(core: str) -> None:
    found = records(core)
    before = found["shop.order.place"]
    assert [record["shop.order.id"] for record in before] == ["o-1", "o-2", "o-3"]
    assert [record["shop.order.amount"] for record in before] == [34.9, 12.5, 7.0]
    assert {record["python.audit.arg.card"] for record in before} == {"[redacted:card]"}
    assert before[0]["message"] == "place order o-1 for 34.9"
    messages = {record["message"]: record.get("python.audit.count", 1) for record in found["shop.order.place/result"]}
    assert messages == {"shop.order.place returned": 2, "shop.order.place raised: __main__.Declined": 1}


def test_mails_exports_and_the_library_s_event(core: str) -> None:
    found = records(core)
    assert [(record["level"], record["python.audit.arg.to"]) for record in found["shop.mail.send"]] == [
        ("debug", "[redacted:email]")
    ] * 2
    (export,) = found["shop.export.written"]
    assert export["file.path"].endswith("orders.json")
    assert export["message"] == f"wrote 2 orders to {export['file.path']}"
    assert [(record["level"], record["message"]) for record in found["warehouse.stock.low"]] == [
        ("warn", "only 2 left after order o-1"),
        ("warn", "only 2 left after order o-3"),
    ]


def test_a_key_lets_equal_cards_be_seen_and_nothing_of_them(core: str) -> None:
    marks = [
        record["python.audit.arg.card"]
        for record in records(core, "--redact-key", "a key of 16 or more")["shop.order.place"]
    ]
    assert len(set(marks)) == len(CARDS)
    assert all(mark.startswith("[redacted:card:") for mark in marks)
