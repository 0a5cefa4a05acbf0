"""Runs a program under the bridge and keeps every byte that leaves it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.e2e.conftest import environment, instrumented
from tests.receiver import Receiver
from tests.secrets.planting import Planted, load
from tests.secrets.scan import Search

ROOT = Path(__file__).parents[2]
PROGRAMS = Path(__file__).parent / "programs"
TIMEOUT_S = 120
How = Literal["grpc", "http"]

EVERYTHING = {
    "OTEL_PYTHON_AUDIT_INCLUDE": "all",
    "OTEL_PYTHON_AUDIT_SAMPLING": "all=all,builtins.id=in-trace",
    "OTEL_PYTHON_AUDIT_RING_SIZE": str(64 << 20),
    "OTEL_PYTHON_AUDIT_MAX_SPAN_EVENTS": "1024",
    "OTEL_PYTHON_AUDIT_BAGGAGE": "user.id,session.id,tenant",
    "OTEL_SPAN_EVENT_COUNT_LIMIT": "1024",
    "OTEL_BLRP_MAX_QUEUE_SIZE": "16384",
    "OTEL_EXPORTER_OTLP_TIMEOUT": "60",
}
"""Nothing is sampled, dropped or late: what is not found is not there. Only thousands of `builtins.id` outside of
traces are left out; its argument is a number."""


@dataclass(frozen=True)
class Left:
    """What left a process, by where it went, and what was planted."""

    data: dict[str, bytes]
    planted: tuple[Planted, ...]
    names: dict[str, set[str]]
    """Event names by signal."""

    def found(self) -> set[Planted]:
        """Secrets of which something left; not those the application itself sent that way."""
        search = Search(self.planted)
        return {each for where, data in self.data.items() for each in search.find(data) if where not in each.own}


def run(program: str, how: How, directory: Path, *, stdin: str = "", **variables: str) -> Left:
    """Run it with every destination that one run can have.

    Args:
        program: file name in `programs`.
        how: `grpc`: under opentelemetry-instrument, with a stream of JSON in a file. `http`: by `otel-audit run`, with
            a console and a summary on standard error.
    """
    secrets, stream = directory / "planted.json", directory / "stream.json"
    stream.unlink(missing_ok=True)
    with Receiver() as receiver:
        sent = receiver.env("grpc" if how == "grpc" else "http/protobuf")
        chosen = {**EVERYTHING, **sent, **_streams(how, stream), "PYTHONPATH": str(ROOT), **variables}
        done = subprocess.run(
            _command(how, str(PROGRAMS / program), str(secrets)),
            env=environment(**chosen),
            input=stdin.encode(),
            capture_output=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:].decode(errors="backslashreplace")
        data = {
            "traces": b"".join(request.SerializeToString() for request in receiver.trace_requests),
            "metrics": b"".join(request.SerializeToString() for request in receiver.metric_requests),
            "logs": b"".join(request.SerializeToString() for request in receiver.log_requests),
            "stdout": done.stdout,
            "stderr": done.stderr,
            "stream": stream.read_bytes() if stream.exists() else b"",
        }
        names = {
            "logs": {log.event_name for log in receiver.logs},
            "traces": {event.name for span in receiver.spans for event in span.events},
        }
    return Left(data, tuple(load(secrets)) if secrets.exists() else (), names)


def _streams(how: How, file: Path) -> dict[str, str]:
    where, form = (str(file), "json") if how == "grpc" else ("stderr", "console")
    return {"OTEL_PYTHON_AUDIT_LOG_STREAM": where, "OTEL_PYTHON_AUDIT_LOG_FORMAT": form, "NO_COLOR": "1"}


def _command(how: How, *program: str) -> Sequence[str]:
    return (
        instrumented(*program) if how == "grpc" else [sys.executable, "-m", "otel_audit", "run", "--summary", *program]
    )
