"""What an embedding program runs, again and again in one process: a bridge, a span, threads that outlive all of it."""

from __future__ import annotations

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

sys.modules["orjson"] = None  # type: ignore[assignment]  # cannot be loaded twice from 3.12 on

import otel_audit  # noqa: E402

STATM = Path("/proc/self/statm")
core, stream, how = sys.argv[2], sys.argv[3], sys.argv[4:]
exporter, provider = InMemorySpanExporter(), TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
trace.set_tracer_provider(provider)

status = otel_audit.install(core=core, include="app.*", sampling="app.*=all", log_stream=stream, signals="span_events")
with trace.get_tracer("embedded").start_as_current_span("work"):
    for number in range(3):
        sys.audit("app.e", number)
assert otel_audit.flush(30.0)
sys.audit("app.e", "at the end")  # delivered by the exit handler
events = [event.name for span in exporter.get_finished_spans() for event in span.events]
health = otel_audit.health()
told: dict[str, Any] = {"status": [status.state, status.reason, status.core], "events": events, "seen": health.seen}
if STATM.exists():
    told["resident"] = int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
print(json.dumps(told), flush=True)


def work() -> None:
    number = 0
    while True:
        number += 1
        sys.audit("app.other", number)


if "threads" in how:
    for _ in range(2):
        threading.Thread(target=work, daemon=True).start()
