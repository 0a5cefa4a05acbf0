"""Does what it is told, line by line. Its answers are its health, as JSON."""

import json
import resource
import sys
import time
from collections.abc import Callable

from opentelemetry import trace

import otel_audit

tracer = trace.get_tracer("worker")


def work(requests: int, events: int) -> None:
    for request in range(requests):
        with tracer.start_as_current_span("request") as span:
            for number in range(events):
                sys.audit("worker.event", request, number)
            span.add_event("the application's own")


def balanced() -> bool:
    for account in otel_audit.health().destinations.values():
        if account["kept"] != sum(account.values()) - account["kept"]:
            return False
    return True


def settle(seconds: int) -> None:
    end = time.monotonic() + seconds
    while not balanced() and time.monotonic() < end:
        time.sleep(0.02)


COMMANDS: dict[str, Callable[..., None]] = {"work": work, "settle": settle, "health": lambda: None}

for line in sys.stdin:
    name, *numbers = line.split()
    start = time.monotonic()
    COMMANDS[name](*map(int, numbers))
    answer = otel_audit.health().as_dict()
    answer["took_s"] = time.monotonic() - start
    answer["rss_kib"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps(answer), flush=True)
