"""The shop under `opentelemetry-instrument`: per request, what the process did, in three signals that agree."""

from __future__ import annotations

import signal
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass

import pytest
import traffic

from tests.e2e.conftest import ROOT, environment, instrumented
from tests.receiver import Receiver
from tests.receiver.records import Log, Span

SHOP = ROOT / "examples" / "flask_shop"
ROUNDS = 3
PREFIX = "python.audit."


@dataclass
class Run:
    """What the receiver got from the shop's own process."""

    spans: list[Span]
    logs: list[Log]
    totals: dict[str, int]

    def logs_of(self, span: Span) -> list[Log]:
        return [log for log in self.logs if log.span_id == span.span_id]


def serve(variables: dict[str, str]) -> None:
    """Run the shop, send it the scripted rounds, stop it."""
    with tempfile.TemporaryDirectory() as data:
        process = subprocess.Popen(
            instrumented(str(SHOP / "app.py")),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment(SHOP_DATA=data, **variables),
        )
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        try:
            assert all(traffic.send_round(url, number) for number in range(ROUNDS))
        finally:
            process.send_signal(signal.SIGINT)
            process.stdout.read()
            process.stdout.close()
            assert process.wait(60) == 0


@pytest.fixture(scope="module", params=[("c", "grpc"), ("c", "http/protobuf"), ("python", "grpc")])
def run(request: pytest.FixtureRequest) -> Run:
    core, protocol = request.param
    with Receiver() as receiver:
        serve({**receiver.env(protocol), "OTEL_PYTHON_AUDIT_CORE": core})
        spans = [span for span in receiver.spans if span.kind == "SERVER"]
        (instance,) = {span.resource["process.pid"] for span in spans}
        logs = [log for log in receiver.logs if log.resource["process.pid"] == instance]
        points = [point for point in receiver.metrics if point.resource["process.pid"] == instance]
    totals = {
        str(point.attributes[PREFIX + "event"]): int(point.value)
        for point in points
        if point.metric == PREFIX + "events"
    }
    return Run(spans, [log for log in logs if log.event_name.startswith(PREFIX)], totals)


def test_every_request_has_its_span(run: Run) -> None:
    assert len(run.spans) == ROUNDS * len(traffic.ROUND)


def test_counters_equal_what_happened(run: Run) -> None:
    expected = traffic.expected(ROUNDS)
    selected = {event: number for event, number in expected.items() if event in run.totals}
    assert {event: run.totals[event] for event in selected} == selected
    assert {"sqlite3.connect", "subprocess.Popen", "socket.connect", "shop.user.login"} <= set(selected)


def test_each_span_carries_the_events_of_its_request(run: Run) -> None:
    for span in run.spans:
        path = str(span.attributes.get("url.path") or span.attributes.get("http.target"))
        happened = Counter(event.name.removeprefix(PREFIX) for event in span.events)
        wanted = {event: number for event, number in traffic.PER_REQUEST[path].items() if event in run.totals}
        wanted.pop("open", None)  # a path's first request loads its template
        happened.pop("open", None)
        assert dict(happened) == wanted, path


def test_log_records_and_span_events_agree(run: Run) -> None:
    for span in run.spans:
        assert sorted(log.event_name for log in run.logs_of(span)) == sorted(event.name for event in span.events)
        for log in run.logs_of(span):
            assert log.trace_id == span.trace_id
            assert span.start_ns <= log.time_ns <= span.end_ns
        times = [event.time_ns for event in span.events]
        assert times == sorted(times)


def test_nothing_of_the_exporter_is_in_it(run: Run) -> None:
    to_the_warehouse = Counter(traffic.PER_REQUEST["/product/1"])["socket.connect"]
    assert to_the_warehouse == 1
    assert run.totals["socket.connect"] == traffic.expected(ROUNDS)["socket.connect"]
    assert run.totals["http.client.connect"] == traffic.expected(ROUNDS)["http.client.connect"]


def test_secrets_are_masked_everywhere(run: Run) -> None:
    told = repr(run.spans) + repr(run.logs)
    assert "tok-demo" not in told
    assert "202 555" not in told
    assert "[redacted:token]" in told
    assert "[redacted:phone]" in told


def test_a_log_record_has_what_the_convention_asks(run: Run) -> None:
    log = next(log for log in run.logs if log.event_name == "python.audit.subprocess.Popen" and log.span_id)
    assert log.scope == "otel_audit"
    assert log.scope_version
    assert log.schema_url.startswith("https://opentelemetry.io/schemas/")
    assert (log.severity_number, log.severity_text) == (13, "WARN")
    assert log.time_ns <= log.observed_ns
    assert log.attributes["python.audit.event"] == "subprocess.Popen"
    assert log.attributes["python.audit.group"] == "process"
    assert str(log.body).startswith("run ")
