"""One process whose background is measured: `python -m benchmarks.delivery ours|sdk|spans|metrics|beside`.

What it exports, and to where, is in its environment. CPU time is that of threads, by their own clocks. Around an
export the time inside of the transport (sockets, gRPC's core) is kept apart from what was done to have bytes to send.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks.children import pin_nowhere

BURST = 500
"""Rounds of the four events: 2,000 records, which the SDK's queue of 2,048 holds."""
EVENTS: dict[str, Callable[[int, socket.socket], tuple[Any, ...]]] = {
    "open": lambda number, _: (f"/srv/app/data/2026/11/report-{number}.json", "r", 524288),
    "socket.connect": lambda number, peer: (peer, (f"10.20.{number % 250}.{number % 199}", 5000 + number % 1000)),
    "subprocess.Popen": lambda number, _: (
        "/usr/bin/git",
        ["git", "fetch", "--depth", "1", "origin", f"refs/heads/topic-{number}"],
        None,
        None,
    ),
    "import": lambda number, _: (f"orders.plugin_{number}", f"/srv/app/orders/plugin_{number}.py", None, None, None),
}
"""Four typical events, and how their arguments are made of a number: with texts that differ from all others."""


def offer(number: int, peer: socket.socket) -> None:
    """Raise each of them once."""
    for name, arguments in EVENTS.items():
        sys.audit(name, *arguments(number, peer))


class Timed:
    """A call with the CPU time of the threads that were in it.

    Args:
        call: what is called.
        before: is given the arguments first; its time is not counted.
    """

    def __init__(self, call: Callable[..., Any], before: Callable[..., object] = lambda **_: None) -> None:
        self._call, self._before = call, before
        self.ns = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self._before(**kwargs)
        start = time.thread_time_ns()
        try:
            return self._call(*args, **kwargs)
        finally:
            self.ns += time.thread_time_ns() - start


class Pipeline:
    """The exporter of the SDK's batch processor, with clocks around its transport.

    Nothing of processor or exporter is replaced: the bridge would take that for another pipeline than the SDK's own. So
    what all threads do between `begin` and `end` is told by the process's clock.

    Args:
        processor: a BatchLogRecordProcessor or BatchSpanProcessor.
    """

    def __init__(self, processor: Any) -> None:
        self._process_ns = 0
        client = processor._batch_processor._exporter._client
        self._serializing_ns = 0
        if hasattr(client, "Export"):
            self._sending = client.Export = Timed(client.Export, self._serialize)
        else:
            self._sending = client._transport.request = Timed(client._transport.request)

    def _serialize(self, request: Any, **_: Any) -> None:
        """What gRPC does inside of its call, which counts as encoding; it is done twice for this."""
        start = time.thread_time_ns()
        request.SerializeToString()
        self._serializing_ns += time.thread_time_ns() - start

    def begin(self) -> None:
        """From here on the process does nothing but what is measured."""
        self._process_ns -= time.process_time_ns()

    def end(self) -> None:
        """Up to here."""
        self._process_ns += time.process_time_ns()

    def spent(self) -> tuple[int, int]:
        """Nanoseconds of CPU: of all threads but for the transport, and of the transport."""
        # Serialized once for us, before `sending`, and once by gRPC inside of it: one of the two is encoding.
        return self._process_ns - self._sending.ns, self._sending.ns - self._serializing_ns


def batch_processor(provider: Any) -> Any:
    """The one that exports."""
    holder = getattr(provider, "_multi_log_record_processor", None) or provider._active_span_processor
    held = getattr(holder, "_log_record_processors", None) or holder._span_processors
    return next(processor for processor in held if hasattr(processor, "_batch_processor"))


def _instrument() -> Callable[[], int]:
    """As `opentelemetry-instrument` does; the result tells the CPU nanoseconds of the bridge's own thread."""
    from opentelemetry.instrumentation.auto_instrumentation import initialize

    from otel_audit import threads

    started: list[int] = []
    start_new_thread = threads.start_new_thread

    def noting(*arguments: Any) -> int:
        started.append(start_new_thread(*arguments))
        return started[-1]

    threads.start_new_thread = noting  # type: ignore[misc]
    initialize()
    clock = time.pthread_getcpuclockid(started[0])
    return lambda: time.clock_gettime_ns(clock)


