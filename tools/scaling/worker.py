"""One process of many: raises so many events, each in a span of its own, at a pace, and says what became of them.

python worker.py EVENTS SECONDS
"""

import json
import sys
import time

from opentelemetry import trace

import otel_audit


def main() -> None:
    events, seconds = int(sys.argv[1]), float(sys.argv[2])
    tracer = trace.get_tracer("fleet")
    start = time.monotonic()
    for number in range(events):
        with tracer.start_as_current_span("step"):
            sys.audit("fleet.step", number, f"step {number} of {events}")
        time.sleep(max(0.0, start + seconds * (number + 1) / events - time.monotonic()))
    delivered = otel_audit.flush(60.0)
    print(json.dumps({"delivered": delivered, **otel_audit.health().as_dict()}), flush=True)


if __name__ == "__main__":
    main()
