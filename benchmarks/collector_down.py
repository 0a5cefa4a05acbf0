"""What requests cost while the collector is away: CPU per request, collector down against collector up, alternating.

    python -m benchmarks.collector_down [--pairs 12]

Each run is a process under the bridge with the SDK's OTLP exporters, sending to a receiver in a process of its own, or
to a port where nobody listens. A request is a span with five audit events in the request's thread; the figure is the
CPU time of that thread per request.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from datetime import datetime, timezone

REQUESTS, WARM_UP, EVENTS = 4000, 400, 5


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
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    command = [sys.executable, "-m", "benchmarks.collector_down", "--serve"]
    done = subprocess.run(command, env={**kept, **quiet, **variables}, capture_output=True, text=True, check=True)
    return float(json.loads(done.stdout)["cpu_us"])


def main() -> None:
    """Alternate, and print the ratio with its 95 % interval."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=12)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        _serve()
    receiver = subprocess.Popen(
        [sys.executable, "-m", "tests.receiver", "--print-endpoint"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert receiver.stdout is not None
    up = json.loads(receiver.stdout.readline())["env"]["http/protobuf"]
    down = {**up, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    ratios = []
    for pair in range(arguments.pairs):
        with_collector, without = _run(up), _run(down)
        ratios.append(without / with_collector)
        print(f"pair {pair + 1}: up {with_collector:.1f} us, down {without:.1f} us", file=sys.stderr)
    receiver.communicate()
    mean, error = statistics.mean(ratios), statistics.stdev(ratios) / len(ratios) ** 0.5 * 2.2
    print(f"CPython {platform.python_version()}, {datetime.now(timezone.utc):%Y-%m-%d}, {len(ratios)} pairs")
    print(f"CPU per request, collector down / up: {mean:.3f} (95 %: {mean - error:.3f} to {mean + error:.3f})")


if __name__ == "__main__":
    main()
