"""What real programs raise, and what the selector `default` makes of it: events, records, records per request.

    python -m benchmarks.mixes [--json FILE]

These are counts, the same in every run.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.children import progress
from benchmarks.result import ROOT, Figure, Result, main

REQUESTS = 200
TABLE = "mixes"


def nothing() -> None:
    """`-c pass`."""


def imports() -> None:
    """import flask, requests"""
    import flask  # noqa: F401
    import requests  # noqa: F401


def _shop(query: bool) -> None:
    import sqlite3

    from flask import Flask
    from opentelemetry import trace

    app = Flask(__name__)
    tracer = trace.get_tracer("mixes")

    @app.route("/")
    def index() -> str:
        if query:
            sqlite3.connect(":memory:").close()
        return "ok"

    client = app.test_client()
    for _ in range(REQUESTS):
        with tracer.start_as_current_span("request"):
            client.get("/")


def flask_plain() -> None:
    """200 Flask requests"""
    _shop(False)


def flask_sqlite() -> None:
    """200 Flask requests, one SQLite connection each"""
    _shop(True)


def static_files() -> None:
    """200 Flask requests for a static file"""
    import tempfile

    from flask import Flask
    from opentelemetry import trace

    tracer = trace.get_tracer("mixes")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "style.css").write_text("body {}")
        client = Flask(__name__, static_folder=folder, static_url_path="/static").test_client()
        for _ in range(REQUESTS):
            with tracer.start_as_current_span("request"):
                assert client.get("/static/style.css").data


def tests() -> None:
    """pytest, a small suite"""
    import pytest

    pytest.main(["-q", "-p", "no:cacheprovider", "tests/test_wire.py"])


PROGRAMS: dict[str, Callable[[], None]] = {
    program.__name__: program for program in (nothing, imports, flask_plain, flask_sqlite, static_files, tests)
}


def measure(program: str, include: str) -> dict[str, Any]:
    """Run one program under the bridge, in this process."""
    from opentelemetry import trace
    from opentelemetry.sdk.trace import TracerProvider

    import otel_audit
    from otel_audit import runtime

    trace.set_tracer_provider(TracerProvider())
    otel_audit.install(include=include, ring_size=1 << 28, flush_interval=3_600_000)
    PROGRAMS[program]()
    otel_audit.pause()
    bridge = runtime.bridge()
    assert bridge is not None
    counts = {bridge.core.event_name(event_id): row for event_id, row in bridge.core.counters()}
    return {
        "seen": sum(row[0] for row in counts.values()),
        "kept": sum(row[1] for row in counts.values()),
        "top": sorted(((row[0], name) for name, row in counts.items()), reverse=True)[:5],
    }


def run(program: str, include: str) -> dict[str, Any]:
    """The same in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.mixes", "--program", program, "--include", include]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def everything(_: bool) -> Result:
    """All programs, with `all` and with `default`."""
    figures, notes = [], []
    for program, function in PROGRAMS.items():
        name = (function.__doc__ or program).rstrip(".")
        progress(f"mixes: {name}")
        found, default = run(program, "all"), run(program, "default")
        figures += [
            Figure(TABLE, name, "events, all", found["seen"]),
            Figure(TABLE, name, "events, default", default["seen"]),
            Figure(TABLE, name, "records, default", default["kept"]),
        ]
        if found["top"]:
            notes.append(f"{name}: " + ", ".join(f"{event} {number:,}" for number, event in found["top"]))
    return Result(TABLE, figures, notes={TABLE: notes}, packages=("flask", "requests", "pytest"))


if __name__ == "__main__":
    if "--program" in sys.argv:
        print("\n" + json.dumps(measure(sys.argv[2], sys.argv[4])))
    else:
        main(__doc__, everything)
