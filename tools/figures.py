"""Runs the benchmarks and writes their figures into the marked blocks of README.md and docs/performance.md.

    python tools/figures.py [--rounds 7] [--pairs 12] PYTHON...

Each PYTHON is an interpreter with the package and its `dev` extra; the README shows the first.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
SHOWN = (
    "no hook",
    "empty C hook",
    "empty Python hook",
    "c: ignored",
    "c: counted, no context",
    "c: counted, in a span",
    "c: recorded, ring, outside",
    "c: recorded, span",
    "c: recorded, ring and span",
    "c: recorded, ring and span, limiter",
    "python: ignored",
    "python: counted, in a span",
    "python: recorded, ring and span",
    "naive bridge",
)


def output(python: str, module: str, *arguments: str) -> str:
    """What a benchmark prints."""
    done = subprocess.run([python, "-m", module, *arguments], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def hook(python: str, rounds: int) -> dict[str, Any]:
    """Figures of one interpreter."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "hook.json")
        output(python, "benchmarks.hook", "--rounds", str(rounds), "--json", str(target))
        found: dict[str, Any] = json.loads(target.read_text())
    return found


def hook_table(found: dict[str, Any]) -> str:
    """As Markdown, with what it was measured on."""
    rows = [f"| {name} | {found['ns'][name]:.0f} | {found['ratio'][name]:.2f} |" for name in SHOWN]
    head = f"CPython {found['python']}, {found['machine']} (2 shared cores), {found['when'][:10]}."
    naive = f"(naive - empty C hook) / (c recorded, ring and span - empty C hook) = **{found['naive_ratio']:.0f}**"
    return "\n".join((head, "", "| one `sys.audit` call | ns | x empty C hook |", "|---|---|---|", *rows, "", naive))


def fill(page: Path, block: str, text: str) -> None:
    """Replace what is in a marked block."""
    before = page.read_text()
    pattern = re.compile(rf"(<!-- figures: {re.escape(block)} -->\n).*?(<!-- /figures -->)", re.DOTALL)
    after, number = pattern.subn(lambda match: f"{match[1]}{text.strip()}\n{match[2]}", before)
    if number != 1:
        raise SystemExit(f"{page}: expected one block named {block}")
    page.write_text(after)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--pairs", type=int, default=12)
    parser.add_argument("pythons", nargs="+", metavar="PYTHON")
    arguments = parser.parse_args()
    readme, performance = ROOT / "README.md", ROOT / "docs" / "performance.md"
    for number, python in enumerate(arguments.pythons):
        found = hook(python, arguments.rounds)
        fill(performance, f"hook {'.'.join(found['python'].split('.')[:2])}", hook_table(found))
        if number == 0:
            fill(readme, "hook", hook_table(found))
    mixes = output(arguments.pythons[0], "benchmarks.mixes")
    fill(readme, "mixes", mixes)
    fill(performance, "mixes", mixes)
    describing = [
        output(python, f"benchmarks.{name}") for python in arguments.pythons for name in ("describe", "imports")
    ]
    fill(performance, "describe", "```text\n" + "\n".join(describing).strip() + "\n```")
    down = output(arguments.pythons[0], "benchmarks.collector_down", "--pairs", str(arguments.pairs))
    fill(performance, "collector_down", "```text\n" + down.strip() + "\n```")


if __name__ == "__main__":
    main()
