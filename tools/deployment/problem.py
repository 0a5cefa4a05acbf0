"""What a check found."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tools.backends import BackendError


class Problem(NamedTuple):
    """One finding.

    Args:
        file: below the checked folder.
        text: what is wrong, with the line where the tool says it.
    """

    file: str
    text: str


def tool(name: str) -> Path:
    """A program of the extra `deploy`, beside the interpreter.

    Raises:
        BackendError: it is not installed.
    """
    found = Path(sys.executable).with_name(name)
    if not found.exists():
        raise BackendError(f'{name}: not beside {sys.executable}: pip install -e ".[deploy]"')
    return found


def said(command: Sequence[str | Path]) -> list[str]:
    """Lines of a linter's complaint; none where it is content.

    Raises:
        BackendError: it failed without a word.
    """
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    if done.returncode == 0:
        return []
    if not lines:
        raise BackendError(f"{Path(words[0]).name}: exit code {done.returncode}, and no word about it")
    return lines
