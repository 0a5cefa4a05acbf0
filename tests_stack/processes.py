"""Programs under `opentelemetry-instrument` that send to the backends and answer with their health."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from tools.backends import Stack, until

PROGRAMS = Path(__file__).parent / "programs"
SHOP = Path(__file__).parents[1] / "examples" / "flask_shop" / "app.py"
INSTRUMENT = Path(sys.executable).parent / "opentelemetry-instrument"
NO_LOSS = frozenset({"kept", "delivered", "filtered", "late", "over", "no_pipeline"})

Health = dict[str, Any]


@dataclass
class Program:
    """A running program.

    Args:
        job: its service, as Prometheus has it.
        instance: its service.instance.id.
    """

    job: str
    instance: str
    process: subprocess.Popen[str]

    def read(self) -> str:
        """The next line of its output."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"{self.job} {self.instance} ended"
        return line.rstrip("\n")

    def tell(self, command: str = "health") -> Health:
        """Send a line; returns the health it answers with."""
        stdin = self._stdin()
        stdin.write(command + "\n")
        stdin.flush()
        health: Health = json.loads(self.read())
        return health

    def settled(self) -> Health:
        """Its health once every kept record is accounted for."""
        until(lambda: _settled(self.tell()), f"{self.instance} has delivered all", seconds=60)
        return self.tell()

    def end(self) -> None:
        self._stdin().close()
        try:
            self.process.wait(30)
        finally:
            assert self.process.stdout is not None
            self.process.stdout.close()

    def _stdin(self) -> IO[str]:
        assert self.process.stdin is not None
        return self.process.stdin


@contextmanager
def program(
    backends: Stack, job: str, instance: str, *command: str, deployment: str = "production", **variables: str
) -> Iterator[Program]:
    """A program that sends to the backends under these names; stopped at the end."""
    ours = backends.environment(service=job, instance=instance, deployment=deployment)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    with (backends.folder / f"{instance}.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [str(INSTRUMENT), sys.executable, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**kept, **ours, "OTEL_PYTHON_AUDIT_FLUSH_INTERVAL": "100", **variables},
        )
    running = Program(job, instance, process)
    try:
        yield running
    finally:
        if process.poll() is None:
            running.end()


def _settled(health: Health) -> bool:
    return all(account["kept"] * 2 == sum(account.values()) for account in health["destinations"].values())
