"""Health says what was before the hook was armed, however the bridge was started."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.e2e.bare import Bare
from tests.e2e.conftest import SCRIPTS, environment

PROGRAM = """
import sys
modules = len(sys.modules)
import json, time
from otel_audit import blind_spot
age = blind_spot.age_ms()
{start}
import otel_audit
print(json.dumps([otel_audit.health().notes[0], modules, len(sys.modules), age]))
"""
NOTE = re.compile(
    r"not seen: what was before the hook was armed, (?:(\d+) ms and )?(\d+) modules(?: \((\d+) the bridge's own\))?"
)
QUIET = ("--log-stream", "none", "--signals", "none", "--no-summary")


class Said(NamedTuple):
    """What health says, and what the program knows.

    Args:
        age_ms: of the process when the hook was armed; None where nobody says.
        modules: imported by then.
        own: those of the bridge; None where it is not said.
        first: modules at the program's first line.
        last: modules at its end.
        first_ms: age of the process near its first line.
    """

    age_ms: int | None
    modules: int
    own: int | None
    first: int
    last: int
    first_ms: int | None


def said(*command: str, start: str = "", **variables: str) -> Said:
    done = subprocess.run(
        [*command, "-c", PROGRAM.format(start=start)],
        env=environment(OTEL_PYTHON_AUDIT_SIGNALS="none", **variables),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    note, first, last, first_ms = json.loads(done.stdout)
    found = NOTE.fullmatch(note)
    assert found, note
    age, modules, own = (None if group is None else int(group) for group in found.groups())
    assert modules is not None
    assert (age is None) == (first_ms is None) == (not sys.platform.startswith("linux"))
    return Said(age, modules, own, first, last, first_ms)


def was_before_the_program(found: Said) -> bool:
    return found.modules <= found.first and (found.age_ms or 0) <= (found.first_ms or 0)


def test_install_tells_of_all_that_the_program_did_before(core: str) -> None:
    found = said(
        sys.executable, start="time.sleep(0.3); import otel_audit; otel_audit.install()", OTEL_PYTHON_AUDIT_CORE=core
    )
    assert found.first < found.modules <= found.last
    assert found.age_ms is None or found.age_ms >= (found.first_ms or 0) + 300
    assert found.own is None


def test_opentelemetry_instrument_tells_of_what_came_before_the_program(core: str) -> None:
    found = said(str(SCRIPTS / "opentelemetry-instrument"), sys.executable, OTEL_PYTHON_AUDIT_CORE=core)
    assert was_before_the_program(found)
    assert found.own is None


def test_run_tells_its_own_modules_apart(core: str) -> None:
    found = said(sys.executable, "-m", "otel_audit", "run", *QUIET, OTEL_PYTHON_AUDIT_CORE=core)
    assert was_before_the_program(found)
    assert 0 < (found.own or 0) < found.modules


@pytest.mark.parametrize("command", [(), ("-m", "otel_audit", "run", *QUIET)], ids=["program", "run"])
def test_the_start_up_file_leaves_less_than_an_interpreter_needs(
    tmp_path: Path, core: str, command: tuple[str, ...]
) -> None:
    bare = Bare(tmp_path / "venv")
    bare.see_packages()
    bare.arm()
    found = said(bare.python, *command, OTEL_PYTHON_AUDIT_STARTUP="true", OTEL_PYTHON_AUDIT_CORE=core)
    assert was_before_the_program(found)
    assert found.own is not None
    alone = subprocess.run([bare.python, "-c", "import sys; print(len(sys.modules))"], capture_output=True, check=True)
    assert 0 < found.modules - found.own <= int(alone.stdout) + 1  # __future__, which must be every file's first
