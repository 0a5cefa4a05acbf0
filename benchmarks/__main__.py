"""All benchmarks, on one interpreter or several, and the page they fill.

    python -m benchmarks [--only hook,background] [--quick] [--again] [PYTHON...]
    python -m benchmarks --page

Each PYTHON has the package with its extras `otlp`, `dev` and `bench`; without any it is this one. Every part leaves a
file, benchmarks/results/VERSION/PART.json, as soon as it is over, so that a run which was ended by Ctrl-C goes on
where it was: parts with a result of this very commit are left out, unless `--again`. At the end docs/performance.md,
its plots and the block in README.md are made of all results there are; `--page` does only that. `--quick` shows that
everything works: its results go elsewhere, and no page is made of them.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.result import ROOT, revision

RESULTS = ROOT / "benchmarks" / "results"
QUICK = ROOT / "build" / "benchmarks"
PARTS = (
    "hook",
    "hook_real",
    "span_end",
    "instructions",
    "record_instructions",
    "background",
    "start",
    "serving",
    "programs",
    "scale",
    "mixes",
    "collector_down",
)
"""In the order they run: what the targets are about first."""

ONCE = ("mixes", "collector_down")
"""On the first interpreter only."""


def _version(python: str) -> str:
    code = "import platform; print(platform.python_version())"
    return subprocess.run([python, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def _is_current(target: Path, quick: bool) -> bool:
    """Whether there is a result of this commit, without changes."""
    if not target.exists():
        return False
    found: dict[str, Any] = json.loads(target.read_text())
    here = revision()
    return bool(here) and not here.endswith("+") and found["revision"] == here and found["quick"] == quick


def _run(python: str, part: str, target: Path, quick: bool) -> bool:
    """One part on one interpreter, in a process group of its own so that nothing of it outlives Ctrl-C."""
    target.parent.mkdir(parents=True, exist_ok=True)
    command = [python, "-m", f"benchmarks.{part}", "--json", str(target), *(["--quick"] if quick else [])]
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
    try:
        return process.wait() == 0
    except BaseException:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
        raise


def _all(arguments: argparse.Namespace) -> list[str]:
    """Every wanted part on every interpreter; those that failed."""
    folder = QUICK if arguments.quick else RESULTS
    begin, failed = time.monotonic(), []
    jobs = [
        (python, part)
        for at, python in enumerate(arguments.pythons)
        for part in arguments.only
        if at == 0 or part not in ONCE
    ]
    for number, (python, part) in enumerate(jobs):
        version = _version(python)
        target = folder / version / f"{part}.json"
        head = f"== {number + 1}/{len(jobs)} {part}, CPython {version} ({time.monotonic() - begin:.0f} s)"
        if not arguments.again and _is_current(target, arguments.quick):
            print(f"{head}: there already", file=sys.stderr, flush=True)
            continue
        print(head, file=sys.stderr, flush=True)
        if not _run(python, part, target, arguments.quick):
            failed.append(f"{part} on {version}")
    print(f"== {time.monotonic() - begin:.0f} s", file=sys.stderr)
    return failed


def _parts(text: str) -> list[str]:
    wanted = text.split(",")
    if unknown := [part for part in wanted if part not in PARTS]:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)}: expected of {', '.join(PARTS)}")
    return wanted


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", type=_parts, default=list(PARTS), metavar="PART,...", help=", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="few rounds, no page")
    parser.add_argument("--again", action="store_true", help="also parts that have a result of this commit")
    parser.add_argument("--page", action="store_true", help="measure nothing; make the page of the results there are")
    parser.add_argument("pythons", nargs="*", default=[sys.executable], metavar="PYTHON")
    arguments = parser.parse_args()
    try:
        failed = [] if arguments.page else _all(arguments)
    except KeyboardInterrupt:
        print("\nended; the same command goes on with the part that was under way", file=sys.stderr)
        return 130
    if not arguments.quick:
        from benchmarks import page

        page.write(RESULTS)
    for part in failed:
        print(f"benchmarks: {part}: failed", file=sys.stderr)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
