"""Raises what somebody chose who wants memory, time or series: argv is core and attack. Prints what came of it."""

from __future__ import annotations

import contextvars
import json
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

from opentelemetry import baggage, context, metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider

import otel_audit
from otel_audit.processors import NOTICES

KEPT: list[Any] = []
"""Spans that somebody forgot."""


class Count:
    """A sink that counts records and knows the largest."""

    name = "count"

    def __init__(self) -> None:
        from otel_audit.destination import Account

        self.account, self.largest, self.records = Account(self.name), 0, 0

    def emit(self, described: Any) -> None:
        if described.fields["event"] in NOTICES:
            return
        size = sum(len(str(key)) + len(str(value)) for key, value in described.fields.items())
        self.largest, self.records = max(self.largest, size), self.records + 1
        self.account.add("delivered")

    def refresh(self) -> None: ...
    def flush(self) -> None: ...
    def after_fork_child(self) -> None: ...
    def reason(self) -> str | None:
        return None

    def room(self) -> int:
        return 1 << 16


def names() -> None:
    """A name of its own for every event."""
    for number in range(60_000):
        sys.audit(f"app.{number:x}.{'n' * (number % 100)}", number)


def messages() -> None:
    """Names that are sentences, and long ones."""
    for number in range(5_000):
        sys.audit(f"user {number} said {'x' * 5_000}")
    sys.audit("y" * 10_000_000)


def sizes() -> None:
    """Arguments of tens of megabytes, and many of them."""
    huge: tuple[Any, ...] = ("s" * 50_000_000, b"b" * 50_000_000, bytearray(50_000_000), [0] * 5_000_000, 10**50_000)
    for value in huge:
        for _ in range(200):
            sys.audit("app.size", value)
    for _ in range(200):
        sys.audit("app.many", *("a" * 2_000 for _ in range(500)))
        sys.audit("open", "p" * 1_000_000, "r", 0)
        sys.audit("subprocess.Popen", "e", ["a" * 5_000] * 5_000, None, {str(number): "v" for number in range(5_000)})


def deep() -> None:
    """What a decoder that follows references would fall into."""
    nested: list[Any] = []
    for _ in range(200_000):
        nested = [nested]
    circle: dict[str, Any] = {}
    circle["self"] = circle

    class Loud:
        def touched(self, *_: object) -> Any:
            raise SystemExit("code of an argument ran")

        __repr__ = __str__ = __len__ = __iter__ = __eq__ = __hash__ = __fspath__ = __index__ = touched

    for _ in range(500):
        sys.audit("app.deep", nested, circle, Loud())
        sys.audit("subprocess.Popen", Loud(), nested, circle, Loud())
        sys.audit("open", Loud(), Loud(), nested)


def first() -> None:
    """Distinct values, under the sampler that remembers values."""
    for number in range(50_000):
        sys.audit("app.first", f"value {number}")


def spans() -> None:
    """Spans that never end, each with events."""
    tracer = trace.get_tracer("attack")
    for number in range(4_000):
        span = tracer.start_span(f"span {number}")
        KEPT.append(span)
        with trace.use_span(span):
            for at in range(40):
                sys.audit("app.span", f"{number} {at} {'x' * 900}")


def who() -> None:
    """Baggage as a stranger may send it."""
    tracer = trace.get_tracer("attack")
    for number in range(300):
        there = context.Context()
        for key in ("user.id", "tenant"):
            there = baggage.set_baggage(key, f"{number} {'b' * 100_000}", there)
        with tracer.start_as_current_span("request", context=there):
            sys.audit("app.who", number)


ATTACKS: dict[str, Callable[[], None]] = {
    attack.__name__: attack for attack in (names, messages, sizes, deep, first, spans, who)
}


def main(core: str, attack: str) -> None:
    """Warm up, attack, and tell."""
    reader = InMemoryMetricReader()
    metrics.set_meter_provider(MeterProvider([reader]))
    trace.set_tracer_provider(TracerProvider())
    sink = Count()
    status = otel_audit.install(
        core=core,
        include="app.*,custom,open,subprocess.Popen",
        sampling="all=all,custom=all,app.first=first",
        baggage="user.id,tenant",
        sinks=[sink],
    )
    assert status.state == "armed", status
    sys.audit("app.warm", 1)
    assert otel_audit.flush(60)
    before, began = _peak_kib(), time.process_time()
    contextvars.copy_context().run(ATTACKS[attack])
    took = time.process_time() - began
    otel_audit.flush(120)
    waiting = otel_audit.health().queue["spans"]
    KEPT.clear()
    health = otel_audit.health()
    data = reader.get_metrics_data()
    points = [
        len(metric.data.data_points)
        for resources in (data.resource_metrics if data is not None else ())
        for scope in resources.scope_metrics
        for metric in scope.metrics
        if metric.name == "python.audit.events"
    ]
    bridge = otel_audit.runtime.bridge()
    assert bridge is not None
    told = {
        "seen": health.seen,
        "accounted": sum(health.outcomes.values()),
        "dropped": dict(health.dropped),
        "ids": len(bridge.core.counters()),
        "series": max(points),
        "largest": sink.largest,
        "records": sink.records,
        "span_bytes": waiting,
        "destinations": {name: dict(account) for name, account in health.destinations.items()},
        "seconds": took,
        "grown_kib": _peak_kib() - before,
    }
    print(json.dumps(told))


def _peak_kib() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // 1024 if sys.platform == "darwin" else peak


if __name__ == "__main__":
    main(*sys.argv[1:])
