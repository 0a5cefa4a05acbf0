"""Raises its events, each with a number of its own, some of them in a span, and says how many."""

from __future__ import annotations

import json
import sys

from opentelemetry import trace

EVENTS = 200


def raised(first: int, last: int) -> int:
    total = 0
    for number in range(first, last):
        sys.audit("tools.work", number)
        total += number % 7
    return total


def main() -> None:
    total = raised(0, EVENTS // 2)
    with trace.get_tracer("work").start_as_current_span("work"):
        total += raised(EVENTS // 2, EVENTS)
    print(json.dumps({"total": total, "events": EVENTS}))


if __name__ == "__main__":
    main()
