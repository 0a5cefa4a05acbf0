"""What requests cost while the collector is away: CPU per request, collector down against collector up, alternating.

    python -m benchmarks.collector_down [--json FILE] [--quick]

Each run is a process under the bridge with the SDK's OTLP exporters, sending to a receiver in a process of its own, or
to a port where nobody listens. A request is a span with five audit events in the request's thread; the figure is the
CPU time of that thread per request.
"""

from __future__ import annotations

import json
import os
import sys
import time

from benchmarks.children import Child, ask, median_interval, progress
from benchmarks.collector import exporting
from benchmarks.result import Figure, Result, main

REQUESTS, WARM_UP, EVENTS, PAIRS = 1500, 300, 5, 5
TABLE = "collector down"


def _serve() -> None:
    """The measured process."""
    from opentelemetry.instrumentation.auto_instrumentation import initialize

    initialize()
    from opentelemetry import trace

    tracer = trace.get_tracer("bench")

    def requests(number: int) -> None:
        for request in range(number):
            with tracer.start_as_current_span("request") as span:
                span.set_attribute("request", request)
                for event in range(EVENTS):
                    sys.audit("bench.event", f"/srv/data/{request}", event)
                sorted(str(item) for item in range(1500))  # what a request does besides

    requests(WARM_UP)
    start, wall = time.thread_time_ns(), time.perf_counter_ns()
    requests(REQUESTS)
    cpu, wall = time.thread_time_ns() - start, time.perf_counter_ns() - wall
    print(json.dumps({"cpu_us": cpu / REQUESTS / 1000, "wall_us": wall / REQUESTS / 1000}), flush=True)
    os._exit(0)  # the SDK's shutdown would wait for the collector that is away


def _run(variables: dict[str, str]) -> float:
    quiet = {"OTEL_PYTHON_AUDIT_INCLUDE": "bench.*", "OTEL_PYTHON_AUDIT_SAMPLING": "bench.*=all"}
    return float(ask("collector_down", "--serve", variables={**quiet, **variables})["cpu_us"])


def measure(quick: bool) -> Result:
    """Alternate; the ratio with its 95 % interval."""
    pairs = 2 if quick else PAIRS
    ratios = []
    with Child("collector") as collector:
        up = exporting(collector.hello)
        down = {**up, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
        for pair in range(pairs):
            progress(f"collector down: pair {pair + 1} of {pairs}")
            with_collector, without = _run(up), _run(down)
            ratios.append(without / with_collector)
            collector.ask("count")
    column = "collector down / up (95 %)"
    return Result(TABLE, [Figure(TABLE, "CPU of the request's thread", column, *median_interval(ratios), pairs)])


if __name__ == "__main__":
    if "--serve" in sys.argv:
        _serve()
    else:
        main(__doc__, measure)
