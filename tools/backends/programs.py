"""Running the programs that fetch and build: found on the path, or named in an error that says how to get them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tools.backends.cache import progress
from tools.backends.errors import BackendError

# Lines of a failed program's output that an error shows.
TAIL = 25


def need(program: str, package: str, purpose: str) -> str:
    """Path of a program; as root on Debian its package is installed when it is missing."""
    found = shutil.which(program)
    if found is None and can_install():
        install(package)
        found = shutil.which(program)
    if found is None:
        raise BackendError(f"{program}: expected on the path, {purpose} (on Debian: apt-get install {package})")
    return found


def can_install() -> bool:
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(package: str) -> None:
    """Install a Debian package of the machine's own suite; root only."""
    progress(f"installing the package {package}")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "-qq", "update"], env=quiet)
    run(["apt-get", "-qq", "install", "--yes", "--no-install-recommends", package], env=quiet)


def run(command: Sequence[str | Path], cwd: Path | None = None, env: Mapping[str, str] | None = None) -> str:
    """Output of a program that succeeds; otherwise an error with the end of what it said."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        said = "\n".join(done.stdout.splitlines()[-TAIL:])
        raise BackendError(f"{Path(command[0]).name}: exit code {done.returncode}; it said last:\n{said}")
    return done.stdout
