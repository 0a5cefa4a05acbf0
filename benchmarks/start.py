"""Start-up time and resident memory over OpenTelemetry alone.

    python -m benchmarks.start [--json FILE] [--quick]

Processes in alternation, each set up as `opentelemetry-instrument` does, with the OTLP exporters over HTTP. Start-up is
from the start of the process to the program's first line; memory (Linux) is what the process has resident at its
first line, and after 10,000 events in 1,000 spans, all exported. The collector is on loopback.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Mapping

from benchmarks import result
from benchmarks.children import Child, ask, median_interval, progress, quartiles
from benchmarks.collector import exporting
from benchmarks.result import Figure, Measured, Result
from benchmarks.variants import ALL, DEFAULT, OTEL, PLAIN, variables

ROUNDS = 15
SUBJECTS = (PLAIN, OTEL, DEFAULT, ALL)
TABLE = "start"
COLUMNS = {
    "start_ms": "start-up, ms",
    "cpu_ms": "start-up, CPU ms",
    "memory_mib": "resident, MiB",
    "busy_mib": "resident after 1,000 spans, MiB",
}

Seen = dict[str, list[dict[str, float]]]
"""What the processes of each variant told, by round."""


def _rounds(number: int, exports: Mapping[str, str], collector: Child) -> Seen:
    seen: Seen = {subject: [] for subject in SUBJECTS}
    for subject in SUBJECTS:  # writes what is compiled once
        ask("started", time.time(), variables=variables(subject, exports))
    for at in range(number):
        progress(f"start: round {at + 1} of {number}")
        for subject in SUBJECTS if at % 2 == 0 else reversed(SUBJECTS):
            seen[subject].append(ask("started", time.time(), variables=variables(subject, exports)))
        collector.ask("count")
    return seen


def measure(quick: bool) -> Result:
    """Everything of this part."""
    with Child("collector") as collector:
        seen = _rounds(2 if quick else ROUNDS, exporting(collector.hello), collector)
    figures = [figure for subject in SUBJECTS for figure in _figures(subject, seen)]
    over = {key: statistics.median(_over(DEFAULT, seen, key)) for key in COLUMNS}
    busy = f"at the first line; {over['busy_mib']:.1f} MiB after a burst of 10,000 events, with what waits for export"
    _, lower, upper = median_interval(_over(DEFAULT, seen, "cpu_ms"))
    why = f"CPU time, 95 % interval {lower:.0f} to {upper:.0f} ms; by the wall clock {over['start_ms']:.0f} ms"
    start = Measured("start", over["cpu_ms"], why=why)
    return Result(TABLE, figures, [start, Measured("memory", over["memory_mib"], why=busy)])


def _figures(subject: str, seen: Seen) -> Iterator[Figure]:
    for key, column in COLUMNS.items():
        samples = [found[key] for found in seen[subject]]
        yield Figure(TABLE, subject, column, *quartiles(samples), len(samples))
        if subject in (DEFAULT, ALL):
            over = _over(subject, seen, key)
            yield Figure(
                TABLE, subject, f"over OpenTelemetry alone (95 %): {column}", *median_interval(over), len(over)
            )


def _over(subject: str, seen: Seen, key: str) -> list[float]:
    return [one[key] - other[key] for one, other in zip(seen[subject], seen[OTEL])]


if __name__ == "__main__":
    result.main(__doc__, measure)
