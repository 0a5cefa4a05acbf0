"""Ends a real program every way there is, with default intervals, and writes what its collector had got.

python -m tools.exits [--core c] [--seconds 8] [--write docs/exits.md]
"""

from __future__ import annotations

import argparse
import datetime
import platform
import re
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from tools.exits.measure import WAYS, Ended, Way, measure

BLOCK = re.compile(r"(<!-- exits -->\n).*?(<!-- /exits -->)", re.DOTALL)


def row(way: Way, ended: Ended) -> str:
    """Of the table."""
    lost = f"{ended.lost:,}, the last {ended.lost_s:.1f} s" if ended.lost else "0"
    counted = f"{ended.counted:,}" if ended.counted else "none came"
    cells = (way.name, ended.code, f"{ended.offered:,}", f"{ended.delivered:,}", ended.doubled, lost, counted)
    return f"| {' | '.join(map(str, cells))} |"


def table(core: str, seconds: float) -> Iterator[str]:
    """Line by line, as they come."""
    yield (
        f"CPython {platform.python_version()}, {platform.system()}, {datetime.date.today()}, {core} core, "
        f"opentelemetry-sdk {version('opentelemetry-sdk')}; OTLP/HTTP, all intervals at their defaults, "
        f"{seconds:.0f} s of events before the end."
    )
    yield ""
    yield "| end | exit code | raised | delivered | twice | lost | counter in the last metrics |"
    yield "|---|---|---|---|---|---|---|"
    for way in WAYS:
        yield row(way, measure(way, core, seconds))


def main() -> None:
    """Measure; print, and write where asked to."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.exits", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--core", choices=("c", "python"), default="c")
    parser.add_argument("--seconds", type=float, default=8.0, help="how long events are raised before the end")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the table into its block of this page")
    given = parser.parse_args()
    lines = []
    for line in table(given.core, given.seconds):
        print(line, flush=True)
        lines.append(line)
    if given.write is None:
        return
    text, number = BLOCK.subn(lambda match: f"{match[1]}{chr(10).join(lines)}\n{match[2]}", given.write.read_text())
    if number != 1:
        sys.exit(f"{given.write}: expected one block <!-- exits --> ... <!-- /exits -->")
    given.write.write_text(text)


if __name__ == "__main__":
    main()
