"""Both cores in one run. A hook cannot be removed, so whatever arms the real one runs in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# The same examples everywhere, however slow the machine: exploring is for `tests.secrets.hunt` and `make fuzz`.
settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")

# Ignored in a shell's background job and under `nohup`; every program that is started would inherit that.
for _name, _handler in (("SIGINT", signal.default_int_handler), ("SIGHUP", signal.SIG_DFL)):
    if signal.getsignal(getattr(signal, _name, signal.SIGTERM)) is signal.SIG_IGN:
        signal.signal(getattr(signal, _name), _handler)

ROOT = Path(__file__).resolve().parent.parent
CORES = ("c", "python")


@pytest.fixture(params=CORES)
def core(request: pytest.FixtureRequest) -> str:
    """Name of a core: every test that takes it runs on both."""
    name: str = request.param
    return name


@dataclass(frozen=True)
class Ran:
    """A program that ended."""

    code: int
    out: str
    err: str

    @property
    def result(self) -> Any:
        """What it printed last, as JSON."""
        return json.loads(self.out.strip().splitlines()[-1])


Run = Callable[..., Ran]


def environment(changes: Mapping[str, str]) -> dict[str, str]:
    """This environment without OpenTelemetry's variables, and with the tests importable."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "PYTHON"))}
    return {**kept, "PYTHONPATH": str(ROOT), "PYTHONFAULTHANDLER": "1", **changes}


def run(
    program: str | Path,
    *arguments: str,
    env: Mapping[str, str] | None = None,
    timeout: float = 60.0,
    code: int | None = 0,
    options: tuple[str, ...] = (),
) -> Ran:
    """Run a program file, or a few lines of Python, in a process of its own.

    Args:
        program: path below tests/, or the code itself.
        arguments: its sys.argv[1:].
        env: variables on top of a clean environment.
        timeout: seconds; a program that hangs fails the test.
        code: exit code demanded; None takes any.
        options: of the interpreter.
    """
    text = str(program)
    start = [str(ROOT / "tests" / text)] if text.endswith(".py") else ["-c", text]
    done = subprocess.run(
        [sys.executable, *options, *start, *arguments],
        env=environment(env or {}),
        cwd=ROOT,
        capture_output=True,
        text=True,
        errors="backslashreplace",
        timeout=timeout,
        check=False,
    )
    if code is not None and done.returncode != code:
        pytest.fail(f"exit code {done.returncode}, expected {code}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def run_python() -> Run:
    """`run`, as a fixture."""
    return run
