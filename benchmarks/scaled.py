"""One process of benchmarks/scale.py: `python -m benchmarks.scaled threads|offered|spans|interpreters NUMBER`."""

from __future__ import annotations

import json
import statistics
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from benchmarks.resident import resident_kib

EVENT = "bench.event"
PATHS = [f"/srv/app/data/file-{number:04d}.json" for number in range(1000)]
EACH = 40_000
"""Events of all threads or interpreters together, in one measurement."""
OFFERED_S = 1.2
TICK_S = 0.001
"""Events are offered in groups, one per tick, as a busy service does them; at low rates one at a time."""
REPEATS = 7

_INSIDE = """
import sys, time
audit, paths = sys.audit, {paths!r}
start = time.perf_counter_ns()
for _ in range({rounds}):
    for path in paths:
        audit({event!r}, path, "r", 524288)
print(time.perf_counter_ns() - start, file=open({target!r}, "w"))
"""


def _begin() -> Any:
    """As `opentelemetry-instrument` does; the bridge."""
    from opentelemetry.instrumentation.auto_instrumentation import initialize

    initialize()
    from otel_audit import runtime

    bridge = runtime.bridge()
    assert bridge is not None
    return bridge


def _seen(bridge: Any) -> int:
    return sum(counts[0] for at, counts in bridge.core.counters() if bridge.core.event_name(at) == EVENT)


def _raise(number: int, start: int = 0) -> None:
    audit = sys.audit
    for at in range(start, start + number):
        audit(EVENT, PATHS[at % 1000], "r", 524288)


def _missing(bridge: Any, offered: int) -> int:
    """Offered events that are under no outcome, or under two."""
    counted = sum(sum(counts[1:]) for at, counts in bridge.core.counters() if bridge.core.event_name(at) == EVENT)
    return abs(offered - _seen(bridge)) + abs(offered - counted)


def threads(number: int) -> dict[str, float]:
    """That many threads raise events at once; the GIL is theirs in turn."""
    bridge = _begin()
    times = []
    for _ in range(REPEATS):
        workers = [threading.Thread(target=_raise, args=(EACH // number,)) for _ in range(number)]
        start = time.perf_counter_ns()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        times.append((time.perf_counter_ns() - start) / (EACH // number * number))
    return {"event_ns": statistics.median(times), "missing": _missing(bridge, REPEATS * (EACH // number * number))}


def spans(number: int) -> dict[str, float]:
    """Events in one of that many spans that are alive."""
    from opentelemetry import trace

    _begin()
    tracer = trace.get_tracer("bench")
    before = resident_kib("Pss")
    alive = [tracer.start_span(f"request {at}") for at in range(number)]
    for span in alive:
        with trace.use_span(span):
            _raise(1)
    grown = resident_kib("Pss") - before
    times = []
    for at in range(400):
        with trace.use_span(alive[at * 7919 % number]):
            start = time.perf_counter_ns()
            _raise(16)
            times.append((time.perf_counter_ns() - start) / 16)
    return {"event_ns": statistics.median(times), "span_kib": max(0, grown) / number}


def _offer(rate: int, seconds: float) -> tuple[int, int, int]:
    """Events at a rate: their number, nanoseconds by the wall clock and of CPU of this thread while raising them."""
    each = max(1, round(rate * TICK_S))
    tick = each / rate
    offered = wall = cpu = 0
    start = due = time.perf_counter()
    while due < start + seconds:
        while time.perf_counter() < due:
            pass  # the application is busy with something else
        wall_start, cpu_start = time.perf_counter_ns(), time.thread_time_ns()
        _raise(each, offered)
        cpu += time.thread_time_ns() - cpu_start
        wall += time.perf_counter_ns() - wall_start
        offered += each
        due += tick
    return offered, wall, cpu


def offered(rate: int) -> dict[str, float]:
    """What is kept, what it costs, and whether memory stays, at that rate for a second."""
    empty = min(_offer(rate, 0.15)[1:]) / max(1, round(rate * 0.15))
    bridge = _begin()
    calm = []
    for _ in range(60):
        start = time.thread_time_ns()
        _raise(100)
        calm.append((time.thread_time_ns() - start) / 100)
        time.sleep(0.002)  # the background gets its turn, and the ring room
    _offer(rate, 1.0)  # fills ring and queues, where the rate does
    before, before_kib = _counts(bridge), resident_kib()
    started = time.perf_counter()
    number, wall, cpu = _offer(rate, OFFERED_S)
    seconds = time.perf_counter() - started
    after, after_kib = _counts(bridge), resident_kib()
    missing = abs(after["seen"] - before["seen"] - number)
    bridge.flush(20)
    end = _counts(bridge)
    missing += abs(end["kept"] - end["delivered"] - end["lost"]) + _unbalanced(bridge)
    room = number - (after["no room"] - before["no room"])
    return {
        "per_second": number / seconds,
        "room_percent": 100 * room / number,
        "cost_ns": max(0.0, cpu / number - empty),
        "wall_ns": max(0.0, wall / number - empty),
        "calm_ns": max(1.0, statistics.median(calm) - empty),
        "growth_mib": (after_kib - before_kib) / 1024,
        "missing": missing,
    }


def _counts(bridge: Any) -> dict[str, int]:
    """Events seen, and the account of the log records; `no room` are those that a full ring lost."""
    account = dict(bridge.destinations()["logs"])
    kept, delivered = account.pop("kept"), account.pop("delivered", 0)
    found = {"seen": _seen(bridge), "kept": kept, "delivered": delivered, "lost": sum(account.values())}
    return {**found, "no room": bridge.core.stats()["ring_queue_full"]}


def _unbalanced(bridge: Any) -> int:
    """By how much the first sum of law 6 is off."""
    return sum(abs(counts[0] - sum(counts[1:])) for _, counts in bridge.core.counters())


def interpreters(number: int) -> dict[str, float]:
    """That many subinterpreters raise events at once, each in a thread; with GILs of their own from CPython 3.12 on."""
    import tempfile
    from pathlib import Path

    bridge = _begin()
    module = __import__("_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters")
    run: Callable[[Any, str], object] = getattr(module, "exec", None) or module.run_string
    ids = [module.create() for _ in range(number)]
    rounds = EACH // 1000
    with tempfile.TemporaryDirectory() as folder:
        targets = [Path(folder, f"{at}.txt") for at in range(number)]
        code = [_INSIDE.format(paths=PATHS, rounds=rounds, event=EVENT, target=str(target)) for target in targets]
        workers = [threading.Thread(target=run, args=pair) for pair in zip(ids, code)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        slowest = max(int(target.read_text()) for target in targets)
    for each in ids:
        module.destroy(each)
    total = number * rounds * 1000
    return {"event_ns": slowest / total, "missing": _missing(bridge, total)}


KINDS: dict[str, Callable[[int], dict[str, float]]] = {
    "threads": threads,
    "offered": offered,
    "spans": spans,
    "interpreters": interpreters,
}


def main() -> None:
    found = KINDS[sys.argv[1]](int(sys.argv[2]))
    print("\n" + json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
