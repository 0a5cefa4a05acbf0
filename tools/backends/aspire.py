"""The .NET Aspire dashboard, a store of traces, logs and metrics with a web page, out of its npm package.

The package holds one program that holds the dashboard; `setup` unpacks it. What is kept is the dashboard alone.
"""

from __future__ import annotations

import platform
import shutil
import tarfile
from functools import cache
from pathlib import Path

from tools.backends.cache import kept, progress
from tools.backends.errors import BackendError
from tools.backends.programs import need, run

VERSION = "13.5.4"
_ARCHITECTURES = {"x86_64": "x64", "aarch64": "arm64"}


@cache
def dashboard() -> Path:
    """Path of the dashboard's program."""
    return kept(f"aspire-{VERSION}-{platform.machine()}", _make) / "aspire-managed"


def _make(into: Path) -> None:
    if platform.machine() not in _ARCHITECTURES:
        raise BackendError(f"Aspire dashboard: expected {' or '.join(_ARCHITECTURES)}, this is {platform.machine()}")
    package = f"@microsoft/aspire-cli-linux-{_ARCHITECTURES[platform.machine()]}@{VERSION}"
    npm = need("npm", "npm", "to fetch the Aspire dashboard")
    work = into / ".work"
    work.mkdir()
    try:
        progress(f"aspire: fetching {package} (130 MB)")
        run([npm, "pack", "--silent", package], cwd=work)
        with tarfile.open(next(work.glob("*.tgz"))) as archive:
            archive.extract("package/bin/aspire", work)
        quiet = {"HOME": str(work), "ASPIRE_CLI_TELEMETRY_OPTOUT": "true"}
        run([work / "package" / "bin" / "aspire", "setup", "--non-interactive", "--nologo"], cwd=work, env=quiet)
        unpacked = list(work.glob("package/versions/*/managed"))
        if not unpacked:
            raise BackendError(f"aspire: {package} unpacked no dashboard")
        for part in unpacked[0].iterdir():
            part.rename(into / part.name)
    finally:
        shutil.rmtree(work, ignore_errors=True)
