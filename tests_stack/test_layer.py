"""deploy/serverless/layer: what it makes starts an interpreter that has nothing else, and is small enough."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.receiver import Receiver
from tests_stack.test_images import interpreters

ROOT = Path(__file__).parents[1]
LIMIT = 250_000_000
"""Bytes that AWS Lambda unpacks at most: function and layers together."""


def test_the_layer_starts_a_bare_interpreter_and_is_small(tmp_path: Path) -> None:
    sources, layer = tmp_path / "sources", tmp_path / "layer"
    left_out = shutil.ignore_patterns("*.so", "*.egg-info", "__pycache__")
    for name in ("src", "grafana", "deploy"):
        shutil.copytree(ROOT / name, sources / name, ignore=left_out)
    for name in ("LICENSE", "MANIFEST.in", "README.md", "pyproject.toml", "setup.py"):
        shutil.copy(ROOT / name, sources)
    *_, python = interpreters().values()
    subprocess.run([sources / "deploy/serverless/layer", layer, python], cwd=sources, check=True, timeout=480)
    assert sum(path.stat().st_size for path in layer.rglob("*") if path.is_file()) < LIMIT
    own = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "PYTHON"))}
    with Receiver() as receiver:
        env = {**own, **receiver.env("http/protobuf"), "OTEL_PYTHON_AUDIT_CORE": "c", "OTEL_SERVICE_NAME": "function"}
        program = "import sqlite3; sqlite3.connect(':memory:').close()"
        done = subprocess.run(
            [layer / "otel-audit", python, "-c", program], env=env, capture_output=True, text=True, timeout=120
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert "python.audit.sqlite3.connect" in {log.event_name for log in receiver.logs}
