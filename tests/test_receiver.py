"""The receiver against the real exporters: a test harness that lies is worse than none."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcLogs
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as GrpcMetrics
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcSpans
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HttpLogs
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter as HttpMetrics
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpSpans
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import SpanKind

from tests.receiver import HUNG, OK, Protocol, Receiver

PROTOCOLS: tuple[Protocol, ...] = ("grpc", "http/protobuf")
ROOT = Path(__file__).parents[1]


@dataclass
class Sdk:
    """The three providers over one protocol, and the span exporter alone, for what needs the result of an export."""

    protocol: Protocol
    spans: SpanExporter
    tracing: TracerProvider
    metering: MeterProvider
    logging: LoggerProvider

    @classmethod
    def start(cls, protocol: Protocol) -> Sdk:
        """Exporters read their endpoint and gzip from the environment, as in a real process."""
        grpc = protocol == "grpc"
        resource = Resource({"service.name": "shop"})
        spans: SpanExporter = GrpcSpans(timeout=5) if grpc else HttpSpans(timeout=5)
        reader = PeriodicExportingMetricReader(
            GrpcMetrics(timeout=5) if grpc else HttpMetrics(timeout=5), export_interval_millis=float("inf")
        )
        sdk = cls(protocol, spans, TracerProvider(resource=resource), MeterProvider([reader], resource),
                  LoggerProvider(resource))  # fmt: skip
        sdk.tracing.add_span_processor(SimpleSpanProcessor(spans))
        sdk.logging.add_log_record_processor(SimpleLogRecordProcessor(GrpcLogs() if grpc else HttpLogs()))
        return sdk

    def span(self, name: str = "GET /") -> None:
        self.tracing.get_tracer("app").start_span(name).end()

    def stop(self) -> None:
        for provider in (self.tracing, self.metering, self.logging):
            provider.shutdown()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture(params=PROTOCOLS)
def sdk(request: pytest.FixtureRequest, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sdk]:
    for name, value in receiver.env(request.param).items():
        monkeypatch.setenv(name, value)
    running = Sdk.start(request.param)
    yield running
    receiver.resume_listening()
    receiver.heal()  # so that shutdown has nobody to wait for
    running.stop()


def finished_span(name: str = "GET /") -> ReadableSpan:
    span = TracerProvider().get_tracer("app").start_span(name)
    span.end()
    assert isinstance(span, ReadableSpan)
    return span


def test_spans_arrive_whole(receiver: Receiver, sdk: Sdk) -> None:
    tracer = sdk.tracing.get_tracer("app")
    with tracer.start_as_current_span("GET /", kind=SpanKind.SERVER, attributes={"n": 1, "many": ("a", "b")}) as parent:
        parent.add_event("opened", {"file.path": "/etc/hosts", "ratio": 0.5, "ok": True}, timestamp=17)
        tracer.start_span("SELECT").end()

    child, span = receiver.wait_for(lambda r: r.spans if len(r.spans) == 2 else None)

    context = parent.get_span_context()
    assert (span.name, span.kind, span.scope, span.parent_span_id) == ("GET /", "SERVER", "app", "")
    assert (span.trace_id, span.span_id) == (f"{context.trace_id:032x}", f"{context.span_id:016x}")
    assert span.attributes == {"n": 1, "many": ("a", "b")}
    assert span.resource["service.name"] == "shop"
    [event] = span.events
    assert (event.name, event.time_ns) == ("opened", 17)
    assert event.attributes == {"file.path": "/etc/hosts", "ratio": 0.5, "ok": True}
    assert (child.name, child.parent_span_id, child.trace_id) == ("SELECT", span.span_id, span.trace_id)
    assert span.start_ns <= child.start_ns <= child.end_ns <= span.end_ns


def test_dropped_span_events_are_told(receiver: Receiver, sdk: Sdk) -> None:
    span = sdk.tracing.get_tracer("app").start_span("GET /")
    for number in range(130):
        span.add_event(str(number))
    span.end()

    [seen] = receiver.wait_for(lambda r: r.spans)

    assert len(seen.events) + seen.dropped_events == 130
    assert seen.dropped_events > 0


def test_log_records_arrive_whole(receiver: Receiver, sdk: Sdk) -> None:
    with sdk.tracing.get_tracer("app").start_as_current_span("GET /") as span:
        sdk.logging.get_logger("otel_audit", "1.2", schema_url="https://schema").emit(
            LogRecord(timestamp=5, observed_timestamp=7, severity_number=SeverityNumber.WARN, severity_text="WARN",
                      event_name="python.audit.open", body="opened", attributes={"file.path": "/x"})
        )  # fmt: skip

    [log] = receiver.wait_for(lambda r: r.logs)

    context = span.get_span_context()
    assert (log.event_name, log.body, log.severity_number, log.severity_text) == (
        "python.audit.open", "opened", 13, "WARN")  # fmt: skip
    assert (log.trace_id, log.span_id) == (f"{context.trace_id:032x}", f"{context.span_id:016x}")
    assert log.flags == int(context.trace_flags)
    assert (log.time_ns, log.observed_ns) == (5, 7)
    assert (log.scope, log.scope_version, log.schema_url) == ("otel_audit", "1.2", "https://schema")
    assert (log.attributes, log.resource["service.name"]) == ({"file.path": "/x"}, "shop")


def test_totals_are_the_last_cumulative_values(receiver: Receiver, sdk: Sdk) -> None:
    meter = sdk.metering.get_meter("otel_audit")
    counter = meter.create_counter("python.audit.events", unit="{event}")
    counter.add(2, {"event": "open", "group": "filesystem"})
    sdk.metering.force_flush()
    counter.add(3, {"event": "open", "group": "filesystem"})
    counter.add(1, {"event": "exec", "group": "filesystem"})
    meter.create_histogram("took", unit="s").record(0.25)
    sdk.metering.force_flush()

    receiver.wait_for(lambda r: r.requests["metrics", OK] == 2)

    assert receiver.metric_totals("python.audit.events") == {
        frozenset({("event", "open"), ("group", "filesystem")}): 5,
        frozenset({("event", "exec"), ("group", "filesystem")}): 1,
    }
    assert receiver.metric_by("python.audit.events", "event") == {"open": 5, "exec": 1}
    assert receiver.metric_by("python.audit.events", "group") == {"filesystem": 6}
    first, *_ = receiver.metrics
    assert (first.unit, first.monotonic, first.cumulative, first.kind, first.scope) == (
        "{event}", True, True, "sum", "otel_audit")  # fmt: skip
    [took] = [point for point in receiver.metrics if point.metric == "took"]
    assert (took.value, took.count, took.monotonic) == (0.25, 1, False)


def test_totals_add_up_over_processes(receiver: Receiver, sdk: Sdk) -> None:
    for host in ("a", "b"):
        grpc = sdk.protocol == "grpc"
        reader = PeriodicExportingMetricReader(GrpcMetrics() if grpc else HttpMetrics())
        provider = MeterProvider([reader], Resource({"host.name": host}))
        provider.get_meter("app").create_counter("hits").add(4)
        provider.shutdown()

    assert receiver.metric_totals("hits") == {frozenset(): 8}


def test_http_bodies_come_compressed(receiver: Receiver, sdk: Sdk) -> None:
    sdk.span()

    receiver.wait_for(lambda r: r.spans)

    assert receiver.encodings == {("traces", "grpc" if sdk.protocol == "grpc" else "gzip"): 1}


@pytest.mark.parametrize("status", [503, "unavailable"])
def test_a_failed_request_is_counted_and_not_stored_and_the_exporter_retries(
    receiver: Receiver, sdk: Sdk, status: int | str
) -> None:
    receiver.fail(status, count=1)

    assert sdk.spans.export([finished_span()]) is SpanExportResult.SUCCESS

    assert receiver.requests == {("traces", str(status)): 1, ("traces", OK): 1}
    assert len(receiver.spans) == 1


def test_an_error_that_is_not_retryable_fails_the_export(receiver: Receiver, sdk: Sdk) -> None:
    receiver.fail("invalid_argument", signal="traces")

    assert sdk.spans.export([finished_span()]) is SpanExportResult.FAILURE

    assert receiver.requests == {("traces", "invalid_argument"): 1}
    assert receiver.spans == ()


def test_a_failure_of_one_signal_leaves_the_others(receiver: Receiver, sdk: Sdk) -> None:
    receiver.fail(400, signal="logs")

    sdk.span()

    assert receiver.wait_for(lambda r: r.spans)
    receiver.fail(400)
    assert sdk.spans.export([finished_span()]) is SpanExportResult.FAILURE
    receiver.heal()
    assert sdk.spans.export([finished_span()]) is SpanExportResult.SUCCESS


def test_a_released_request_is_answered(receiver: Receiver, sdk: Sdk) -> None:
    receiver.hang()
    results: list[SpanExportResult] = []
    exporting = threading.Thread(target=lambda: results.append(sdk.spans.export([finished_span()])))
    exporting.start()
    receiver.wait_for(lambda r: r.requests["traces", HUNG] == 1)
    assert receiver.spans == ()

    receiver.release()
    exporting.join(10)

    assert results == [SpanExportResult.SUCCESS]
    assert receiver.requests == {("traces", HUNG): 1, ("traces", OK): 1}
    assert len(receiver.spans) == 1


def test_a_hung_request_that_the_client_gave_up_is_not_stored(receiver: Receiver) -> None:
    receiver.hang()
    exporters: tuple[SpanExporter, ...] = (
        GrpcSpans(receiver.grpc_endpoint, insecure=True, timeout=0.2),
        HttpSpans(receiver.http_endpoint + "/v1/traces", timeout=0.2),
    )
    for exporter in exporters:
        assert exporter.export([finished_span()]) is SpanExportResult.FAILURE
        exporter.shutdown()

    receiver.release()

    receiver.wait_for(lambda r: r.requests["traces", "abandoned"] == r.requests["traces", HUNG] >= 2)
    assert receiver.spans == ()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_close_does_not_wait_for_what_hangs(protocol: Protocol) -> None:
    receiver = Receiver()
    receiver.hang()
    exporter: SpanExporter = (
        GrpcSpans(receiver.grpc_endpoint, insecure=True, timeout=30)
        if protocol == "grpc"
        else HttpSpans(receiver.http_endpoint + "/v1/traces", timeout=30)
    )
    exporting = threading.Thread(target=exporter.export, args=([finished_span()],))
    exporting.start()
    receiver.wait_for(lambda r: r.requests["traces", HUNG] == 1)

    start = time.monotonic()
    receiver.close()
    took = time.monotonic() - start
    exporter.shutdown()
    exporting.join(10)

    assert took < 5
    assert not exporting.is_alive()


def test_close_does_not_wait_for_idle_connections(receiver: Receiver, sdk: Sdk) -> None:
    sdk.span()
    receiver.wait_for(lambda r: r.spans)
    silent = socket.create_connection(("127.0.0.1", int(receiver.http_endpoint.rpartition(":")[2])))

    start = time.monotonic()
    receiver.close()

    assert time.monotonic() - start < 2
    silent.close()


def test_a_killed_collector_refuses_and_comes_back_on_the_same_ports(receiver: Receiver, sdk: Sdk) -> None:
    sdk.span("before")
    receiver.wait_for(lambda r: r.spans)
    endpoints = (receiver.grpc_endpoint, receiver.http_endpoint)

    receiver.stop_listening()
    for endpoint in endpoints:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", int(endpoint.rpartition(":")[2])), 5)
    receiver.resume_listening()

    assert (receiver.grpc_endpoint, receiver.http_endpoint) == endpoints
    assert sdk.spans.export([finished_span("after")]) is SpanExportResult.SUCCESS
    assert [span.name for span in receiver.spans] == ["before", "after"]


def test_what_is_no_otlp_is_refused(receiver: Receiver) -> None:
    def post(path: str, body: bytes, **headers: str) -> int:
        request = urllib.request.Request(receiver.http_endpoint + path, body, headers)
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=5)
        with caught.value as answer:
            return answer.code

    protobuf = {"Content-Type": "application/x-protobuf"}
    assert post("/v1/nothing", b"", **protobuf) == 404
    assert post("/v1/logs", b"{}", **{"Content-Type": "application/json"}) == 415
    assert post("/v1/logs", b"\xff\xff", **protobuf) == 400
    assert post("/v1/logs", b"plain", **protobuf, **{"Content-Encoding": "gzip"}) == 400
    assert receiver.requests == {("logs", "malformed"): 2}


def test_waiting_in_vain_says_what_arrived(receiver: Receiver, sdk: Sdk) -> None:
    sdk.span()
    receiver.wait_for(lambda r: r.spans)

    with pytest.raises(TimeoutError, match=r"\('traces', 'ok'\): 1"):
        receiver.wait_for(lambda r: r.logs, timeout=0.01)


def test_clear_forgets_what_arrived(receiver: Receiver, sdk: Sdk) -> None:
    sdk.span("first")
    receiver.wait_for(lambda r: r.spans)

    receiver.clear()
    sdk.span("second")

    assert [span.name for span in receiver.wait_for(lambda r: r.spans)] == ["second"]
    assert len(receiver.trace_requests) == 1
    assert receiver.requests == {("traces", OK): 1}


def test_an_unknown_status_is_refused(receiver: Receiver) -> None:
    with pytest.raises(ValueError, match=r"status=418: expected one of .*503/unavailable"):
        receiver.fail(418)


class Outside:
    """The receiver as a process of its own."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.receiver", "--print-endpoint"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self.endpoints = self.read()

    def read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        line: dict[str, Any] = json.loads(self.process.stdout.readline())
        return line

    def tell(self, command: str) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self.read()


