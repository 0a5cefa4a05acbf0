"""Run the suites and write what came of it: python -m tools.suites [--short].

Exit code 1 when a difference is the bridge's, or a run says nothing. Long: hours. `--short` takes about three minutes.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.suites import page, prepare
from tools.suites.catalogue import CPYTHON, CPYTHON_SHORT, PROJECTS
from tools.suites.comparing import Result, compare
from tools.suites.running import CPythonSuite, PytestSuite, Suite
from tools.suites.subject import Subject, of_cpython, of_project
from tools.suites.variants import CORES

TIMEOUT_S = 7200.0
"""For one run of one suite."""


def main() -> int:
    options = _options()
    bad = 0
    for suite in _suites(options):
        result = compare(suite, options.timeout, _say, tuple(options.core or CORES))
        for line in result.problems:
            _say(f"{suite.subject.suite}: {line}")
        bad += bool(result.problems) + _ours(result)
        if not options.short:  # at once: the whole takes hours, and may be ended
            page.record(result)
            page.write(_wanted())
    _say("nothing differs because of the bridge" if not bad else f"{bad} to look into")
    return bool(bad)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.suites", description=__doc__)
    parser.add_argument("--short", action="store_true", help="a few fast suites; docs/suites.md stays as it is")
    parser.add_argument(
        "--python",
        action="append",
        metavar="PATH",
        help="interpreters (default: this one; long: CPython's tests on each of pyenv's from 3.10)",
    )
    parser.add_argument("--only", action="append", metavar="NAME", help="project, cpython, or a file of CPython's")
    parser.add_argument("--core", action="append", choices=CORES, help="one core only")
    parser.add_argument("--timeout", type=float, default=TIMEOUT_S, metavar="S", help="for one run of one suite")
    return parser.parse_args()


def _suites(options: argparse.Namespace) -> Iterator[Suite]:
    only = set(options.only or ())
    for project in PROJECTS:
        if project.name in only or (not only and (project.short or not options.short)):
            for python in options.python or [sys.executable]:
                yield PytestSuite(python, project)
    files = CPYTHON_SHORT if options.short else CPYTHON
    chosen = tuple(name for name in files if not only or "cpython" in only or name in only)
    for python in options.python or ([sys.executable] if options.short else _installed()):
        shipped = prepare.shipped(python, chosen)
        for group in [shipped] if options.short else [(name,) for name in shipped]:
            if group:
                yield CPythonSuite(python, group)


def _wanted() -> list[Subject]:
    """All that the long form runs."""
    here = prepare.version_of(sys.executable)
    found = [of_project(project, here) for project in PROJECTS]
    for python in _installed():
        version = prepare.version_of(python)
        found += [of_cpython((name,), version) for name in prepare.shipped(python, CPYTHON)]
    return found


def _installed() -> list[str]:
    """One CPython of pyenv's for each version from 3.10."""
    versions = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    found = (sorted(versions.glob(f"3.{minor}.*/bin/python")) for minor in range(10, 15))
    return [str(paths[0]) for paths in found if paths] or [sys.executable]


def _ours(result: Result) -> int:
    return sum(difference.whose == "bridge" for difference in result.differences)


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
