"""Where it bends: threads, events offered per second, live spans, interpreters.

    python -m benchmarks.scale [--json FILE] [--quick]

One event with three arguments, one of them a path, all bodies wanted; the pipeline is what `opentelemetry-instrument`
sets up, to a collector on loopback. Each line is of processes of its own (benchmarks/scaled.py).
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from typing import Any

from benchmarks import result
from benchmarks.children import Child, ask, progress, quartiles
from benchmarks.collector import exporting
from benchmarks.result import Figure, Measured, Result

THREADS = (1, 2, 4, 16, 64)
OFFERED = (10, 100, 1_000, 10_000, 100_000, 1_000_000)
SPANS = (1, 10, 100, 1_000, 10_000)
INTERPRETERS = (1, 2, 4)
ROUNDS = 2
STORM = 1_000_000

Samples = list[dict[str, float]]


def _variables(exports: Mapping[str, str]) -> dict[str, str]:
    return {
        **exports,
        "OTEL_PYTHON_AUDIT_INCLUDE": "bench.event",
        "OTEL_PYTHON_AUDIT_SAMPLING": "bench.event=all",
    }


def _asked(kind: str, values: tuple[int, ...], rounds: int, exports: Mapping[str, str]) -> dict[int, Samples]:
    """Values in turn, by round."""
    seen: dict[int, Samples] = {value: [] for value in values}
    for number in range(rounds):
        progress(f"{kind}: round {number + 1} of {rounds}")
        for value in values:
            seen[value].append(ask("scaled", kind, value, variables=_variables(exports)))
    return seen


def _figures(table: str, row: str, seen: dict[int, Samples], columns: Mapping[str, str]) -> list[Figure]:
    return [
        Figure(table, row.format(value), column, *quartiles([found[key] for found in samples]), len(samples))
        for value, samples in seen.items()
        for key, column in columns.items()
    ]


def _storm(samples: Samples) -> list[Measured]:
    """What a million events per second do."""
    cost = statistics.median(found["cost_ns"] / found["calm_ns"] for found in samples)
    wall = statistics.median(found["wall_ns"] for found in samples)
    calm = statistics.median(found["calm_ns"] for found in samples)
    offered = statistics.median(found["per_second"] for found in samples)
    why = (
        f"{offered:,.0f} offered per second; CPU of the application's thread per event, over {calm:.0f} ns at rest; "
        f"by the wall clock an event took {wall:.0f} ns, in which the bridge's and the exporter's threads had the GIL"
    )
    return [
        Measured("offered cost", cost, why=why),
        Measured("offered account", max(found["missing"] for found in samples)),
        Measured("offered memory", statistics.median(found["growth_mib"] for found in samples)),
    ]


def measure(quick: bool) -> Result:
    """Everything of this part."""
    rounds = 1 if quick else ROUNDS
    with Child("collector") as collector:
        exports = exporting(collector.hello)
        threads = _asked("threads", THREADS, rounds, exports)
        offered = _asked("offered", OFFERED[-2:] if quick else OFFERED, rounds, exports)
        spans = _asked("spans", SPANS, rounds, exports)
        interpreters = _asked("interpreters", INTERPRETERS, rounds, exports)
        collector.ask("count")
    offer_columns = {
        "per_second": "offered/s",
        "room_percent": "found room in the ring, %",
        "cost_ns": "the application pays, CPU ns",
        "wall_ns": "by the wall clock, ns",
        "growth_mib": "memory grows by, MiB",
        "missing": "events missing from the account",
    }
    event_columns = {"event_ns": "ns per event", "missing": "events missing from the account"}
    figures: list[Any] = [
        *_figures("threads", "{:,} threads", threads, event_columns),
        *_figures("offered", "{:,} events/s", offered, offer_columns),
        *_figures("spans", "{:,} live spans", spans, {"event_ns": "ns per event", "span_kib": "KiB per span"}),
        *_figures("interpreters", "{:,} interpreters", interpreters, event_columns),
    ]
    return Result("scale", figures, _storm(offered[STORM]))


if __name__ == "__main__":
    result.main(__doc__, measure)
