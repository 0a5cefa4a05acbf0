"""Runs other programs; one that fails ends with what it said."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT_S = 600


class Failed(Exception):
    """Something does not hold; the text is for a person."""


def clean(changes: Mapping[str, str] | None = None) -> dict[str, str]:
    """This environment without what would reach into another: OpenTelemetry's, Python's and pip's variables."""
    ours = ("OTEL_", "PYTHON", "PIP_", "VIRTUAL_ENV", "UV_CONSTRAINT")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    indexes = {name: os.environ[name] for name in ("PIP_INDEX_URL", "PIP_CONFIG_FILE") if name in os.environ}
    return {**kept, **indexes, **(changes or {})}


def run(
    *command: str | Path, folder: Path = ROOT, env: Mapping[str, str] | None = None, codes: Sequence[int] = (0,)
) -> str:
    """Run one and return what it said, on both outputs.

    Args:
        command: words.
        folder: where.
        env: variables on top of a clean environment.
        codes: exit codes that are right.

    Raises:
        Failed: with another exit code.
    """
    words = list(map(str, command))
    done = subprocess.run(
        words,
        cwd=folder,
        env=clean(env),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="backslashreplace",
        timeout=TIMEOUT_S,
        check=False,
    )
    if done.returncode not in codes:
        raise Failed(f"{' '.join(words)}: exit code {done.returncode}\n{done.stdout[-4000:]}")
    return done.stdout
