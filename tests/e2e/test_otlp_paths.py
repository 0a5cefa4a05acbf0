"""Real programs, both ways: log records that the bridge encodes are those that the SDK would have sent."""

from __future__ import annotations

import os
import subprocess
from typing import Any

import pytest

from tests.e2e.conftest import PROGRAMS, Worker, environment, instrumented
from tests.receiver import Log, Protocol, Receiver

EVENTS = {"OTEL_PYTHON_AUDIT_INCLUDE": "worker.*", "OTEL_PYTHON_AUDIT_SAMPLING": "worker.*=all"}
OF_ONE_RUN = {"thread.id", "process.pid", "service.instance.id"}


def sent(receiver: Receiver, core: str, protocol: Protocol, way: str) -> tuple[dict[str, Any], tuple[Log, ...]]:
    receiver.clear()
    chosen = {**receiver.env(protocol), **EVENTS, "OTEL_PYTHON_AUDIT_CORE": core, "OTEL_PYTHON_AUDIT_OTLP": way}
    with Worker(chosen) as worker:
        worker.tell("work 20 30")
        health = worker.tell("settle 30")
    return health, receiver.logs


def comparable(log: Log) -> str:
    """Everything that two runs have in common: SDK 1.40 asks resource detectors in threads, in any order."""
    attributes, resource = (
        {key: value for key, value in held.items() if key not in OF_ONE_RUN} for held in (log.attributes, log.resource)
    )
    place = len(log.trace_id), len(log.span_id), log.flags, log.time_ns < log.observed_ns
    head = log.event_name, log.body, log.severity_number, log.severity_text, log.scope, log.scope_version
    return repr((head, log.schema_url, attributes, sorted(resource.items()), place))


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
def test_both_ways_arrive_alike(receiver: Receiver, core: str, protocol: Protocol) -> None:
    found = {}
    for way in ("auto", "sdk"):
        health, logs = sent(receiver, core, protocol, way)
        assert health["destinations"]["logs"] == {"kept": 600, "delivered": 600}
        assert not any(note.startswith("log records") for note in health["notes"])
        found[way] = sorted(map(comparable, logs))
    assert len(found["auto"]) == 600
    assert found["auto"] == found["sdk"]


def test_a_way_that_is_not_the_sdks_own_is_noted(receiver: Receiver, core: str) -> None:
    chosen = {**receiver.env("grpc"), **EVENTS, "OTEL_PYTHON_AUDIT_CORE": core, "OTEL_ATTRIBUTE_COUNT_LIMIT": "100"}
    with Worker(chosen) as worker:
        worker.tell("work 1 3")
        health = worker.tell("settle 30")
    assert "log records: the SDK's own path: log records have limits of their own" in health["notes"]
    assert health["destinations"]["logs"] == {"kept": 3, "delivered": 3}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.parametrize("way", ["auto", "sdk"])
def test_what_waits_at_a_fork_is_sent_once_and_by_its_parent(receiver: Receiver, core: str, way: str) -> None:
    chosen = environment(
        **receiver.env("http/protobuf"),
        OTEL_PYTHON_AUDIT_INCLUDE="app.*",
        OTEL_PYTHON_AUDIT_SAMPLING="app.*=all",
        OTEL_PYTHON_AUDIT_CORE=core,
        OTEL_PYTHON_AUDIT_OTLP=way,
        OTEL_BLRP_SCHEDULE_DELAY="600000",  # what is sent is sent by a flush
    )
    ran = subprocess.run(
        instrumented(str(PROGRAMS / "fork_with_queue.py")),
        env=chosen,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    waiting, child, parent = map(int, ran.stdout.split())
    assert waiting == 7, "they waited in the SDK's queue when the process forked"
    assert (child, parent) == (5, 7)
    assert sorted(str(log.attributes["python.audit.args"]) for log in receiver.logs) == sorted(
        [f"parent, {number}" for number in range(7)] + [f"child, {number}" for number in range(5)]
    )
