"""Runs triggers under the bridge, one after the other, between two marks each. Its log stream is the result.

    python -m tools.fire.worker DIRECTORY STATUS < JOBS

JOBS is a JSON list of trigger names and [event, index] of synthetic arguments; STATUS a file for what each raised.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

import otel_audit
from tools.fire.synthetic import arguments
from tools.fire.triggers import TRIGGERS

BEGIN, END = "fire.begin", "fire.end"
HARNESS = ("OTEL_", "PYTHONPATH")
"""Variables for this process, and not for what it starts."""


def main(directory: Path, status_file: Path) -> None:
    """Arm, fire, flush."""
    jobs: list[Any] = json.load(sys.stdin)
    trace.set_tracer_provider(TracerProvider())
    status = otel_audit.install()
    if status.state != "armed":
        sys.exit(f"fire: the bridge is {status.state}: {status.reason}")
    for name in [name for name in os.environ if name.startswith(HARNESS)]:
        del os.environ[name]
    report = os.open(status_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    tracer = trace.get_tracer("fire")
    for number, job in enumerate(jobs):
        place = directory / str(number)
        place.mkdir()
        os.chdir(place)
        with tracer.start_as_current_span("fire"):
            sys.audit(BEGIN, number)
            error = _fire(job)
            sys.audit(END, number)
        os.write(report, json.dumps([number, error]).encode() + b"\n")
    if not otel_audit.flush(20.0):
        sys.exit("fire: the flush failed")


def _fire(job: Any) -> str:
    try:
        if isinstance(job, str):
            TRIGGERS[job].function()
        else:
            event, index = job
            sys.audit(event, *arguments(event)[index])
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
    return ""


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