def ours(bursts: int) -> dict[str, float]:
    """Records from the ring to the receiver."""
    from opentelemetry import _logs, trace

    import otel_audit

    drain_ns = _instrument()
    pipeline = Pipeline(batch_processor(_logs.get_logger_provider()))
    tracer = trace.get_tracer("bench")
    walls = []
    with socket.socket() as peer:
        for burst in range(bursts + 1):
            for number in range(burst * BURST, (burst + 1) * BURST):
                with tracer.start_as_current_span("request"):
                    offer(number, peer)
            start = time.perf_counter_ns()
            pipeline.begin()
            if not otel_audit.flush(60):
                raise SystemExit(f"records were lost: {otel_audit.health()}")
            pipeline.end()
            walls.append(time.perf_counter_ns() - start)
            if burst == 0:  # the first one warms up
                before = (_kept(), drain_ns(), *pipeline.spent())
    after = (_kept(), drain_ns(), *pipeline.spent())
    records, drain, all_threads, send = (one - other for one, other in zip(after, before))
    return {
        "drain_us": drain / records / 1000,
        "encode_us": (all_threads - drain) / records / 1000,
        "send_us": send / records / 1000,
        "per_second": records / sum(walls[1:]) * 1e9,
        "records": after[0],
    }


def _kept() -> int:
    """Records so far: the four events, and what the exporters' own libraries import and open outside of them."""
    from otel_audit import runtime

    bridge = runtime.bridge()
    assert bridge is not None
    return sum(counts[1] for _, counts in bridge.core.counters())


def described_burst() -> list[Any]:
    """The records of one burst, as the bridge describes them."""
    import otel_audit
    from otel_audit.destination import Account

    class Keep:
        name = "bench"

        def __init__(self) -> None:
            self.account, self.kept = Account(self.name), []  # type: ignore[var-annotated]

        def emit(self, described: Any) -> None:
            self.kept.append(described)

        def room(self) -> int:
            return 1 << 16

        reason = flush = refresh = after_fork_child = lambda self: None

    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider

    keep: Any = Keep()
    switched_off = os.environ.pop("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS")
    sampling = ",".join(f"{name}=all" for name in EVENTS)
    otel_audit.install(include=",".join(EVENTS), sampling=sampling, signals="logs", sinks=[keep], ring_size=1 << 24)
    tracer = TracerProvider().get_tracer("bench")
    with socket.socket() as peer:
        for number in range(BURST):
            with trace.use_span(tracer.start_span("request")):
                offer(number, peer)
    otel_audit.flush(60)
    otel_audit.pause()
    os.environ["OTEL_PYTHON_DISABLED_INSTRUMENTATIONS"] = switched_off  # for what sets the SDK up
    return [described for described in keep.kept if described.fields["event"].removeprefix("python.audit.") in EVENTS]


def sdk(bursts: int) -> dict[str, float]:
    """The same records through the SDK: its emit, its encoder, its transport."""
    described = described_burst()
    from opentelemetry import _logs
    from opentelemetry.instrumentation.auto_instrumentation import initialize

    initialize()
    provider: Any = _logs.get_logger_provider()
    pipeline = Pipeline(batch_processor(provider))
    logger = provider.get_logger("otel_audit", "1")
    emitting = 0
    for burst in range(bursts + 1):
        records = [log_record(item) for item in described]
        if burst == 1:  # the first one warms up
            before, emitting = pipeline.spent(), 0
        pipeline.begin()
        start = time.thread_time_ns()
        for record in records:
            logger.emit(record)
        emitting += time.thread_time_ns() - start
        provider.force_flush()
        pipeline.end()
    number = bursts * len(described)
    all_threads, send = (one - other for one, other in zip(pipeline.spent(), before))
    encode = all_threads - emitting
    return {
        "emit_us": emitting / number / 1000,
        "encode_us": encode / number / 1000,
        "send_us": send / number / 1000,
        "records": number + len(described),
    }


def log_record(described: Any) -> Any:
    """As the SDK's `emit` wants it."""
    from opentelemetry import _logs, context, trace

    from otel_audit.chain import Chain

    record, fields = described
    flags = trace.TraceFlags(record.trace_flags)
    span = trace.NonRecordingSpan(trace.SpanContext(record.trace_id, record.span_id, False, flags))
    return _logs.LogRecord(
        timestamp=record.time_ns,
        observed_timestamp=record.time_ns,
        context=trace.set_span_in_context(span, context.Context()),
        severity_text=fields["level"].upper(),
        severity_number=_logs.SeverityNumber.INFO,
        body=fields.get("message"),
        attributes=Chain.attributes(described),
        event_name=fields["event"],
    )


