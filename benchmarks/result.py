"""What a part of the benchmarks hands on: figures and measured targets, as JSON, one file per part and interpreter.

A part is a module with a command line, `python -m benchmarks.PART --json FILE [--quick]`. It says how far it is on
standard error, a line at a time, and leaves a result in FILE. `python -m benchmarks` runs the parts and makes the page;
nothing else needs to know how a part measures.

    {"part": "hook", "when": "2026-11-21T15:40:00+00:00", "seconds": 151.2, "quick": false, "revision": "afe775d...",
     "machine": {"python": "3.11.7", "system": "Linux x86_64", "processor": "...", "cores": 2, "compiler": "GCC ..."},
     "packages": {"opentelemetry-sdk": "1.45.1"},
     "figures": [{"table": "hook", "row": "c: ignored", "column": "ns", "value": 77.0, "low": 76.1, "high": 79.0,
                  "samples": 20}],
     "measured": [{"target": "ignored", "value": 1.03, "judged": 1.03, "why": ""}],
     "notes": {"hook": ["malwi-box 0.0.5: ends the process at the first connect, so it is not in the table."]}}
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
PACKAGES = (
    "opentelemetry-api",
    "opentelemetry-sdk",
    "opentelemetry-exporter-otlp-proto-http",
    "opentelemetry-exporter-otlp-proto-grpc",
    "protobuf",
    "grpcio",
    "structlog",
)
"""Whose version is in every result, where it is installed; a part names the others that it measures."""

_MADE = (":!benchmarks/results", ":!tools/compatibility/overhead.jsonl", ":!docs", ":!README.md")
"""What a run itself changes."""


class Figure(NamedTuple):
    """One cell of one table.

    Args:
        table: the table's name: a marked block of docs/performance.md (`<!-- bench: NAME -->`).
        row, column: as they are shown; a column ends in its unit (`CPU per request, us`) or is a ratio (`x plain`).
        value: the median of the samples, unless the column says what else.
        low, high: first and third quartile, or the 95 % interval where the column says so; None where there is none.
        samples: of how many measurements (processes, not loop rounds).
    """

    table: str
    row: str
    column: str
    value: float
    low: float | None = None
    high: float | None = None
    samples: int = 1


class Measured(NamedTuple):
    """What was found for one target.

    Args:
        target: its key in targets.TARGETS.
        value: in the target's unit.
        judged: what is held against the bound, where that is not `value`: the lower end of an interval, for example.
        why: what stands in the way, with the measured floor; shown where the target is not met.
    """

    target: str
    value: float
    judged: float | None = None
    why: str = ""


class Result(NamedTuple):
    """What a part found on one interpreter; `notes` are sentences shown under a table, by table."""

    part: str
    figures: Sequence[Figure]
    measured: Sequence[Measured] = ()
    notes: dict[str, list[str]] = {}  # noqa: RUF012
    packages: Sequence[str] = ()


def _installed(packages: Sequence[str]) -> dict[str, str]:
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _processor() -> str:
    """Its name as Linux gives it, for want of a portable way."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith(("model name", "Model")))
    return next(names, platform.machine())


def machine() -> dict[str, Any]:
    """What the figures depend on."""
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "compiler": platform.python_compiler(),
    }


def revision() -> str:
    """The commit that was measured, with `+` where files differ from it; empty outside of a clone."""
    try:
        commit = _git("rev-parse", "--short=12", "HEAD")
        changed = _git("status", "--porcelain", "--untracked-files=no", "--", ".", *_MADE)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return f"{commit}+" if changed else commit


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def as_json(result: Result, seconds: float, quick: bool) -> dict[str, Any]:
    """The shape above."""
    return {
        "part": result.part,
        "when": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "seconds": round(seconds, 1),
        "quick": quick,
        "revision": revision(),
        "machine": machine(),
        "packages": _installed((*PACKAGES, *result.packages)),
        "figures": [figure._asdict() for figure in result.figures],
        "measured": [found._asdict() for found in result.measured],
        "notes": result.notes,
    }


def from_json(found: dict[str, Any]) -> Result:
    """What as_json wrote; without machine and date."""
    return Result(
        found["part"],
        [Figure(**figure) for figure in found["figures"]],
        [Measured(**measured) for measured in found["measured"]],
        found["notes"],
    )


def main(description: str | None, measure: Callable[[bool], Result]) -> None:
    """The command line of a part; `measure` takes whether it shall be quick."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", metavar="FILE", type=Path, help="write the result there, not to standard output")
    parser.add_argument("--quick", action="store_true", help="few rounds: shows that it works, not what it costs")
    arguments = parser.parse_args()
    start = time.monotonic()
    found = json.dumps(as_json(measure(arguments.quick), time.monotonic() - start, arguments.quick), indent=1) + "\n"
    if arguments.json is None:
        print(found, end="")
        return
    whole = arguments.json.with_suffix(".part")
    whole.write_text(found)
    whole.replace(arguments.json)
