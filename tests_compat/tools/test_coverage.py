"""coverage.py measures the same lines, with each of its cores, and every event arrives."""

from __future__ import annotations

import json
import sys

import pytest

from tests_compat.tools.conftest import PROGRAMS, Bench

WORK = str(PROGRAMS / "work.py")
CORES = ["ctrace", "pytrace", *(["sysmon"] if sys.version_info >= (3, 12) else [])]


def measured(bench: Bench) -> object:
    """Lines and branches that the last run met."""
    bench.run("coverage", "json", "-q", "-o", "coverage.json")
    found = json.loads((bench.folder / "coverage.json").read_text())["files"]
    return {name: (file["executed_lines"], file.get("executed_branches")) for name, file in found.items()}


@pytest.mark.parametrize("tracer", CORES)
def test_coverage_is_the_same(bench: Bench, tracer: str) -> None:
    branches = [] if tracer == "sysmon" and sys.version_info < (3, 14) else ["--branch"]
    run = ("-m", "coverage", "run", *branches, f"--include={PROGRAMS}/*", WORK)
    bench.run("python", *run, env={"COVERAGE_CORE": tracer})
    without = measured(bench)
    bench.receiver.clear()
    bench.instrumented(*run, env={"COVERAGE_CORE": tracer})
    assert measured(bench) == without
    assert without
    bench.row("coverage", tracer, note="same lines as without the bridge")