def spans(number: int) -> dict[str, float]:
    """Spans with eight events each: of the bridge, of the SDK (`add_event`), or none."""
    from opentelemetry import trace

    _instrument_or_not()
    provider: Any = trace.get_tracer_provider()
    pipeline = Pipeline(batch_processor(provider))
    tracer = provider.get_tracer("bench")
    added = sys.argv[3]
    before: Any = None
    spent = 0
    pipeline.begin()
    with socket.socket() as peer:
        for at in range(number + 512):
            if at == 512:
                provider.force_flush()
                pipeline.end()
                before, spent = pipeline.spent(), 0
                pipeline.begin()
            start = time.thread_time_ns()
            with tracer.start_as_current_span("request") as span:
                if added == "audit":
                    offer(2 * at, peer)
                    offer(2 * at + 1, peer)
                elif added == "sdk":
                    _add_events(span, at)
            spent += time.thread_time_ns() - start
            if at % 512 == 511:
                provider.force_flush()
    provider.force_flush()
    pipeline.end()
    all_threads, send = (one - other for one, other in zip(pipeline.spent(), before))
    found = {"thread_us": spent, "encode_us": all_threads - spent, "send_us": send}
    return {name: ns / number / 1000 for name, ns in found.items()}


def _add_events(span: Any, number: int) -> None:
    for event in range(2 * len(EVENTS)):
        path = f"/srv/app/data/2026/11/report-{number}-{event}.json"
        attributes = {
            "python.audit.event": "open",
            "python.audit.group": "filesystem",
            "file.path": path,
            "python.audit.arg.mode": "r",
            "thread.id": 77,
            "thread.name": "MainThread",
        }
        span.add_event("python.audit.open", attributes)


def _instrument_or_not() -> None:
    from opentelemetry.instrumentation.auto_instrumentation import initialize

    initialize()


def metrics(cycles: int) -> dict[str, float]:
    """Collections with export, after many events have been counted."""
    from opentelemetry import metrics

    _instrument_or_not()
    from otel_audit.events import CATALOGUE

    provider: Any = metrics.get_meter_provider()
    for name in CATALOGUE:
        sys.audit(name)
    provider.force_flush()
    start = time.thread_time_ns()
    for _ in range(cycles):
        for name in CATALOGUE:
            sys.audit(name)
        provider.force_flush()
    return {"cycle_us": (time.thread_time_ns() - start) / cycles / 1000, "events": float(len(CATALOGUE))}


def beside(rounds: int) -> dict[str, float]:
    """A busy loop while the background works a full ring off: what it loses, and its longest pause."""
    drain_ns = _instrument()
    from otel_audit import runtime

    bridge = runtime.bridge()
    assert bridge is not None
    core = bridge.core
    pin_nowhere()
    sys.setswitchinterval(0.005)  # as it is by default
    _busy(lambda: False, 0.2)
    alone = _busy(lambda: False, 0.5)
    with socket.socket() as peer:
        for number in range(rounds):
            offer(number, peer)
    records = rounds * len(EVENTS)
    before = drain_ns()
    core.wake()
    during = _busy(lambda: core.stats()["ring_bytes"] == 0, 60)
    drained = drain_ns() - before
    lost = sum(during) - len(during) * sorted(alone)[len(alone) // 2]
    return {
        "records": records,
        "per_second": records / sum(during) * 1e9,
        "lost_us": lost / records / 1000,
        "drain_us": drained / records / 1000,
        "throughput": 1 - lost / sum(during),
        "longest_ms": max(during) / 1e6,
        "longest_alone_ms": max(alone) / 1e6,
        "p99_us": sorted(during)[len(during) * 99 // 100] / 1000,
    }


def _busy(done: Callable[[], bool], seconds: float) -> list[int]:
    """Nanoseconds of each unit of work, until it is done or the time is over."""
    clock = time.perf_counter_ns
    end = clock() + int(seconds * 1e9)
    times, start = [], clock()
    while start < end:
        for _ in range(1000):
            pass
        now = clock()
        times.append(now - start)
        start = now
        if len(times) % 64 == 0 and done():
            break
    return times


KINDS: dict[str, Callable[[int], dict[str, float]]] = {
    "ours": ours,
    "sdk": sdk,
    "spans": spans,
    "metrics": metrics,
    "beside": beside,
}


def main() -> None:
    found = KINDS[sys.argv[1]](int(sys.argv[2]))
    print("\n" + json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
