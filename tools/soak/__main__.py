"""One program under the bridge for a long time, with all that goes wrong in production; nothing may grow or get lost.

Ctrl-C ends it with the verdict so far. Exit code 0: all is right; 1: something is not.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tools.soak.course import Course, Options
from tools.soak.page import table, write


def options() -> tuple[Options, Path | None]:
    """What the command line asks for, and the page to write."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.soak", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--minutes", type=float, default=20.0, help="how long (default: 20)")
    parser.add_argument("--core", choices=("c", "python"), default="c", help="which hook (default: c)")
    parser.add_argument("--seed", type=int, default=1, help="of all chance (default: 1)")
    parser.add_argument("--rate", type=float, default=30_000, help="events a second of the steady workers (30000)")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="put the result into its block of this page")
    parser.add_argument(
        "--plant",
        action="append",
        default=[],
        choices=("descriptors", "memory", "count"),
        help="make the program leak, or miscount: the verdict must find it",
    )
    given = parser.parse_args()
    asked = Options(given.minutes * 60, given.core, given.seed, given.rate, tuple(given.plant))
    return asked, given.write


def main() -> int:
    """Run, say how it went."""
    asked, page = options()
    result = Course(asked, lambda line: print(line, file=sys.stderr, flush=True)).run()
    print(table(result))
    if page is not None:
        write(page, result)
    return 0 if result.right else 1


if __name__ == "__main__":
    sys.exit(main())
