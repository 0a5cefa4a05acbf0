"""Runs real programs beside other tools, under the bridge, and counts what arrives: each event exactly once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.receiver import Receiver
from tests_compat.rows import add

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(__file__).parent / "programs"
SCRIPTS = Path(sys.executable).parent
EVENTS = 200
"""How many a program raises, unless it says otherwise."""
TIMEOUT_S = 180.0
FAST = {
    "OTEL_SERVICE_NAME": "tools",
    "OTEL_BSP_SCHEDULE_DELAY": "100",
    "OTEL_BLRP_SCHEDULE_DELAY": "100",
    "OTEL_METRIC_EXPORT_INTERVAL": "300",
    "OTEL_PYTHON_AUDIT_FLUSH_INTERVAL": "50",
    "OTEL_PYTHON_AUDIT_INCLUDE": "default,tools.*",
    "OTEL_PYTHON_AUDIT_SAMPLING": "tools.*=all",
}


class Ended(NamedTuple):
    """A program that ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> Any:
        """What it printed last, as JSON."""
        return json.loads(self.out.strip().splitlines()[-1])


class Account(NamedTuple):
    """What became of the events that a program raised.

    Args:
        offered: raised, by its own count.
        delivered: distinct ones that arrived.
        duplicated, lost: those that arrived more than once, and never.
    """

    offered: int
    delivered: int
    duplicated: int
    lost: int


class Bench:
    """The receiver, a core, and a folder: what every test here needs.

    Args:
        receiver: where everything goes.
        core: implementation of the hook.
        folder: the programs' working directory.
    """

    def __init__(self, receiver: Receiver, core: str, folder: Path) -> None:
        self.receiver, self.core, self.folder = receiver, core, folder

    def environment(self, **variables: str) -> dict[str, str]:
        """This environment without OpenTelemetry's variables, pointed at the receiver."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "PYTHON", "COV_"))}
        ours = {**FAST, **self.receiver.env("http/protobuf"), "OTEL_PYTHON_AUDIT_CORE": self.core}
        return {**kept, **ours, "PYTHONPATH": str(ROOT), **variables}

    def run(self, *command: str, env: Mapping[str, str] | None = None, told: str = "", code: int = 0) -> Ended:
        """Run a command as it is.

        Args:
            command: programs of the virtual environment are found by name.
            env: further variables.
            told: its standard input.
            code: exit code demanded.
        """
        first = SCRIPTS / command[0]
        done = subprocess.run(
            [str(first) if first.exists() else command[0], *command[1:]],
            env=self.environment(**(env or {})),
            cwd=self.folder,
            input=told,
            capture_output=True,
            text=True,
            errors="backslashreplace",
            timeout=TIMEOUT_S,
            check=False,
        )
        if done.returncode != code:
            pytest.fail(f"exit code {done.returncode}, expected {code}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
        return Ended(done.returncode, done.stdout, done.stderr)

    def instrumented(self, *arguments: str, env: Mapping[str, str] | None = None, told: str = "") -> Ended:
        """Run `opentelemetry-instrument python …`."""
        return self.run("opentelemetry-instrument", sys.executable, *arguments, env=env, told=told)

    def arrived(self, event: str = "tools.work") -> Counter[str]:
        """Texts of an event's log records: how often each came. A record that stands for several counts as such."""
        found: Counter[str] = Counter()
        for log in self.receiver.logs:
            if log.event_name == f"python.audit.{event}":
                count = log.attributes.get("python.audit.count", 1)
                assert isinstance(count, int)
                found[str(log.attributes.get("python.audit.args"))] += count
        return found

    def counted(self, event: str = "tools.work") -> float:
        """The metric's total."""
        return self.receiver.metric_by("python.audit.events", "python.audit.event").get(event, 0)

    def account(self, offered: int = EVENTS, event: str = "tools.work") -> Account:
        """Compare what was raised with what arrived, logs and counter alike."""
        found = self.arrived(event)
        assert self.counted(event) == offered
        delivered = sum(1 for text in found if text != "None")
        return Account(offered, delivered, sum(found.values()) - len(found), offered - delivered)

    def row(self, subject: str, mode: str, offered: int = EVENTS, note: str = "") -> None:
        """Demand that each event arrived exactly once, and write the row."""
        account = self.account(offered)
        add("tools", subject, mode, *account, note, core=self.core)
        assert account == (offered, offered, 0, 0)


@pytest.fixture
def bench(receiver: Receiver, core: str, tmp_path: Path) -> Bench:
    return Bench(receiver, core, tmp_path)
