"""What audit events cost the end of a span, against `add_event`; what the bridge costs a span without any.

    python -m benchmarks.span_end --json FILE [--quick]

Processes of their own, in alternation: the SDK alone, and the bridge with each core. Every span is the SDK's and is
recording, with a batch processor behind it whose exporter takes all at once. Only the call itself is timed, span by
span; spans with ten audit events and with none take turns. The figure of a process is the median of its spans.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.alternation import alternate, figure, median, spread
from benchmarks.raising import PATHS
from benchmarks.result import Figure, Measured, Result, main
from benchmarks.subjects.bridges import tracing
from benchmarks.subjects.subject import EVENT

TABLE = "span end"
SDK, C, PYTHON = "SDK alone", "c", "python"
EVENTS, SPANS, WARM_UP = 10, 1200, 60
ROUNDS, BUDGET_SECONDS = 15, 20.0
START, END, END_TEN, ADD_TEN = "start", "end, no audit events", "end, ten audit events", "ten add_event calls"
ADDED = "what ten audit events add to the end"

ROWS = {SDK: (START, END, ADD_TEN), C: (START, END, END_TEN), PYTHON: (START, END, END_TEN)}
"""What is timed, by subject."""

Timed = Callable[..., object]
"""`timed(call, *arguments)` calls it; what else it does is to measure that call."""


def install(subject: str) -> Any:
    """Set up the process for good; a tracer."""
    tracer = tracing().get_tracer("bench")
    if subject != SDK:
        import otel_audit

        settings = otel_audit.Settings(
            include=EVENT, sampling=f"{EVENT}=all", signals="span_events,metrics", core=subject, children=False
        )
        otel_audit.install(settings)
        with audited(tracer, EVENTS) as span:
            pass
        span.end()
        assert len(span.events) == EVENTS, span.events
    return tracer


@contextmanager
def audited(tracer: Any, events: int, timed: Timed | None = None) -> Iterator[Any]:
    """A span that was current while so many audit events happened, not ended."""
    from opentelemetry import trace

    span: Any = timed(tracer.start_span, "request") if timed is not None else tracer.start_span("request")
    with trace.use_span(span):
        for path in PATHS[:events]:
            sys.audit(EVENT, path, "r", 524288)
        yield span


def add_ten(span: Any) -> None:
    """What a bridge that calls the SDK does."""
    for path in PATHS[:EVENTS]:
        span.add_event(EVENT, {"file.path": path, "mode": "r", "flags": 524288})


def one(tracer: Any, row: str, timed: Timed) -> None:
    """A span, of which that row's part is timed."""
    with audited(tracer, EVENTS if row == END_TEN else 0, timed if row == START else None) as span:
        if row == ADD_TEN:
            timed(add_ten, span)
    if row in (END, END_TEN):
        timed(span.end)
    else:
        span.end()


def measure_here(subject: str) -> dict[str, float]:
    """Median nanoseconds by row, in this process."""
    tracer = install(subject)
    found: dict[str, list[int]] = {row: [] for row in ROWS[subject]}

    def timer(row: str) -> Timed:
        add, clock = found[row].append, time.perf_counter_ns

        def timed(call: Callable[..., object], *arguments: object) -> object:
            start = clock()
            result = call(*arguments)
            add(clock() - start)
            return result

        return timed

    timers = {row: timer(row) for row in found}
    for _ in range(SPANS):
        for row, timed in timers.items():
            one(tracer, row, timed)
    return {row: statistics.median(ns[WARM_UP:]) for row, ns in found.items()}


def figures(found: dict[str, list[dict[str, float]]]) -> list[Figure]:
    """Microseconds of each call, and what ten audit events add, over ten `add_event` calls."""
    made = []
    ten = median(found[SDK], ADD_TEN)
    for subject, samples in found.items():
        for row in ROWS[subject]:
            us = [ns / 1000 for ns in spread(samples, row)]
            made.append(figure(TABLE, f"{subject}: {row}", "us", us))
        if subject != SDK:
            added = [sample[END_TEN] - sample[END] for sample in samples]
            made.append(figure(TABLE, f"{subject}: {ADDED}", "us", [ns / 1000 for ns in added]))
            made.append(Figure(TABLE, f"{subject}: {ADDED}", "x ten add_event calls", statistics.median(added) / ten))
    return made


def measure(quick: bool) -> Result:
    """All subjects, each in its processes."""
    found, failed = alternate("benchmarks.span_end", list(ROWS), 1 if quick else ROUNDS, BUDGET_SECONDS)
    if failed:
        raise SystemExit(f"benchmarks.span_end: {failed}")
    cells = figures(found)
    us, share = (one.value for one in cells if one.row == f"{C}: {ADDED}")
    why = (
        f"{us:.1f} us for ten events, most of it for one, too: their bytes are copied once, each becomes an object "
        "that exporters read, and the span's list takes them in one step; nothing is decoded"
    )
    return Result("span_end", cells, [Measured("span end", share, why=why)])


if __name__ == "__main__":
    if len(sys.argv) == 2 and sys.argv[1] in ROWS:  # one process of the alternation
        print(json.dumps(measure_here(sys.argv[1])), flush=True)
    else:
        main(__doc__, measure)
