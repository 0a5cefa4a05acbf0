"""Real programs under `opentelemetry-instrument`, sending to the receiver over loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

from tests.receiver import Receiver

ROOT = Path(__file__).parents[2]
PROGRAMS = Path(__file__).parent / "programs"
SCRIPTS = Path(sys.executable).parent
FAST = {
    "OTEL_SERVICE_NAME": "e2e",
    "OTEL_EXPERIMENTAL_RESOURCE_DETECTORS": "process",  # tells the processes apart on every SDK
    "OTEL_BSP_SCHEDULE_DELAY": "100",
    "OTEL_BLRP_SCHEDULE_DELAY": "100",
    "OTEL_METRIC_EXPORT_INTERVAL": "300",
    "OTEL_EXPORTER_OTLP_TIMEOUT": "1",  # seconds: the Python SDK deviates from the specification
    "OTEL_PYTHON_AUDIT_FLUSH_INTERVAL": "50",
}
"""Short intervals, so that nothing waits for a production default."""


def environment(**variables: str) -> dict[str, str]:
    """This process's environment without any OpenTelemetry variable, and `variables`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    return {**kept, **FAST, **variables}


def instrumented(*command: str) -> list[str]:
    """A command line under `opentelemetry-instrument`."""
    return [str(SCRIPTS / "opentelemetry-instrument"), sys.executable, *command]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


class Worker:
    """A program that does what it is told, line by line, and answers with its health."""

    def __init__(self, variables: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            instrumented(str(PROGRAMS / "worker.py")),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(**variables),
        )

    def tell(self, command: str) -> dict[str, Any]:
        """Send one command; returns the answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, self._process.stderr.read() if self._process.stderr else ""
        answer: dict[str, Any] = json.loads(line)
        return answer

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            code = self._process.wait(60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        finally:
            for stream in (self._process.stdout, self._process.stderr):
                assert stream is not None
                stream.close()
        assert error is not None or code == 0
