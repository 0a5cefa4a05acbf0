"""Fires every audit event for real on this interpreter, through both cores, and judges the records.

Exit code 1 when an event has no row or no record, when the cores disagree, when the generic decoder had to help, when
an argument could not be read, or when anything was said that should not be; 2 when nothing is selected.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from otel_audit.cli.events import select
from otel_audit.events import CATALOGUE
from tools.fire import report, samples, verified
from tools.fire.processes import Running
from tools.fire.result import VERSION
from tools.fire.synthetic import table
from tools.fire.verify import verify

OUTPUT = Path("build") / "events" / f"{VERSION}.json"
_EXAMPLES = """examples:
  python -m tools.fire                       all, a minute at most
  python -m tools.fire 'socket.*' open       some
  python -m tools.fire --write               and bring samples and docs/events/verified.json up to date
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.fire",
        description=__doc__,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("selectors", nargs="*", metavar="NAME|GROUP|GLOB", help="default: all")
    parser.add_argument("--write", action="store_true", help="write what was seen where package and docs keep it")
    parser.add_argument("--output", type=Path, default=OUTPUT, metavar="FILE", help="JSON of all that was seen")
    options = parser.parse_args(arguments)
    names = _names(options.selectors)
    if not names:
        print(f"fire: {' '.join(options.selectors)}: no such event", file=sys.stderr)
        return 2
    try:
        firings = verify(names, Running(), _progress())
    except KeyboardInterrupt:
        print("\nfire: interrupted", file=sys.stderr)
        return 130
    for line in report.lines(firings):
        print(line)
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(report.as_json(firings), encoding="utf-8")
    if options.write:
        samples.write(firings)
        verified.write(firings)
    return 1 if any(firing.problems for firing in firings) else 0


def _names(selectors: Sequence[str]) -> set[str]:
    if not selectors:
        return {*table(), *CATALOGUE}
    return {row.name for selector in selectors for row in select(selector)}


def _progress() -> Callable[[int, int], None]:
    def show(done: int, steps: int) -> None:
        end = "\r\x1b[K" if done == steps else ""
        print(f"\rfiring: {done} of {steps}{end}", end="", file=sys.stderr, flush=True)

    return show if sys.stderr.isatty() else lambda done, steps: None


if __name__ == "__main__":
    sys.exit(main())
