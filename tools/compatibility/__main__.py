"""`python -m tools.compatibility run [--write] [PYTEST ARGUMENTS]`: the tests, and the page of what they counted."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from tests_compat.rows import Row
from tools.compatibility import table

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "compatibility.md"


def main() -> int:
    """Returns pytest's exit code, or 1 where the page is not about these tests."""
    parser = argparse.ArgumentParser(prog="python -m tools.compatibility", description=__doc__, allow_abbrev=False)
    verbs = parser.add_subparsers(dest="verb", required=True)
    run = verbs.add_parser("run", help="run the tests; further arguments are pytest's")
    run.add_argument("--write", action="store_true", help="write docs/compatibility.md from this run")
    page = verbs.add_parser("page", help="write docs/compatibility.md from rows that were kept (pytest --rows FILE)")
    page.add_argument("rows", type=Path, nargs="+", help="JSON-lines files; of equal rows the last counts")
    options, rest = parser.parse_known_args()
    if options.verb == "page":
        return _write([row for path in options.rows for row in table.read(path)])
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "rows.jsonl"
        rows.touch()
        tests = [*rest] if any(not argument.startswith("-") for argument in rest) else ["tests_compat", *rest]
        command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--timeout", "300", "--rows", str(rows), *tests]
        code = subprocess.run(command, cwd=ROOT, check=False).returncode
        found = table.read(rows)
    sys.stdout.write(table.page(found))
    if code or rest:
        return code
    return _write(found) if options.write else _compare(found)


def _write(rows: list[Row]) -> int:
    PAGE.write_text(table.page(rows), encoding="utf-8")
    return 0


def _compare(rows: list[Row]) -> int:
    """Whether the page is about these tests; its figures may be another run's."""
    there = table.keys_of(PAGE.read_text(encoding="utf-8")) if PAGE.exists() else set()
    here = table.keys_of(table.page(rows))
    for sign, keys in (("lacks", here - there), ("has, and no test wrote", there - here)):
        for subject, mode in sorted(keys):
            print(f"docs/compatibility.md {sign}: {subject}, {mode}", file=sys.stderr)
    if here != there:
        print("make test-compat ARGUMENTS=--write", file=sys.stderr)
    return int(here != there)


if __name__ == "__main__":
    sys.exit(main())
