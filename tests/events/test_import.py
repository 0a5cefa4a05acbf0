"""The catalogue is imported into every process: what it pulls in is paid by all."""

from __future__ import annotations

from tests.conftest import Run

HEAVY = ("dataclasses", "inspect", "ipaddress", "socket", "ssl", "signal", "resource", "termios", "fcntl", "shlex",
         "datetime", "subprocess", "urllib.parse", "json", "logging", "opentelemetry", "structlog")  # fmt: skip


def test_the_catalogue_imports_nothing_heavy(run_python: Run) -> None:
    program = f"""
import json, sys
before = set(sys.modules)
import otel_audit.events, otel_audit.events.describe
print(json.dumps([name for name in {HEAVY} if name in sys.modules and name not in before]))
"""
    assert run_python(program).result == []
