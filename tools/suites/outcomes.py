"""What became of each test, from the JUnit XML that pytest and CPython's regrtest write."""

from __future__ import annotations

import re
import xml.etree.ElementTree as Tree
from collections import Counter, defaultdict
from pathlib import Path
from typing import Final, NamedTuple

_ADDRESS: Final = re.compile(r"0x[0-9a-fA-F]{6,}|(?<=127\.0\.0\.1:)\d+")
_BAD: Final = ("error", "failure", "skipped")
_CHANGED: Final = re.compile(r"^\d+ tests? altered the execution environment.*:\n((?:    .*\n)+)", re.M)


class Test(NamedTuple):
    """One test of a run.

    Args:
        name: the same in every run of the suite.
        outcome: `passed`, `failed`, `error`, `skipped`; several where a test ran or ended several times.
        rerun: what its runner takes to run it alone.
        said: the first line of what it says about its failure.
    """

    name: str
    outcome: str
    rerun: str = ""
    said: str = ""


def read(path: Path) -> dict[str, Test]:
    """Tests by name; nothing where the file is missing or cut, as after a crash."""
    try:
        cases = list(Tree.parse(path).getroot().iter("testcase"))
    except (OSError, Tree.ParseError):
        return {}
    grouped: defaultdict[str, list[Tree.Element]] = defaultdict(list)
    for case in cases:
        grouped[_name(case)].append(case)
    return {name: _test(name, found) for name, found in grouped.items()}


def changed_environments(output: str) -> dict[str, Test]:
    """Test files of which regrtest says that they left the process otherwise than they found it, each as a test."""
    names = " ".join(_CHANGED.findall(output)).split()
    return {f"{name} leaves the process as it was": Test(name, "failed", name) for name in names}


def totals(tests: dict[str, Test]) -> Counter[str]:
    """How many passed, failed, …; of one with several outcomes the worst."""
    order = ("error", "failed", "passed", "skipped")
    return Counter(next(kind for kind in order if kind in test.outcome) for test in tests.values())


def _name(case: Tree.Element) -> str:
    parts = (case.get("file"), case.get("classname"), case.get("name"))
    return _ADDRESS.sub("0", "::".join(part for part in parts if part))


def _test(name: str, cases: list[Tree.Element]) -> Test:
    outcomes = sorted(_outcome(case) for case in cases)
    said = next((text for case in cases if (text := _said(case))), "")
    return Test(name, " ".join(outcomes), _rerun(cases[0]), said)


def _outcome(case: Tree.Element) -> str:
    found = [kind for kind in _BAD if case.find(kind) is not None]
    return {"failure": "failed"}.get(found[0], found[0]) if found else "passed"


def _said(case: Tree.Element) -> str:
    for kind in _BAD[:2]:
        found = case.find(kind)
        if found is not None:
            lines = (found.get("message") or found.text or "").strip().splitlines()
            return lines[0][:300] if lines else kind
    return ""


def _rerun(case: Tree.Element) -> str:
    """A node id for pytest; for regrtest, whose cases have no file, the test's own id."""
    file, name = case.get("file"), case.get("name") or ""
    if file is None:  # of a subtest, `test.… (i=1)` or `test.… [text]`, the test
        return name.partition(" ")[0] if name.startswith("test.") else name
    module = file.removesuffix(".py").replace("/", ".")
    inner = (case.get("classname") or "").removeprefix(module).strip(".")
    return "::".join(part for part in (file, *inner.split("."), name) if part)
