"""What hung a bridge that called the SDK from its hook: events raised while the SDK holds a span's locks."""

from __future__ import annotations

import logging
import sys
import tempfile
from pathlib import Path
from typing import Any

from opentelemetry import _logs, trace
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import otel_audit
from tests.capture.programs.driver import case

SPANS = InMemorySpanExporter()
LOGS = InMemoryLogRecordExporter()  # type: ignore[no-untyped-call]


def bridge(core: str) -> trace.Tracer:
    limits = SpanLimits(max_span_attributes=3, max_events=4, max_event_attributes=2)
    provider = TracerProvider(span_limits=limits)
    provider.add_span_processor(SimpleSpanProcessor(SPANS))
    trace.set_tracer_provider(provider)
    loggers = LoggerProvider()
    loggers.add_log_record_processor(SimpleLogRecordProcessor(LOGS))
    _logs.set_logger_provider(loggers)
    status = otel_audit.install(core=core, include="all", sampling="app.*=all", flush_interval=10)
    assert status.state == "armed"
    assert status.core == core
    return trace.get_tracer("shapes")


def outcome(name: str) -> Any:
    """Names of log records and of span events, as far as they are ours, and whether the flush worked."""
    flushed = otel_audit.flush(10)
    logs = {item.log_record.event_name for item in LOGS.get_finished_logs()}
    events = [event.name for span in SPANS.get_finished_spans() for event in span.events]
    return [flushed, f"python.audit.{name}" in logs, len(events)]


class Value(str):
    """Goes away under the lock of the list that drops it."""

    def __del__(self) -> None:
        sys.audit("app.del", 1)


class Told:
    """Becomes text under the span's lock."""

    def __str__(self) -> str:
        sys.audit("app.str", 1)
        return "told"


def to_a_file() -> None:
    path = Path(tempfile.mkdtemp()) / "log"
    handler = logging.FileHandler(path, delay=True)  # opens with the first line: an event under the lock
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s %(thread)d"))
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.DEBUG)


def finalizer(core: str) -> Any:
    tracer = bridge(core)
    with tracer.start_as_current_span("span") as span:
        for number in range(20):
            span.add_event("mine", {"value": Value(f"{number}")})
        for number in range(20):
            span.set_attribute(f"key{number}", Value("x"))
    return outcome("app.del")


def file(core: str) -> Any:
    tracer = bridge(core)
    to_a_file()
    with tracer.start_as_current_span("span") as span:
        span.end()
        span.set_attribute("late", 1)  # warns under the span's lock
        span.add_event("late")
        span.end()
    return outcome("open")


def overflow(core: str) -> Any:
    tracer = bridge(core)
    to_a_file()
    with tracer.start_as_current_span("span") as span:
        for number in range(10):
            span.set_attribute(f"key{number}", object())  # type: ignore[arg-type]
            span.set_attribute(f"list{number}", [1, "mixed"])
        logging.getLogger("app").warning("under no lock")
    return outcome("open")


def text(core: str) -> Any:
    tracer = bridge(core)
    to_a_file()
    with tracer.start_as_current_span("span") as span:
        for _ in range(3):
            span.set_attribute("value", Told())  # type: ignore[arg-type]
            span.set_attributes({"list": [Told(), "x"], "map": {Told(): Told()}})  # type: ignore[dict-item, list-item]
            span.add_event("mine", {"value": Told()})  # type: ignore[dict-item]
    return outcome("app.str")


if __name__ == "__main__":
    case(globals())