@pytest.fixture
def outside() -> Iterator[Outside]:
    running = Outside()
    with running.process:  # waits, closes the pipes
        yield running
        running.process.terminate()


def test_the_process_takes_commands_and_tells_what_arrived(outside: Outside) -> None:
    exporter: SpanExporter = HttpSpans(outside.endpoints["http_endpoint"] + "/v1/traces")
    assert outside.tell("fail 400 1 traces") == {"done": "fail"}
    assert exporter.export([finished_span("refused")]) is SpanExportResult.FAILURE
    assert exporter.export([finished_span("stored")]) is SpanExportResult.SUCCESS
    exporter.shutdown()

    assert [span["name"] for span in outside.tell("dump")["spans"]] == ["stored"]
    assert outside.tell("fail 503 1 nothing")["error"].startswith("fail 503 1 nothing: expected ")
    assert outside.endpoints["env"]["grpc"]["OTEL_EXPORTER_OTLP_ENDPOINT"] == outside.endpoints["grpc_endpoint"]


@pytest.mark.parametrize("ending", ["SIGTERM", "SIGINT", "stdin"])
def test_the_process_ends_with_a_summary(outside: Outside, ending: str) -> None:
    exporter: SpanExporter = GrpcSpans(outside.endpoints["grpc_endpoint"], insecure=True)
    exporter.export([finished_span()])
    exporter.shutdown()

    if ending != "stdin":
        outside.process.send_signal(signal.Signals[ending])
    out, err = outside.process.communicate(timeout=20)

    assert (outside.process.returncode, err) == (0, "")
    assert json.loads(out)["requests"] == {"traces": {"ok": 1}}
    assert json.loads(out)["spans"] == 1
