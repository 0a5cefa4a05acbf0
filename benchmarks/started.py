"""One process of benchmarks/start.py: `python -m benchmarks.started SECONDS`, when it was started, of the epoch.

It imports nothing that the measured program would not.
"""

from __future__ import annotations

import sys
import time

from benchmarks.resident import resident_kib
from benchmarks.variants import ALL, DEFAULT, PLAIN, begin


def _work(bridged: bool) -> None:
    """1,000 spans with ten events each, all exported."""
    from opentelemetry import trace

    tracer = trace.get_tracer("bench")
    for number in range(1000):
        with tracer.start_as_current_span("request"):
            for event in range(10):
                sys.audit("open", f"/srv/app/data/{number}-{event}.json", "r", 524288)
    provider: object = trace.get_tracer_provider()
    getattr(provider, "force_flush", bool)()
    if bridged:
        import otel_audit

        otel_audit.flush(30)


def main() -> None:
    variant = begin()
    start_ms, cpu_ms = (time.time() - float(sys.argv[1])) * 1000, time.process_time() * 1000
    found = {"start_ms": start_ms, "cpu_ms": cpu_ms, "memory_mib": resident_kib() / 1024}
    if variant != PLAIN:
        _work(variant in (DEFAULT, ALL))
    found["busy_mib"] = resident_kib() / 1024
    import json

    print("\n" + json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
