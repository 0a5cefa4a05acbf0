"""Cost of one audit event, as ratios to an empty C hook, all in one run.

    python -m benchmarks.hook [--rounds 7] [--json FILE]

Each subject runs in child processes of its own, in alternation; a round's figure is the fastest of its batches, the
figure shown the fastest round. The cost is the whole `sys.audit` call with three arguments, one of them a path.
Absolute times of a shared machine mean little: quote the ratios.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from benchmarks.subjects import BATCH, EVENT, SUBJECTS, build_empty_hook

BATCHES = 400
EMPTY, RECORDED, NAIVE = "empty C hook", "c: recorded, ring and span", "naive bridge"


def measure(subject: str, library: str) -> float:
    """Nanoseconds of one event: the fastest batch."""
    batch = SUBJECTS[subject](library)
    paths = [f"/srv/app/data/file-{number:04d}.json" for number in range(BATCH)]
    audit, clock, best = sys.audit, time.perf_counter_ns, float("inf")
    for _ in range(BATCHES):
        with batch():
            start = clock()
            for path in paths:
                audit(EVENT, path, "r", 524288)
            best = min(best, clock() - start)
    return best / BATCH


def run(rounds: int) -> dict[str, list[float]]:
    """Figures of all subjects, by round."""
    figures: dict[str, list[float]] = {subject: [] for subject in SUBJECTS}
    with tempfile.TemporaryDirectory() as folder:
        library = str(build_empty_hook(Path(folder)))
        for number in range(rounds):
            for subject, found in figures.items():
                print(f"\rround {number + 1}/{rounds}: {subject:<50}", end="", file=sys.stderr, flush=True)
                command = [sys.executable, "-m", "benchmarks.hook", "--subject", subject, "--library", library]
                found.append(float(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
    print(file=sys.stderr)
    return figures


def report(figures: dict[str, list[float]]) -> dict[str, Any]:
    """Fastest rounds and ratios, with what they were measured on."""
    fastest = {subject: min(found) for subject, found in figures.items()}
    floor = fastest[EMPTY]
    return {
        "when": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "ns": {subject: round(value, 1) for subject, value in fastest.items()},
        "ratio": {subject: round(value / floor, 2) for subject, value in fastest.items()},
        "naive_ratio": round((fastest[NAIVE] - floor) / (fastest[RECORDED] - floor), 1),
    }


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", metavar="FILE", type=Path, help="also write the figures here")
    parser.add_argument("--subject", help=argparse.SUPPRESS)
    parser.add_argument("--library", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.subject:
        print(measure(arguments.subject, arguments.library))
        return
    found = report(run(arguments.rounds))
    print(f"CPython {found['python']}, {found['machine']}, {found['when']}\n")
    print(f"{'':<48}{'ns':>10}{'x empty C hook':>18}")
    for subject, ns in found["ns"].items():
        print(f"{subject:<48}{ns:>10.1f}{found['ratio'][subject]:>18.2f}")
    print(f"\n(naive - empty C hook) / (ours recorded - empty C hook) = {found['naive_ratio']}")
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=2) + "\n")


if __name__ == "__main__":
    main()
