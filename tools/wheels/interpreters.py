"""The CPythons of this machine from 3.10 on: pyenv's, and python3.X on the path."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

MINORS = range(10, 16)


def installed() -> dict[str, Path]:
    """One for each version, by `3.X`."""
    return {f"3.{minor}": path for minor in MINORS if (path := _first(minor)) is not None}


def _first(minor: int) -> Path | None:
    return next((path for path in _candidates(minor) if _works(path, minor)), None)


def _candidates(minor: int) -> Iterator[Path]:
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from sorted(pyenv.glob(f"versions/3.{minor}.*/bin/python"))
    found = shutil.which(f"python3.{minor}")
    if found:
        yield Path(found)


def _works(path: Path, minor: int) -> bool:
    """pyenv leaves names on the path of what is not chosen; a bare Debian has no headers and no pip."""
    asked = f"import ensurepip, sys, venv; sys.exit(sys.version_info[:2] != (3, {minor}))"
    return subprocess.run([path, "-c", asked], capture_output=True, check=False).returncode == 0
