"""Fetches the backends ahead of time, or says where a program of them is.

examples:
  python -m tools.backends fetch            everything, some ten minutes the first time
  python -m tools.backends fetch prometheus collector
  python -m tools.backends path promtool    the path alone, on standard output
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tools.backends import alertmanager, aspire, collector, debian, kafka
from tools.backends.cache import progress
from tools.backends.chromium import chromium
from tools.backends.errors import BackendError

PROGRAMS: dict[str, Callable[[], str | Path]] = {
    "alertmanager": lambda: alertmanager.program("alertmanager"),
    "amtool": lambda: alertmanager.program("amtool"),
    "aspire": aspire.dashboard,
    "chromium": chromium,
    "collector": collector.collector,
    "compose": debian.compose,
    "kafka": kafka.kafka,
    "prometheus": lambda: debian.program("prometheus"),
    "promtool": lambda: debian.program("promtool"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 1 with one line when something could not be had."""
    parser = _parser()
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.programs) - set(PROGRAMS))
    if unknown:
        parser.error(f"{unknown[0]}: expected one of {', '.join(PROGRAMS)}")
    try:
        for name in options.programs or PROGRAMS:
            path = PROGRAMS[name]()
            print(path) if options.verb == "path" else progress(f"{name}: {path}")
    except BackendError as error:
        print(f"backends: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nbackends: interrupted", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.backends", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, number, text in (("fetch", "*", "fetch and build"), ("path", 1, "print where it is")):
        one = verbs.add_parser(verb, help=text)
        one.add_argument("programs", nargs=number, metavar="PROGRAM", help=", ".join(PROGRAMS))
    return parser


if __name__ == "__main__":
    sys.exit(main())
