"""`python -m otel_audit.cli.selftest c|python`: one event through the real hook of one core, in a process of its own.

A hook cannot be removed, so `doctor` runs this as a child. Prints a line of JSON: what should hold, and whether it did.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from otel_audit.bridge import Bridge
from otel_audit.destination import Account
from otel_audit.model import Described
from otel_audit.settings import Settings

EVENT = "otel_audit_doctor.selftest"
PHONE = "+49 151 23456789"
"""Must not come out as it went in."""


class Memory:
    """Keeps what a sink gets."""

    name = "memory"

    def __init__(self) -> None:
        self.account = Account(self.name)
        self.taken: list[Described] = []

    def refresh(self) -> None: ...
    def flush(self) -> None: ...
    def after_fork_child(self) -> None: ...
    def reason(self) -> str | None:
        return None

    def room(self) -> int:
        return 1 << 16

    def emit(self, described: Described) -> None:
        self.taken.append(described)
        self.account.add("delivered")


def main(core: str) -> int:
    """Raise the event in a span and look at what became of it."""
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    memory = Memory()
    bridge = Bridge(_settings(core), (memory,))
    bridge.arm()
    with trace.get_tracer("doctor").start_as_current_span("selftest") as span:
        sys.audit(EVENT, PHONE, 7)
    bridge.drain.flush(5)
    trace_id = span.get_span_context().trace_id
    print(json.dumps(_findings(bridge, memory, exporter.get_finished_spans(), trace_id)))
    return 0


def _settings(core: str) -> Settings:
    """Whatever the environment says: what it says is checked elsewhere."""
    return Settings(
        enabled=True,
        include=EVENT,
        exclude="otel_audit_doctor.nothing",
        sampling=f"{EVENT}=all",
        signals="span_events",
        max_span_events=8,
        log_stream="none",
        redact="default",
        core=core,
    )


def _findings(bridge: Bridge, memory: Memory, spans: Any, trace_id: int) -> dict[str, bool]:
    counted = {bridge.core.event_name(id_): counts[0] for id_, counts in bridge.core.counters()}
    records = [taken for taken in memory.taken if taken.fields["python.audit.event"] == EVENT]
    events = [event for span in spans for event in span.events if event.name == f"python.audit.{EVENT}"]
    texts = [str(record.fields["python.audit.args"]) for record in records]
    texts += [str(dict(event.attributes)) for event in events]
    return {
        "counted": counted == {EVENT: 1},
        "recorded": len(records) == 1,
        "in its trace": [record.record.trace_id for record in records] == [trace_id],
        "a span event": len(events) == 1,
        "decoded": bool(texts) and all("7" in text for text in texts),
        "redacted": bool(texts) and not any("23456789" in text for text in texts),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
