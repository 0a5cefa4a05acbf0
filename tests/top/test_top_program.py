"""A real program as a child: its records, its output, its end."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from otel_audit.top import program as room
from otel_audit.top.output import MAX_LINES
from otel_audit.top.program import Program
from otel_audit.top.record import read

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and named pipes")


@pytest.fixture(autouse=True)
def no_telemetry(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("OTEL_", "PYTHON")):
            monkeypatch.delenv(name)


@pytest.fixture
def started() -> Iterator[Any]:
    """Start a program; it ends with the test."""
    programs: list[Program] = []

    def start(*arguments: str, **options: Any) -> Program:
        programs.append(Program(arguments, "test", **options))
        return programs[-1]

    yield start
    for program in programs:
        program.close()


def names(program: Program) -> list[str]:
    """Events of all its records."""
    found = []
    while (lines := program.read()) is not None:
        found += [read(line) for line in lines]
    return [each[0].name for each in found if each is not None]


def until(program: Program, text: str) -> None:
    """Wait for its output."""
    assert program.output is not None
    while not any(text in line for line in program.output.lines()):
        assert program.read() is not None, program.output.lines()


def test_its_records_come_through_the_pipe(started: Any, core: str) -> None:
    source = "import sys\nfor n in range(500): sys.audit('app.step', n)\nsys.exit(7)"
    program = started("--core", core, "--include", "app.*", "--sampling", "app.*=all", "-c", source)
    assert names(program) == ["app.step"] * 500
    assert (program.code, program.state) == (7, "ended: exit code 7")
    assert program.elapsed < 60


def test_its_output_is_kept_apart_from_the_summary(started: Any, core: str) -> None:
    source = "import sys; print('out', flush=True); print('err', file=sys.stderr); 1 / 0"
    program = started("--core", core, "-c", source)
    names(program)
    own = program.output.own()
    assert own[:2] == ["out", "err"]
    assert own[-1] == "ZeroDivisionError: division by zero"
    assert "-c" not in "".join(own[2:-1]).replace("<string>", "")
    assert "0 lost" in program.output.summary()[0]
    assert program.code == 1


def test_output_is_bounded_and_copied_in_full(started: Any, tmp_path: Path) -> None:
    copy = tmp_path / "output"
    program = started("--no-summary", "-c", "for n in range(3000): print(n)", copy=copy)
    names(program)
    assert program.output.lines() == [str(n) for n in range(3_000 - MAX_LINES, 3_000)]
    assert copy.read_text() == "".join(f"{n}\n" for n in range(3_000))


def test_a_prompt_is_seen_before_its_line_ends(started: Any) -> None:
    program = started("-c", "import time; print('name: ', end='', flush=True); time.sleep(60)")
    until(program, "name:")
    assert program.output.lines() == ["name:"]


def test_the_keyboard_is_not_the_programs(started: Any) -> None:
    program = started("--no-summary", "-c", "import sys; print(repr(sys.stdin.read()))")
    names(program)
    assert program.output.lines() == ["''"]


def test_modules_of_the_working_directory_are_not_taken_for_ours(
    started: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "argparse.py").write_text("raise SystemExit('not mine')")
    (tmp_path / "app.py").write_text("import sys; print(sys.path[0], sys.argv)")
    monkeypatch.chdir(tmp_path)
    program = started("--no-summary", "app.py", "--flag")
    names(program)
    assert program.output.lines() == [f"{tmp_path} ['app.py', '--flag']"]


def test_it_is_asked_to_end_as_by_the_keyboard(started: Any) -> None:
    source = "import sys, time\ntry:\n print('on', flush=True); time.sleep(60)\nexcept KeyboardInterrupt: sys.exit(5)"
    program = started("-c", source)
    until(program, "on")
    program.end()
    assert program.state == "ending"
    names(program)
    assert program.code == 5


def test_a_program_that_will_not_end_is_asked_more_firmly(started: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "GRACE_S", 0.2)
    source = """
import signal, sys, time
signal.signal(signal.SIGINT, lambda *_: print("no", flush=True))
signal.signal(signal.SIGTERM, lambda *_: print("never", flush=True))
print("on", flush=True)
while True: time.sleep(60)
"""
    program = started("-c", source)
    until(program, "on")
    program.end()
    names(program)
    assert program.output.own() == ["on", "no", "never"]
    assert (program.code, program.state) == (128 + signal.SIGKILL, f"ended: exit code {128 + signal.SIGKILL}")


def test_children_of_the_program_are_asked_too(started: Any) -> None:
    source = (
        "import subprocess, sys\n"
        "subprocess.run([sys.executable, '-c', 'import time; print(\"child\", flush=True); time.sleep(60)'])\n"
    )
    program = started("--no-summary", "-c", source)
    until(program, "child")
    program.end()
    names(program)
    assert program.output.lines().count("KeyboardInterrupt") == 2


def test_it_does_not_outlive_the_view(started: Any) -> None:
    program = started("-c", "import time; print('on', flush=True); time.sleep(60)")
    until(program, "on")
    folder = program._folder
    program.close()
    assert program.code is not None
    assert not folder.exists()


def test_a_bridge_that_is_refused_is_said(started: Any) -> None:
    program = started("--include", "socket.conect", "-c", "pass")
    assert names(program) == []
    assert program.waiting.startswith("otel-audit: --include=socket.conect: expected ")
    assert program.code == 0


def test_a_program_without_records_says_so(started: Any) -> None:
    program = started("--include", "app.none", "-c", "pass")
    assert program.waiting.startswith("The program runs")
    assert names(program) == []
    assert "no record" in program.waiting


def test_what_it_leaves_running_does_not_keep_us(started: Any) -> None:
    source = f"""
import subprocess, sys
subprocess.Popen([{sys.executable!r}, "-c", "import time; time.sleep(60)"], start_new_session=True)
"""
    program = started("--no-summary", "-c", source + "print('done')")
    names(program)
    assert program.output.lines() == ["done"]
    assert program.elapsed < 30
