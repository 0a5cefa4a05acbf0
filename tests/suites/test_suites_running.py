"""How a suite is started: with which command, on which tests, from which sources."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, run
from tests.suites.scripted import Scripted
from tools.suites import origin, prepare, running, variants
from tools.suites.catalogue import CPYTHON, PROJECTS, SUBINTERPRETERS
from tools.suites.running import CPythonSuite, Run
from tools.suites.subject import of_cpython, of_project
from tools.suites.tally import Seen
from tools.suites.variants import CONTROLS, CORES, EQUAL, EXPORTING, INSTRUMENT, OPENTELEMETRY, PLAIN, RUN

NONE = {f"OTEL_{signal}_EXPORTER": "none" for signal in ("TRACES", "METRICS", "LOGS")}
PYTHON = ["/v/bin/python", "-m", "test"]


@pytest.mark.parametrize("variant", [PLAIN, *(control for control in CONTROLS if control != OPENTELEMETRY)])
@pytest.mark.parametrize("under", [INSTRUMENT, RUN])
def test_what_has_no_bridge_is_a_plain_run(variant: str, under: str) -> None:
    assert variants.command(variant, under, Path("/v"), ("-m", "test")) == PYTHON


@pytest.mark.parametrize("variant", [*CORES, OPENTELEMETRY])
def test_the_bridge_comes_as_the_subject_says(variant: str) -> None:
    assert variants.command(variant, INSTRUMENT, Path("/v"), ("-m", "test")) == [f"/v/bin/{INSTRUMENT}", *PYTHON]
    assert variants.command(variant, RUN, Path("/v"), ("-m", "test")) == ["/v/bin/otel-audit", "run", "-m", "test"]


def test_only_files_about_subinterpreters_are_armed_in_one_process() -> None:
    armed = {name: of_cpython((name,), "3.11.7").under for name in CPYTHON}
    assert {name for name, under in armed.items() if under == RUN} == set(SUBINTERPRETERS)
    assert of_cpython((SUBINTERPRETERS[0], "test_gc"), "3.11.7").under == INSTRUMENT


@pytest.mark.parametrize("control", [EQUAL, EXPORTING])
def test_a_stand_in_stays_out_of_subinterpreters(control: str) -> None:
    stand_in = variants.environment(control, {}, Path("/v"))["PYTHONPATH"]
    ran = run("interpreters/programs/ended_elsewhere.py", env={"PYTHONPATH": f"{stand_in}{os.pathsep}{ROOT}", **NONE})
    assert ran.out.splitlines()[1:] == ["[False, False]", "ended"]


@pytest.mark.parametrize(("name", "apart"), [("test_gc", True), (SUBINTERPRETERS[0], False)])
def test_files_run_in_the_process_that_is_armed(name: str, apart: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[tuple[str, ...]] = []

    def execute(suite: object, variant: str, arguments: tuple[str, ...], *rest: object) -> Run:
        started.append(arguments)
        return Run({}, Seen(), 1.0, "code 0")

    monkeypatch.setattr(running, "_execute", execute)
    monkeypatch.setattr(prepare, "cpython", lambda python: Path("/v"))
    monkeypatch.setattr(origin, "of", lambda environment: Scripted.origin)
    CPythonSuite(sys.executable, (name,)).run(PLAIN, 60.0)
    (arguments,) = started
    assert ("-j1" in arguments) == apart
    assert arguments[-1] == name


def test_another_selection_is_another_subject() -> None:
    (project,) = (project for project in PROJECTS if project.name == "sqlalchemy")
    subject = of_project(project, "3.11.7")
    assert subject.selection.startswith("test/base test/engine ")
    assert of_project(project._replace(tests=("test/engine",)), "3.11.7") != subject
    assert of_project(project._replace(arguments=()), "3.11.7") != subject


def test_a_revision_tells_of_changes_that_the_runs_did_not_make(tmp_path: Path) -> None:
    def git(*words: str) -> str:
        identity = ("-c", "user.name=x", "-c", "user.email=x@example.com")
        command = ("git", "-C", str(tmp_path), *identity, *words)
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "--quiet")
    (tmp_path / "docs").mkdir()
    for name in ("source", "docs/suites.md"):
        (tmp_path / name).write_text("1")
    git("add", ".")
    git("commit", "--quiet", "-m", "x")
    (tmp_path / "docs" / "suites.md").write_text("2")
    commit = origin.revision(tmp_path)
    assert git("rev-parse", "HEAD").startswith(commit)
    (tmp_path / "new").write_text("1")
    assert origin.revision(tmp_path) == f"{commit}+changes"
