"""docs/compatibility.md: the tests, what servers pay for the bridge, and the page of both.

python -m tools.compatibility run [--write] [--also PYTHON] [PYTEST ARGUMENTS]
python -m tools.compatibility overhead [MODE ...]
python -m tools.compatibility page ROWS ...
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tools.compatibility import overheads, table

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "compatibility.md"
LATER = ("tests_compat/processes", "tests_compat/tools")
"""What an interpreter may change, and installs there: not the servers."""
INTERRUPTED = 130


def main() -> int:
    """Returns pytest's exit code, or 1 where the page is not about these tests."""
    options, rest = _options()
    try:
        if options.verb == "page":
            return _write(table.together(table.read(path) for path in options.rows))
        if options.verb == "overhead":
            return _overhead(options.mode)
        return _run(options, rest)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED


def _options() -> tuple[argparse.Namespace, list[str]]:
    parser = argparse.ArgumentParser(
        prog="python -m tools.compatibility",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    run = verbs.add_parser("run", help="run the tests; further arguments are pytest's")
    run.add_argument("--write", action="store_true", help="write docs/compatibility.md from this run")
    run.add_argument(
        "--also", action="append", default=[], metavar="PYTHON", help="run process models and tools on it too"
    )
    overhead = verbs.add_parser(
        "overhead", help="measure what the bridge costs servers, on a quiet machine: 20 minutes"
    )
    overhead.add_argument("mode", nargs="*", help="`gunicorn`, or `gunicorn, sync`; default: all")
    page = verbs.add_parser("page", help="write docs/compatibility.md from rows that were kept (pytest --rows FILE)")
    page.add_argument("rows", type=Path, nargs="+", help="JSON-lines files; of equal rows the last counts")
    options, rest = parser.parse_known_args()
    if rest and options.verb != "run":
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    return options, rest


def _run(options: argparse.Namespace, rest: Sequence[str]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "rows.jsonl"
        rows.touch()
        named = any(not argument.startswith("-") for argument in rest)
        codes = [_pytest(sys.executable, rows, rest if named else ["tests_compat", *rest])]
        codes += [_pytest(python, rows, rest if named else [*LATER, *rest]) for python in options.also]
        found = table.read(rows)
    sys.stdout.write(table.page(found, overheads.read()))
    if any(codes) or rest:
        return max(codes)
    return _write(found) if options.write else _compare(found)


def _pytest(python: str, rows: Path, arguments: Sequence[str]) -> int:
    command = [python, "-m", "pytest", "-q", "-n", "2", "--timeout", "300", "--rows", str(rows), *arguments]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def _overhead(names: list[str]) -> int:
    from tools.compatibility import measuring  # needs the servers

    for mode in measuring.chosen(names):
        found = measuring.measure(mode)
        overheads.keep(found)  # at once: the whole takes a while, and may be ended
        print(f"{mode.subject}, {mode.mode}: {found.text()}", flush=True)
    return 0


def _write(found: table.Found) -> int:
    PAGE.write_text(table.page(found, overheads.read()), encoding="utf-8")
    return 0


def _compare(found: table.Found) -> int:
    """Whether the page is about these tests, on these interpreters; its figures may be another run's."""
    here = table.keys_of(table.page(found, []))
    versions = {version for _, _, version in here}
    there = {key for key in table.keys_of(PAGE.read_text(encoding="utf-8")) if key[2] in versions}
    if not there:
        print(f"docs/compatibility.md has no line of CPython {', '.join(sorted(versions))}", file=sys.stderr)
        return 0
    for sign, keys in (("lacks", here - there), ("has, and no test wrote", there - here)):
        for subject, mode, version in sorted(keys):
            print(f"docs/compatibility.md {sign}: {subject}, {mode}, CPython {version}", file=sys.stderr)
    if here != there:
        print("make test-compat ARGUMENTS=--write", file=sys.stderr)
    return int(here != there)


if __name__ == "__main__":
    sys.exit(main())
