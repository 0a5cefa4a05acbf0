"""deploy/fleet, run on loopback from its own files: what comes in at any front arrives in the stores, once.

Kafka is a fake in memory here (tools/backends/kafka.py), the rest is real.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as Sent
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from tests.receiver import Receiver
from tests_stack.processes import INSTRUMENT, PROGRAMS
from tools.backends import BackendError, collector, until
from tools.backends.fleet import FILES, Fleet, fleet
from tools.backends.programs import run
from tools.scaling.ring import ring, sampler_of

TRACES, SPANS = 60, 4
PATIENCE = 60.0
VARIABLES = {"SAMPLERS": "{dns: {hostname: samplers}}", "KAFKA": "[kafka:9092]"}
VARIABLES |= {name: f"http://{name.lower()}:4318" for name in ("TRACES", "METRICS", "LOGS")}


@pytest.fixture(scope="module")
def stores() -> Iterator[Receiver]:
    """All stores in one."""
    with Receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def tiers(stores: Receiver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    with fleet(tmp_path_factory.mktemp("fleet"), stores.http_endpoint) as running:
        yield running


def span(trace: bytes, name: str, failed: bool) -> Sent:
    status = Status(code=Status.STATUS_CODE_ERROR if failed else Status.STATUS_CODE_UNSET)
    return Sent(
        trace_id=trace,
        span_id=secrets.token_bytes(8),
        name=name,
        status=status,
        start_time_unix_nano=1_000_000_000,
        end_time_unix_nano=1_000_500_000,
    )


def send(address: str, spans: Sequence[Sent]) -> None:
    request = ExportTraceServiceRequest()
    request.resource_spans.add().scope_spans.add().spans.extend(spans)
    headers = {"Content-Type": "application/x-protobuf"}
    asked = urllib.request.Request(f"http://{address}/v1/traces", request.SerializeToString(), headers)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked, timeout=PATIENCE) as answer:
        assert answer.status == 200


def test_the_spans_of_a_trace_meet_at_one_sampler_whichever_front_they_came_to(tiers: Fleet, stores: Receiver) -> None:
    traces = [secrets.token_bytes(16) for _ in range(TRACES)]
    for number in range(SPANS):
        last = number == SPANS - 1  # only the last span of every other trace says that it failed
        spans = [span(trace, f"step {number}", last and at % 2 == 1) for at, trace in enumerate(traces)]
        for front, half in zip(tiers.fronts, (spans[: TRACES // 2], spans[TRACES // 2 :]), strict=True):
            send((front if number % 2 else tiers.fronts[0]).http, half)
    expected = Counter({trace.hex(): SPANS for trace in traces[1::2]})
    stores.wait_for(lambda seen: len(seen.spans) >= expected.total(), PATIENCE)
    assert Counter(one.trace_id for one in stores.spans) == expected
    # The others are decided in the same turn: their spans were seen, and left out.
    until(lambda: sum(accepted(tiers)) == TRACES * SPANS, "all spans at the samplers", PATIENCE)
    # The ring by which tools/scaling sizes samplers is the exporter's own.
    places = ring([sampler.grpc for sampler in tiers.samplers])
    meant = Counter(sampler_of(trace, places) for trace in traces)
    assert accepted(tiers) == [meant[sampler.grpc] * SPANS for sampler in tiers.samplers]
    assert min(accepted(tiers)) > 0, "both samplers have a part"


def accepted(tiers: Fleet) -> list[float]:
    """Spans that each sampler took."""
    return [sampler.total("otelcol_receiver_accepted_spans") for sampler in tiers.samplers]


def program(tiers: Fleet) -> None:
    """Runs an audited program that sends to the fronts."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    subprocess.run(
        [INSTRUMENT, sys.executable, PROGRAMS / "steps.py"],
        env={
            **own,
            "OTEL_SERVICE_NAME": "steps",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{tiers.fronts[0].grpc}",
            "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": f"http://{tiers.fronts[1].grpc}",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
            "OTEL_PYTHON_AUDIT_INCLUDE": "process,steps.*",
        },
        check=True,
        timeout=PATIENCE,
    )


def test_a_trace_in_which_a_program_was_started_is_kept_and_logs_and_counts_are_complete(
    tiers: Fleet, stores: Receiver
) -> None:
    stores.clear()
    stores.fail(503, signal="logs")  # the store of the logs is away: Kafka keeps them
    program(tiers)
    stores.wait_for(lambda seen: seen.requests["logs", "503"] >= 2, PATIENCE)
    assert not stores.logs
    stores.heal()
    stores.wait_for(lambda seen: len(seen.logs) >= 3 and seen.spans and seen.metrics, PATIENCE)
    assert Counter(log.event_name.removeprefix("python.audit.") for log in stores.logs) == {
        "steps.step": 2,
        "subprocess.Popen": 1,
    }
    assert [one.name for one in stores.spans] == ["suspicious"], "the harmless one is left out"
    (kept,) = stores.spans
    assert [event.name for event in kept.events] == ["python.audit.subprocess.Popen", "python.audit.steps.step"]
    counts = stores.metric_by("python.audit.events", "python.audit.event")
    assert counts["steps.step"] == 2
    assert counts["subprocess.Popen"] == 1


@pytest.mark.parametrize("tier", ["front", "sampler", "writer"])
def test_the_collector_takes_the_file(tier: str) -> None:
    run([collector.collector(), "validate", f"--config={FILES / f'{tier}.yaml'}"], env=VARIABLES)


@pytest.mark.parametrize(
    ("tier", "right", "wrong"),
    [
        ("front", "routing_key: traceID", "routing_key: trace"),
        ("sampler", "spanevent:", "spanevents:"),
        ("writer", "initial_offset: earliest", "initial_offset: first"),
    ],
)
def test_the_collector_would_refuse_a_mistake(tmp_path: Path, tier: str, right: str, wrong: str) -> None:
    text = (FILES / f"{tier}.yaml").read_text(encoding="utf-8")
    assert right in text
    broken = tmp_path / "broken.yaml"
    broken.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(BackendError, match="exit code 1"):
        run([collector.collector(), "validate", f"--config={broken}"], env=VARIABLES)
