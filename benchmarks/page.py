"""Fills docs/performance.md, its plots, and the short block of README.md from the results there are."""

from __future__ import annotations

import json
import re
from pathlib import Path

from benchmarks import tables
from benchmarks.result import ROOT
from benchmarks.tables import Found

PAGE, README, IMAGES = ROOT / "docs" / "performance.md", ROOT / "README.md", ROOT / "docs" / "images"
SHORT = (
    "no hook",
    "empty C hook",
    "empty Python hook",
    "c: ignored",
    "c: counted, no context",
    "c: counted, in a span",
    "c: recorded, ring and span",
    "c: recorded, ring and span, limiter",
    "python: ignored",
    "python: recorded, ring and span",
    "naive bridge",
)
"""Rows of README's table."""
SHORT_COLUMNS = ("ns", "x empty C hook")
PLOTS = {
    "hook": "Cost of one event, by hook",
    "services": "Throughput of both services, over OpenTelemetry alone",
    "programs": "Programs, as multiples of plain",
    "offered": "What is kept and what is paid, by events offered per second",
    "scale": "Cost of one event, by threads and by live spans",
}
"""What is seen, for who does not see it."""

_BLOCK = re.compile(r"(<!-- bench: ([^>]+?) -->\n).*?(<!-- /bench -->)", re.DOTALL)


def read(folder: Path) -> Found:
    """Every result there is; of one interpreter's patch versions each for itself."""
    versions = sorted((path for path in folder.glob("*") if path.is_dir()), key=_order)
    found = {path.name: [json.loads(file.read_text()) for file in sorted(path.glob("*.json"))] for path in versions}
    return {version: results for version, results in found.items() if results}


def _order(path: Path) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", path.name))


def short(found: Found) -> str:
    """README's table: the first interpreter's."""
    version, results = next(iter(found.items()))
    kept = [
        figure._replace(low=None, high=None)
        for figure in tables.figures(results, "hook")
        if figure.row in SHORT and figure.column in SHORT_COLUMNS
    ]
    return f"{tables.machines({version: results}).removeprefix('- ')}\n\n" + tables.table(kept, "one `sys.audit` call")


def block(found: Found, name: str) -> str:
    """What stands between a pair of marks."""
    if name.startswith("plot "):
        name = name.removeprefix("plot ")
        target = IMAGES / f"performance-{name}.svg"
        return (
            f"![{PLOTS[name]}]({target.relative_to(PAGE.parent).as_posix()})" if target.exists() else "Not plotted yet."
        )
    whole = {"targets": tables.targets, "machine": tables.machines, "README": short}
    return whole[name](found) if name in whole else tables.tables(found, name)


def fill(page: Path, found: Found) -> None:
    """Write every marked block of a page anew."""
    text = page.read_text(encoding="utf-8")

    def replaced(match: re.Match[str]) -> str:
        return f"{match[1]}{block(found, match[2])}\n{match[3]}"

    page.write_text(_BLOCK.sub(replaced, text), encoding="utf-8")


def write(folder: Path) -> None:
    """Pages and plots."""
    found = read(folder)
    if not found:
        raise SystemExit(f"{folder}: expected results; `python -m benchmarks` makes them")
    try:
        from benchmarks import plots
    except ImportError as error:
        print(f"no plots: {error} (the extra `bench` has it)")
    else:
        plots.write(found, IMAGES)
    for page in (PAGE, README):
        fill(page, found)
