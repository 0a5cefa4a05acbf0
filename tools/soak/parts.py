"""The two processes of a soak, as the one that judges sees them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from tools.soak.work import INCLUDE, SAMPLING

ROOT = Path(__file__).parents[2]
FIXED = {
    "OTEL_SERVICE_NAME": "soak",
    "OTEL_EXPERIMENTAL_RESOURCE_DETECTORS": "process",
    "OTEL_EXPORTER_OTLP_TIMEOUT": "5",  # seconds
    "OTEL_METRIC_EXPORT_INTERVAL": "5000",
    "OTEL_BSP_SCHEDULE_DELAY": "500",
    "OTEL_BLRP_SCHEDULE_DELAY": "500",
    "OTEL_PYTHON_AUDIT_INCLUDE": INCLUDE,
    "OTEL_PYTHON_AUDIT_SAMPLING": SAMPLING,
    "OTEL_PYTHON_AUDIT_FLUSH_INTERVAL": "200",
    "OTEL_PYTHON_AUDIT_RING_SIZE": "1048576",
}


class Part:
    """A program that answers each line with a line of JSON. Interrupts of the terminal do not reach it."""

    def __init__(self, command: Sequence[str], variables: Mapping[str, str], errors: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
        with errors.open("wb") as target:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**kept, "PYTHONPATH": str(ROOT), **variables},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=target,
                text=True,
                start_new_session=True,
            )
        self.pid, self._errors = self._process.pid, errors

    def read(self) -> dict[str, Any]:
        """Its next line.

        Raises:
            SystemExit: it has ended, with what it said last.
        """
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            code = self._process.wait()
            raise SystemExit(f"soak: a part ended with {code}:\n{self._errors.read_text()[-4000:]}")
        found: dict[str, Any] = json.loads(line) or {}
        return found

    def tell(self, command: str) -> dict[str, Any]:
        """Send a command; returns the answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
        return self.read()

    def end(self, timeout_s: float = 60.0) -> int:
        """Close its input and wait; returns its exit code."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        return self._process.wait(timeout_s)

    def __enter__(self) -> Part:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            try:
                stream.close()
            except OSError:
                pass  # what was never read


def collector(folder: Path) -> Part:
    """Its first line names the variables."""
    return Part([sys.executable, "-m", "tools.soak.collector"], {}, folder / "collector.txt")


def program(folder: Path, endpoint: Mapping[str, str], core: str, options: Sequence[str]) -> Part:
    """The load under `opentelemetry-instrument`."""
    script = str(Path(sys.executable).parent / "opentelemetry-instrument")
    variables = {**endpoint, **FIXED, "OTEL_PYTHON_AUDIT_CORE": core}
    return Part([script, sys.executable, "-m", "tools.soak.load", *options], variables, folder / "program.txt")
