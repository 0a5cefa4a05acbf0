"""The variables that setup.py reads."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT


def test_build_flags_reach_the_compiler_and_a_required_core_fails_the_build(tmp_path: Path) -> None:
    for name in ("setup.py", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "src" / "otel_audit", tmp_path / "src" / "otel_audit", ignore=shutil.ignore_patterns("*.so"))
    flags = {"OTEL_PYTHON_AUDIT_BUILD_FLAGS": "-fno-such-flag"}

    def build(**variables: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "setup.py", "-q", "build_ext", "--build-lib", str(tmp_path / "built")]
        env = {**os.environ, **flags, **variables}
        return subprocess.run(
            command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300
        )

    optional = build()
    assert "-fno-such-flag" in optional.stdout
    assert optional.returncode == 0, "without a core in C there is the one in Python"
    assert build(OTEL_PYTHON_AUDIT_REQUIRE_C="1").returncode != 0
    assert not list(tmp_path.rglob("*.so"))
