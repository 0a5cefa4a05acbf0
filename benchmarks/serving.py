"""Services under load, over OpenTelemetry alone.

    python -m benchmarks.serving [--json FILE] [--quick]

Each service runs plain, with OpenTelemetry alone, with otel-audit at default and `all`, and with the naive bridge; the
SDK exports everything over OTLP/HTTP to a collector on loopback. Processes are fresh in every round, the variants
alternate, and their order turns from round to round. A service has one core, the load and the collector the other.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from benchmarks import result
from benchmarks.children import Child, median_interval, pin, progress, quartiles
from benchmarks.collector import exporting
from benchmarks.load import Load
from benchmarks.result import Figure, Measured, Result
from benchmarks.variants import ALL, COUNTED, DEFAULT, LOGS, NAIVE, OTEL, PLAIN, SPAN_EVENTS, variables

PAIRS = 22
"""Of OpenTelemetry alone and otel-audit at default, in the Flask service."""
OTHERS_EVERY = 4
"""In every fourth round the other variants run too."""
FLASK_PARTS = {COUNTED: "counting alone leaves", SPAN_EVENTS: "span events alone", LOGS: "logs alone"}
"""What its cost is made of, in the words of its target."""
WARM_UP_S, SLICE_S, SLICES = 0.5, 2.5, 2
"""Long enough for exports: the SDK's batches leave every 5 s, or when they are full."""


class Round(NamedTuple):
    """One service in one round."""

    per_second: float
    cpu_us: float
    latencies: list[float]


Rounds = dict[str, list[Round | None]]
"""By variant; None where it was not run in that round, or hung."""


def _serve(
    service: str, wanted: Sequence[str], exports: Mapping[str, str], slices: int, seconds: float
) -> dict[str, Round | None]:
    """A fresh process for each variant, together; slices of load in turn, there and back."""
    children = {variant: Child("services", service, variables=variables(variant, exports)) for variant in wanted}
    try:
        loads = {variant: Load(child.hello["port"]) for variant, child in children.items()}
        seen: dict[str, list[Round]] = {variant: [] for variant in wanted}
        for load in loads.values():
            load.run(WARM_UP_S)
        for number in range(slices):
            for variant in wanted if number % 2 == 0 else reversed(wanted):
                seen[variant].append(_slice(children[variant], loads[variant], seconds))
        for load in loads.values():
            load.close()
    finally:
        for child in children.values():
            child.end()
    return {variant: _together(rounds) for variant, rounds in seen.items()}


def _slice(child: Child, load: Load, seconds: float) -> Round:
    child.ask("start")
    found = load.run(seconds)
    cpu_s = child.ask("stop")["cpu_s"]
    number = len(found.latencies)
    return Round(number / found.seconds, cpu_s / number * 1e6, found.latencies)


def _together(rounds: Sequence[Round]) -> Round:
    return Round(
        statistics.mean(found.per_second for found in rounds),
        statistics.mean(found.cpu_us for found in rounds),
        [latency for found in rounds for latency in found.latencies],
    )


def serve(
    service: str, rounds: int, every: int, exports: Mapping[str, str], quick: bool, parts: Sequence[str] = ()
) -> Rounds:
    """All rounds of one service; `parts` are variants besides, and run as seldom as all but the pair."""
    found: Rounds = {variant: [] for variant in (PLAIN, OTEL, DEFAULT, *parts, ALL, NAIVE)}
    for number in range(rounds):
        pair = [OTEL, DEFAULT] if number % 2 == 0 else [DEFAULT, OTEL]
        others = [PLAIN, *parts, ALL, NAIVE] if number % every == 0 else []
        progress(f"{service}: round {number + 1} of {rounds}")
        slices, seconds = (1, 0.5) if quick else (SLICES, SLICE_S)
        seen = _serve(service, [*pair, *others], exports, slices, seconds)
        for variant, samples in found.items():
            samples.append(seen.get(variant))
    return found


def service_figures(table: str, rounds: Rounds) -> list[Figure]:
    """Of all variants; ratios are of the same round."""
    figures = []
    for variant, samples in rounds.items():
        there = [found for found in samples if found is not None]
        if not there:
            continue
        figures += [
            Figure(table, variant, "requests/s", *quartiles([found.per_second for found in there]), len(there)),
            Figure(table, variant, "CPU per request, us", *quartiles([found.cpu_us for found in there]), len(there)),
        ]
        for percent in (50, 90, 99):
            times = [statistics.quantiles(found.latencies, n=100)[percent - 1] * 1000 for found in there]
            figures.append(Figure(table, variant, f"p{percent}, ms", *quartiles(times), len(there)))
        figures.append(Figure(table, variant, "throughput x OpenTelemetry alone (95 %)", *_ratio(rounds, variant)))
    return figures


def _ratio(rounds: Rounds, variant: str, of: Callable[[Round], float] = lambda found: found.per_second) -> Any:
    """Median of the ratios to OpenTelemetry alone, with its interval and their number."""
    pairs = zip(rounds[variant], rounds[OTEL])
    ratios = [of(one) / of(other) for one, other in pairs if one is not None and other is not None]
    return *median_interval(ratios), len(ratios)


def _per_cpu(found: Round) -> float:
    return 1 / found.cpu_us


def flask_measured(rounds: Rounds) -> list[Measured]:
    """Judged by the lower ends of the intervals."""
    throughput, low, _, number = _ratio(rounds, DEFAULT)
    cpu, cpu_low, _, _ = _ratio(rounds, DEFAULT, _per_cpu)
    naive = _ratio(rounds, NAIVE)[0]
    said = f"{number} pairs; the naive bridge with the same events: {naive:.2f}"
    floor = "; ".join(f"{what} {_ratio(rounds, part, _per_cpu)[0]:.2f}" for part, what in FLASK_PARTS.items())
    return [
        Measured("flask throughput", throughput, low, f"lower end of the 95 % interval, {said}"),
        Measured("flask cpu", cpu, cpu_low, f"lower end of the 95 % interval, {number} pairs; {floor}"),
    ]


def measure(quick: bool) -> Result:
    """Both services."""
    pin(1)
    with Child("collector") as collector:
        exports = exporting(collector.hello)
        flask = serve("flask", 2 if quick else PAIRS, 2 if quick else OTHERS_EVERY, exports, quick, tuple(FLASK_PARTS))
        asynchronous = serve("asyncio", 1 if quick else 4, 1, exports, quick)
    return Result(
        "serving",
        [*service_figures("flask", flask), *service_figures("asyncio", asynchronous)],
        flask_measured(flask),
        packages=("flask", "waitress", "fastapi", "uvicorn"),
    )


if __name__ == "__main__":
    result.main(__doc__, measure)
