"""Events of other interpreters, and a bridge that somebody wants to install in one of them."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, Ran, environment, run
from tests.e2e.bare import Bare

INTERPRETERS, EVENTS = 4, 2000
CROWD = "interpreters/programs/crowd.py"
ALONE = "interpreters/programs/alone.py"


def crowd(core: str, how: str, stream: Path) -> dict[str, Any]:
    ran = run(CROWD, core, how, str(INTERPRETERS), str(EVENTS), str(stream), timeout=120)
    assert ran.err == ""
    found: dict[str, Any] = ran.result
    return found


@pytest.mark.parametrize("how", ["shared", "own", "threads"])
def test_several_at_full_speed_are_all_counted_by_the_c_core(how: str, tmp_path: Path) -> None:
    stream = tmp_path / "audit.jsonl"
    found = crowd("c", how, stream)
    each = EVENTS * (2 if how == "threads" else 1)
    assert found["faults"] == []
    assert found["subs"] == [[f"app.sub{number}", each] for number in range(INTERPRETERS)]
    assert found["main"]
    assert found["outcomes"]
    account = found["stream"]
    lines = [json.loads(line) for line in stream.read_text().splitlines()]
    assert account["kept"] == account["delivered"] + account.get("queue_full", 0)
    assert len(lines) == account["delivered"]
    interpreters = {line["event"]: line.get("python.audit.interpreter", 0) for line in lines}
    assert interpreters.pop("python.audit.app.main") == 0
    assert all(interpreters.values())
    assert Counter("trace_id" in line for line in lines) == {False: len(lines)}


def test_the_python_core_sees_the_main_one_only(tmp_path: Path) -> None:
    found = crowd("python", "own", tmp_path / "audit.jsonl")
    assert found["faults"] == []
    assert (found["main"], found["subs"], found["outcomes"]) == (True, [], True)


def alone(core: str, where: str, stream: Path) -> Ran:
    return run(ALONE, core, where, str(stream))


@pytest.mark.parametrize("where", ["shared", "own"])
def test_an_install_in_another_interpreter_is_refused_with_one_line(core: str, where: str, tmp_path: Path) -> None:
    stream = tmp_path / "audit.jsonl"
    ran = alone(core, where, stream)
    (line,) = ran.err.splitlines()
    assert line.startswith("otel-audit: a subinterpreter has no bridge of its own: ")
    assert line.endswith("install() belongs there")
    assert ran.out.splitlines() == ["refused", "False", "ended"]  # and the process lives
    told = [json.loads(text) for text in stream.read_text().splitlines()]
    seen = [(each["python.audit.args"], each.get("python.audit.interpreter", 0) > 0) for each in told]
    assert seen == ([("elsewhere", True)] if core == "c" else []) + [("here", False)]


ELSEWHERE = str(ROOT / "tests" / "interpreters" / "programs" / "ended_elsewhere.py")
STARTED = f"import subprocess, sys; sys.exit(subprocess.run([sys.executable, {ELSEWHERE!r}]).returncode)"

NOTHING_THERE = ["[True, True]", "[False, False]", "ended"]
"""Whether `threading` and the bridge are imported: in the main interpreter, in the other."""


@pytest.mark.parametrize("program", [(ELSEWHERE,), ("--children", "-c", STARTED)], ids=["run", "children"])
def test_the_command_brings_nothing_into_another_interpreter(core: str, program: tuple[str, ...]) -> None:
    ran = run(
        "from otel_audit.cli import main; raise SystemExit(main())", "run", "--no-summary", f"--core={core}", *program
    )
    assert ran.out.splitlines() == NOTHING_THERE


def test_the_start_up_file_brings_nothing_into_another_interpreter(core: str, tmp_path: Path) -> None:
    bare = Bare(tmp_path / "venv")
    bare.see_packages()
    bare.arm()
    variables = {"OTEL_PYTHON_AUDIT_STARTUP": "true", "OTEL_PYTHON_AUDIT_CORE": core}
    done = subprocess.run(
        (bare.python, ELSEWHERE), env=environment(variables), capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout.splitlines()) == (0, NOTHING_THERE), done.stderr
    assert done.stderr == ""
