"""The books of a run: what its processes wrote down themselves against what arrived: logs, span events, counters."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from tests.receiver import Receiver
from tests_compat import rows

PROGRAMS = Path(__file__).parent / "programs"
SCRIPTS = Path(sys.executable).parent
GROUP = "processes"
TIMEOUT_S = 120
"""A deadline, not a wait: the machine may be busy."""
EVENT = "compat.step"
SETTINGS = {
    "OTEL_SERVICE_NAME": "compat",
    "OTEL_PYTHON_AUDIT_INCLUDE": "compat.*",
    "OTEL_PYTHON_AUDIT_SAMPLING": "compat.*=all",
    "OTEL_PYTHON_AUDIT_FLUSH_INTERVAL": "60000",
    "OTEL_METRIC_EXPORT_INTERVAL": "60000",
    "OTEL_BLRP_SCHEDULE_DELAY": "60000",
    "OTEL_BSP_SCHEDULE_DELAY": "60000",
    "OTEL_EXPORTER_OTLP_TIMEOUT": "10",
}
"""Intervals that no process lives to see: what arrives was delivered at its end."""


def environment(receiver: Receiver, folder: Path, core: str, **variables: str) -> dict[str, str]:
    """This process's environment without OpenTelemetry's and pytest's variables, the programs importable."""
    left = ("OTEL_", "COVERAGE", "PYTEST", "COMPAT")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left)}
    return {
        **kept,
        **receiver.env("http/protobuf"),
        **SETTINGS,
        "OTEL_PYTHON_AUDIT_CORE": core,
        "PYTHONPATH": str(PROGRAMS),
        "COMPAT_BOOK": str(folder / "book.txt"),
        **variables,
    }


def instrumented(*words: str) -> list[str]:
    """Under `opentelemetry-instrument`."""
    return [str(SCRIPTS / "opentelemetry-instrument"), sys.executable, *words]


def run_by_us(*words: str) -> list[str]:
    """Under `otel-audit run --children`."""
    return [sys.executable, "-m", "otel_audit", "run", "--children", *words]


def call(command: Sequence[str], variables: dict[str, str], folder: Path, code: int = 0) -> str:
    """Run to the end; what it printed to standard error, demanded to be empty where it succeeds."""
    done = subprocess.run(
        command, env=variables, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    assert done.returncode == code, f"{done.returncode}\n{done.stdout[-4000:]}\n{done.stderr[-6000:]}"
    return done.stderr


def check(receiver: Receiver, folder: Path, subject: str, mode: str, core: str, note: str = "") -> Counter[str]:
    """Demand that every event arrived once, as a log and on its span, and was counted by its process from zero.

    Writes the row.

    Returns:
        How many events of each kind were offered.
    """
    offered = (folder / "book.txt").read_text().splitlines()
    arrived = Counter(
        str(log.attributes["python.audit.args"]) for log in receiver.logs if log.event_name == f"python.audit.{EVENT}"
    )
    delivered = sum(step in arrived for step in offered)
    twice = sum(times > 1 for times in arrived.values())
    rows.add(GROUP, subject, mode, len(offered), delivered, twice, len(offered) - delivered, note, core=core)
    assert arrived == Counter(offered), (len(offered), delivered, twice)
    _check_spans(receiver, offered)
    by_image = Counter(step.split()[1] for step in offered)
    assert sorted(_series(receiver)) == sorted(by_image.values())
    return Counter(step.split()[0] for step in offered)


def _check_spans(receiver: Receiver, offered: Sequence[str]) -> None:
    """Each event is once on the span it was raised in, and its log says the same span."""
    logs = {
        str(log.attributes["python.audit.args"]): (log.trace_id, log.span_id)
        for log in receiver.logs
        if log.event_name == f"python.audit.{EVENT}"
    }
    found: Counter[str] = Counter()
    for span in receiver.spans:
        steps = [str(event.attributes["python.audit.args"]) for event in span.events if event.name.endswith(EVENT)]
        found.update(steps)
        for step in steps:
            assert step.split()[0] == span.name
            assert logs[step] == (span.trace_id, span.span_id)
    assert found == Counter(offered), "span events"


def _series(receiver: Receiver) -> list[float]:
    """Last value of each process's counter: processes that were one instance would share a series."""
    series = {
        (frozenset(point.resource.items()), frozenset(point.attributes.items()), point.start_ns): point.value
        for point in receiver.metrics
        if point.metric == "python.audit.events" and point.attributes["python.audit.event"] == EVENT
    }
    return list(series.values())
