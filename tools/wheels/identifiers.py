"""Which wheels a release has, as cibuildwheel reads it from pyproject.toml."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from tools.wheels.commands import ROOT, Failed, run

PYTHONS = ("cp310", "cp311", "cp312", "cp313", "cp314", "cp314t")
PLATFORMS = {
    ("linux", "x86_64"): ("manylinux_x86_64", "musllinux_x86_64"),
    ("linux", "aarch64"): ("manylinux_aarch64", "musllinux_aarch64"),
    ("macos", "x86_64,arm64"): ("macosx_x86_64", "macosx_arm64"),
    ("windows", "AMD64"): ("win_amd64",),
    ("windows", "ARM64"): ("win_arm64",),
}


def check() -> Iterator[str]:
    """Yield a line for each system.

    Raises:
        Failed: the configuration is not what is promised, or cannot be read.
    """
    for (platform, machines), tags in PLATFORMS.items():
        said = run(
            sys.executable,
            *("-m", "cibuildwheel", "--print-build-identifiers"),
            *("--platform", platform, "--archs", machines, ROOT),
        )
        found, wanted = set(said.split()), {f"{python}-{tag}" for python in PYTHONS for tag in tags}
        if found != wanted:
            raise Failed(f"cibuildwheel, {platform} {machines}: differs in {sorted(found ^ wanted)}")
        yield f"  {platform} {machines}: {len(found)} wheels"
