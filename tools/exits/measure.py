"""Runs one way to end, and compares what was raised with what the collector has."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from tests.receiver import Receiver

ROOT = Path(__file__).parents[2]
EVENT = "python.audit.exits.event"
QUIET_S = 1.0
"""After so long without a request nothing of the process is on its way any more."""


class Way(NamedTuple):
    """One way to end.

    Args:
        name: as `program.end` knows it.
        code: what the process ends with; a signal's as subprocess has it.
        whole: whether everything must have arrived.
        variables: what is set for it.
    """

    name: str
    code: int
    whole: bool = True
    variables: tuple[tuple[str, str], ...] = ()


_TERM = (("OTEL_PYTHON_AUDIT_EXIT_SIGNALS", "SIGTERM"),)
_INT = (("OTEL_PYTHON_AUDIT_EXIT_SIGNALS", "SIGINT"),)
WAYS = (
    Way("end of the program", 0),
    Way("sys.exit", 0),
    Way("exception", 1),
    Way("sys.exit in a thread", 0),
    Way("exception in a thread", 0),
    Way("daemon threads", 0),
    Way("SIGINT", -signal.SIGINT),
    Way("SIGINT, EXIT_SIGNALS", -signal.SIGINT, variables=_INT),
    Way("SIGTERM, own handler", 0),
    Way("SIGTERM, EXIT_SIGNALS", -signal.SIGTERM, variables=_TERM),
    Way("SIGTERM", -signal.SIGTERM, whole=False),
    Way("os._exit", 0, whole=False),
    Way("SIGKILL", -signal.SIGKILL, whole=False),
    Way("os.abort", -signal.SIGABRT, whole=False),
)


class Ended(NamedTuple):
    """What became of one run.

    Args:
        code: exit code.
        offered: events raised.
        delivered: distinct ones that arrived.
        doubled: those that came more than once.
        gap: whether something is missing other than at the end.
        lost_s: age of the oldest lost event when the process ended, in seconds; 0 when none is lost.
        counted: what the last metrics say; 0 where none came.
        said: standard error.
    """

    code: int
    offered: int
    delivered: int
    doubled: int
    gap: bool
    lost_s: float
    counted: int
    said: str

    @property
    def lost(self) -> int:
        return self.offered - self.delivered


def measure(way: Way, core: str, seconds: float, **variables: str) -> Ended:
    """Run a way to end.

    Args:
        way: which.
        core: `c` or `python`.
        seconds: how long the program raises events before.
        variables: of the environment, on top.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a shell's background job; the program would inherit that
        signal.signal(signal.SIGINT, signal.default_int_handler)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    with Receiver() as receiver, tempfile.TemporaryDirectory() as folder:
        count = Path(folder, "count")
        environment = {
            **kept,
            **receiver.env("http/protobuf"),
            "OTEL_PYTHON_AUDIT_INCLUDE": "exits.event",
            "OTEL_PYTHON_AUDIT_SAMPLING": "exits.event=all",
            "OTEL_PYTHON_AUDIT_CORE": core,
            **variables,
            **dict(way.variables),
        }
        script = str(Path(sys.executable).parent / "opentelemetry-instrument")
        done = subprocess.run(
            [script, sys.executable, str(Path(__file__).parent / "program.py"), way.name, str(seconds), str(count)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        ended_ns = time.time_ns()
        _wait_until_quiet(receiver)
        return _account(receiver, done, int(count.read_text()), ended_ns)


def _wait_until_quiet(receiver: Receiver) -> None:
    """A process that is gone may have left requests on their way."""
    before = -1
    while before != (before := sum(receiver.requests.values())):
        time.sleep(QUIET_S)


def _account(receiver: Receiver, done: subprocess.CompletedProcess[str], offered: int, ended_ns: int) -> Ended:
    arrived: dict[int, int] = {}
    last_ns = 0
    for log in receiver.logs:
        if log.event_name == EVENT:
            number = int(str(log.attributes["python.audit.args"]))
            arrived[number] = arrived.get(number, 0) + 1
            last_ns = max(last_ns, log.time_ns)
    counted = receiver.metric_by("python.audit.events", "python.audit.event").get("exits.event", 0)
    lost = offered - len(arrived)
    return Ended(
        code=done.returncode,
        offered=offered,
        delivered=len(arrived),
        doubled=sum(times > 1 for times in arrived.values()),
        gap=sorted(arrived) != list(range(len(arrived))),
        lost_s=(ended_ns - last_ns) / 1e9 if lost and last_ns else 0.0,
        counted=int(counted),
        said=done.stderr,
    )
