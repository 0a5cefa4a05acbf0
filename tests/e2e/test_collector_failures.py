"""The collector is down, dies, answers 503, hangs: the application goes on, and every record is accounted for."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from tests.e2e.conftest import Worker
from tests.receiver import Receiver

Protocol = Literal["grpc", "http/protobuf"]
EVENTS = {"OTEL_PYTHON_AUDIT_INCLUDE": "worker.*", "OTEL_PYTHON_AUDIT_SAMPLING": "worker.*=all"}


def variables(receiver: Receiver, core: str, protocol: Protocol = "http/protobuf", /, **more: str) -> dict[str, str]:
    return {**receiver.env(protocol), **EVENTS, "OTEL_PYTHON_AUDIT_CORE": core, **more}


def losses(account: dict[str, int]) -> int:
    return sum(number for outcome, number in account.items() if outcome not in ("kept", "delivered"))


def assert_balanced(health: dict[str, Any]) -> None:
    assert health["seen"] == sum(health["outcomes"].values())
    for destination, account in health["destinations"].items():
        assert account["kept"] == account.get("delivered", 0) + losses(account), (destination, account)


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
def test_down_from_the_start(receiver: Receiver, core: str, protocol: Protocol) -> None:
    receiver.stop_listening()
    with Worker(variables(receiver, core, protocol)) as worker:
        worker.tell("work 20 5")
        health = worker.tell("settle 120")
    assert_balanced(health)
    assert health["outcomes"]["kept"] == 100
    for destination in ("logs", "span_events"):
        assert health["destinations"][destination] == {"kept": 100, "export_failed": 100}


def test_503_then_healed(receiver: Receiver, core: str) -> None:
    receiver.fail(status=503)
    with Worker(variables(receiver, core)) as worker:
        worker.tell("work 10 5")
        failed = worker.tell("settle 120")
        receiver.heal()
        worker.tell("work 10 5")
        healed = worker.tell("settle 120")
    assert losses(failed["destinations"]["logs"]) == 50
    assert_balanced(healed)
    for destination in ("logs", "span_events"):
        assert healed["destinations"][destination] == {"kept": 100, "export_failed": 50, "delivered": 50}


def test_killed_midway_and_back(receiver: Receiver, core: str) -> None:
    with Worker(variables(receiver, core)) as worker:
        worker.tell("work 10 5")
        before = worker.tell("settle 120")
        receiver.stop_listening()
        worker.tell("work 10 5")
        down = worker.tell("settle 120")
        receiver.resume_listening()
        worker.tell("work 10 5")
        after = worker.tell("settle 120")
    assert before["destinations"]["logs"] == {"kept": 50, "delivered": 50}
    assert losses(down["destinations"]["logs"]) == 50
    assert_balanced(after)
    assert after["destinations"]["logs"]["delivered"] == 100
    received = [log for log in receiver.logs if log.event_name == "python.audit.worker.event"]
    assert len(received) == 100


def test_hanging_collector_costs_bounded_memory_and_no_waiting(receiver: Receiver, core: str) -> None:
    receiver.hang()
    small = {"OTEL_PYTHON_AUDIT_RING_SIZE": "65536", "OTEL_EXPORTER_OTLP_TIMEOUT": "20"}
    with Worker(variables(receiver, core, **small)) as worker:
        start = worker.tell("work 1 1")
        flooded = worker.tell("work 2000 40")
        receiver.heal()
        receiver.release()
        settled = worker.tell("settle 120")
    assert flooded["destinations"]["logs"]["queue_full"] > 50_000
    assert flooded["rss_kib"] - start["rss_kib"] < 100 * 1024
    assert settled["outcomes"]["kept"] == 80_001
    assert_balanced(settled)
    delivered = settled["destinations"]["logs"]["delivered"]
    assert delivered > 0
    assert sum(log.event_name == "python.audit.worker.event" for log in receiver.logs) == delivered
