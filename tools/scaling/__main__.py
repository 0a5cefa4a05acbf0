"""Measures one process and one collector, and sizes fleets with it.

examples:
  python -m tools.scaling                     prints the tables (ten minutes)
  python -m tools.scaling --write             and puts them into docs/scaling.md
  python -m tools.scaling --given docs/scaling.json --set requests_per_s=5 --set kept_traces=0.01
                                              nothing measured: the figures of that file, your own assumptions
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from tools.backends import BackendError
from tools.figures import fill
from tools.scaling import tables
from tools.scaling.many import check, cost
from tools.scaling.measure import PROGRAMS, ROOT, Measured, measure
from tools.scaling.model import Inputs, fleet

PAGE, FIGURES = ROOT / "docs" / "scaling.md", ROOT / "docs" / "scaling.json"
SIZES = (10, 1_000, 100_000)
WITHOUT = {"OTEL_PYTHON_AUDIT_ENABLED": "false"}


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0, or 1 with one line when something could not be had."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        found = json.loads(options.given.read_text(encoding="utf-8")) if options.given else _measured(options)
        if options.write:
            FIGURES.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
        inputs = _changed(Inputs(**found["inputs"]), options.set, parser)
        blocks = {
            "programs": tables.programs(found),
            "inputs": tables.inputs(inputs),
            "fleets": tables.fleets([fleet(inputs, size) for size in SIZES]),
            "check": tables.check(found["check"]),
        }
        print("\n\n".join(blocks.values()))
        if options.write:
            for name, text in blocks.items():
                fill(PAGE, name, text)
    except (BackendError, OSError) as error:
        print(f"scaling: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nscaling: interrupted", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.scaling", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=60, help="of requests per run")
    parser.add_argument("--processes", type=int, default=24, help="at once, against one collector")
    parser.add_argument("--given", type=Path, metavar="FILE", help="take what was measured from there")
    parser.add_argument("--set", action="append", default=[], metavar="INPUT=NUMBER", help="an input of the model")
    parser.add_argument("--write", action="store_true", help="into docs/scaling.md and docs/scaling.json")
    return parser


def _measured(options: argparse.Namespace) -> dict[str, Any]:
    runs = {}
    for program in PROGRAMS:
        for name, variables in (("with", {}), ("without", WITHOUT)):
            print(f"scaling: {program.name}, {name} the bridge", file=sys.stderr, flush=True)
            runs[program.name, name] = measure(program, options.rounds, **variables)
    print(f"scaling: {options.processes} processes, one collector", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        bodies = [body for program in PROGRAMS for body in runs[program.name, "with"].bodies]
        per_mb = cost(Path(folder), bodies, megabytes=100.0)
        many = check(Path(folder), options.processes, events=300, seconds=6.0)
    return {
        "when": datetime.now(timezone.utc).date().isoformat(),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "programs": [_row(program.name, runs) for program in PROGRAMS],
        "inputs": _inputs([_row(program.name, runs) for program in PROGRAMS], per_mb),
        "check": asdict(many),
    }


def _row(name: str, runs: dict[tuple[str, str], Measured]) -> dict[str, Any]:
    """Figures of one program, with the bridge and without."""
    ours, bare = runs[name, "with"], runs[name, "without"]
    return {
        "name": name,
        "requests": ours.requests,
        "logs": ours.per_request("logs", "records"),
        "span_events": ours.per_request("traces", "events"),
        "log_bytes": ours.per_request("logs", "unpacked"),
        "log_bytes_packed": ours.per_request("logs", "sent"),
        "span_bytes": ours.per_request("traces", "unpacked"),
        "span_bytes_packed": ours.per_request("traces", "sent"),
        "span_bytes_without": bare.per_request("traces", "unpacked"),
        "span_bytes_packed_without": bare.per_request("traces", "sent"),
        "metric_bytes": ours.collection[1],
        "metric_bytes_packed": ours.collection[0],
        "points": ours.collection[2],
        "metric_bytes_without": bare.collection[1],
        "cpu_ms": 1000 * ours.cpu_s / ours.requests,
        "cpu_ms_without": 1000 * bare.cpu_s / bare.requests,
        "start_logs": ours.start["logs", "records"],
    }


def _inputs(programs: list[dict[str, Any]], per_mb: float) -> dict[str, float]:
    """What the model takes: the larger of the programs, as one sizes for the worse."""
    logs = max(one["logs"] for one in programs)
    worst = {name: max(one[name] for one in programs) for name in programs[0] if name != "name"}
    each = {name: max(one[name] / one["logs"] for one in programs) for name in ("log_bytes", "log_bytes_packed")}
    return {
        "logs_per_request": logs,
        **each,
        "span_bytes": worst["span_bytes"],
        "span_bytes_packed": worst["span_bytes_packed"],
        "metric_bytes": worst["metric_bytes"],
        "metric_bytes_packed": worst["metric_bytes_packed"],
        "points": worst["points"],
        "cpu_ms": max(one["cpu_ms"] - one["cpu_ms_without"] for one in programs),
        "collector_cpu_ms_per_mb": per_mb,
    }


def _changed(inputs: Inputs, words: list[str], parser: argparse.ArgumentParser) -> Inputs:
    known = [field.name for field in fields(inputs)]
    changes = {}
    for word in words:
        name, _, number = word.partition("=")
        if name not in known:
            parser.error(f"--set {word}: expected one of {', '.join(known)}")
        try:
            changes[name] = float(number)
        except ValueError:
            parser.error(f"--set {word}: expected a number")
    return replace(inputs, **changes)


if __name__ == "__main__":
    sys.exit(main())
