"""Several interpreters in threads of their own raise events at full speed while the main one collects them.

    crowd.py CORE HOW NUMBER EVENTS STREAM

HOW: `shared` or `own` GIL, `threads` (each has two threads in it). The last line is what came of it, as JSON.
"""

from __future__ import annotations

import json
import sys
import threading
from typing import Any

import otel_audit
from otel_audit import runtime
from tests.interpreters.subinterpreters import create, destroy, run_string

CODE = """
import sys
def work():
    for at in range({events}):
        sys.audit("app.{name}", at, "x" * (at % 100), [at], {{"a": at}})
work()
"""
THREADED = """
import sys, threading
def work():
    for at in range({events}):
        sys.audit("app.{name}", at, threading.get_ident())
threads = [threading.Thread(target=work) for _ in range(2)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


def elsewhere(how: str, events: int, number: int, faults: list[str]) -> None:
    """One interpreter's life."""
    code = (THREADED if how == "threads" else CODE).format(events=events, name=f"sub{number}")
    try:
        interpreter = create(own_gil=how != "shared")
        run_string(interpreter, code)
        destroy(interpreter)
    except Exception as error:
        faults.append(f"{type(error).__name__}: {error}")


def crowd(how: str, number: int, events: int) -> dict[str, Any]:
    faults: list[str] = []
    threads = [threading.Thread(target=elsewhere, args=(how, events, at, faults)) for at in range(number)]
    for thread in threads:
        thread.start()
    raised = 0
    while any(thread.is_alive() for thread in threads):
        for _ in range(100):
            sys.audit("app.main", raised)
            raised += 1
        otel_audit.health()
        threads[0].join(0.001)  # on a busy machine the others would hardly come to the GIL they share
    flushed = otel_audit.flush(60.0)
    bridge = runtime.bridge()
    assert bridge is not None
    seen = {bridge.core.event_name(event_id): counts[0] for event_id, counts in bridge.core.counters()}
    health = otel_audit.health()
    return {
        "main": seen.pop("app.main", 0) == raised,
        "subs": sorted(seen.items()),
        "outcomes": health.seen == sum(health.outcomes.values()),
        "stream": health.destinations["stream"],
        "flushed": flushed,
        "faults": faults,
    }


if __name__ == "__main__":
    core, how, number, events = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    status = otel_audit.install(
        core=core, include="app.*", sampling="app.*=all", signals="none", log_stream=sys.argv[5], flush_interval=20
    )
    assert status.state == "armed", status
    print(json.dumps(crowd(how, number, events)))
