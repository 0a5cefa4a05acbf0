"""Starts the command as users do: a process of its own, with an environment that says nothing of telemetry."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

TIMEOUT = 60
RUN = (sys.executable, "-m", "otel_audit", "run")
QUIET = ("--no-summary", "--log-stream", "none")
"""Leaves standard error to the program."""


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Without whatever OTEL_ variables the test run itself was given."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "PYTHON"))}
    return {**clean, "NO_COLOR": "1", **variables}


def call(
    *command: str, cwd: Path | None = None, stdin: str = "", variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run to the end."""
    return subprocess.run(
        command,
        cwd=cwd,
        input=stdin,
        env=environment(variables or {}),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )


def otel_audit(*arguments: str, variables: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run `python -m otel_audit` with arguments."""
    return call(sys.executable, "-m", "otel_audit", *arguments, variables=variables)


def script(directory: Path, source: str, name: str = "app.py") -> str:
    """Write a program; its path."""
    path = directory / name
    path.write_text(source, encoding="utf-8")
    return str(path)
