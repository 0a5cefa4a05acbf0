"""Whole programs: an import, loops of the worst mixes, a test suite.

    python -m benchmarks.programs [--json FILE] [--quick]

Each program runs plain, with OpenTelemetry alone, with otel-audit at default and `all`, and with the naive bridge; the
SDK exports everything over OTLP/HTTP to a collector on loopback. Processes are fresh in every round, the variants
alternate, and their order turns from round to round.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks import result
from benchmarks.children import Child, ask, pin, pin_nowhere, progress, quartiles
from benchmarks.collector import exporting
from benchmarks.result import Figure, Measured, Result
from benchmarks.variants import ALL, ALL_COUNTED, DEFAULT, EMPTY, NAIVE, NAIVE_ALL, OTEL, PLAIN, variables

HUNG_S = 40


def run(
    work: str, wanted: Sequence[str], rounds: int, exports: Mapping[str, str], *arguments: object
) -> dict[str, list[Any]]:
    """A program in fresh processes, variants in turn; a variant that hung once is left out from then on."""
    found: dict[str, list[Any]] = {variant: [] for variant in wanted}
    hung: set[str] = set()
    for number in range(rounds):
        progress(f"{work}: round {number + 1} of {rounds}")
        for variant in wanted if number % 2 == 0 else reversed(wanted):
            if variant in hung:
                continue
            try:
                seen = ask("works", work, *arguments, variables=variables(variant, exports), timeout_s=HUNG_S)
            except subprocess.TimeoutExpired:
                progress(f"{work}: {variant} hung")
                hung.add(variant)
                continue
            found[variant].append(seen)
    return {variant: samples for variant, samples in found.items() if samples}


def run_figures(table: str, row: str, samples: dict[str, list[float]], unit: str) -> list[Figure]:
    """A column per variant, as multiples of plain; plain in its unit."""
    plain = samples[PLAIN]
    figures = [Figure(table, row, f"plain, {unit}", *quartiles(plain), len(plain))]
    for variant, found in samples.items():
        if variant != PLAIN:
            ratios = [one / other for one, other in zip(found, plain)]
            figures.append(Figure(table, row, f"{variant}, x plain", *quartiles(ratios), len(ratios)))
    return figures


def loops_measured(loops: dict[str, list[Any]]) -> tuple[list[Figure], list[Measured]]:
    """The worst mixes, with `all`."""
    figures: list[Figure] = []
    measured = []
    for name in loops[PLAIN][0]:
        samples = {variant: [found[name] for found in seen] for variant, seen in loops.items()}
        figures += run_figures("programs", name, samples, "ms")
        ratio, empty, otel, counted = (
            next(figure.value for figure in figures if figure.row == name and figure.column == f"{variant}, x plain")
            for variant in (ALL, EMPTY, OTEL, ALL_COUNTED)
        )
        why = f"under an empty C hook {empty:.2f}, with OpenTelemetry alone {otel:.2f}, only counted {counted:.2f}"
        measured.append(Measured(f"all: {name}", ratio, why=why))
    return figures, measured


def measure(quick: bool) -> Result:
    """Everything of this part."""
    pin(1)
    with Child("collector") as collector:
        exports = exporting(collector.hello)
        pin_nowhere()
        worst = (PLAIN, EMPTY, OTEL, DEFAULT, ALL_COUNTED, ALL, NAIVE_ALL)
        loops = run("loops", worst, 1 if quick else 6, exports, 0.1 if quick else 0.25)
        usual = (PLAIN, OTEL, DEFAULT, ALL, NAIVE)
        ask("works", "import", variables=variables(PLAIN, exports))  # writes what is compiled once
        imports = run("import", usual, 1 if quick else 4, exports)
        suite = run("suite", usual, 1 if quick else 3, exports)
    figures, measured = loops_measured(loops)
    for row, found in (("import of SQLAlchemy", imports), ("a run of pytest", suite)):
        for clock, name in (("wall_s", "wall"), ("cpu_s", "CPU")):
            samples = {variant: [seen[clock] for seen in runs] for variant, runs in found.items()}
            figures += run_figures("runs", f"{row}, {name}", samples, "s")
    return Result("programs", figures, measured, packages=("sqlalchemy", "pytest"))


if __name__ == "__main__":
    result.main(__doc__, measure)
