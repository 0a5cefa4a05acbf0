"""A Flask application that says of each request what it raised, where, and in which trace."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

from flask import Flask
from opentelemetry import trace

PARTS = 3
"""Custom events of one request."""

app = Flask(__name__)


@app.get("/ready")
def ready() -> dict[str, Any]:
    """Answers as soon as there is somebody to answer."""
    return {"pid": os.getpid()}


@app.get("/work/<int:number>")
def work(number: int) -> dict[str, Any]:
    """Raise `PARTS` events and open a file that nobody else opens; with pauses, so that requests overlap."""
    for part in range(PARTS):
        sys.audit("compat.request", number, part)
        time.sleep(0.001)
    Path(os.environ["COMPAT_FILE"]).read_text(encoding="utf-8")
    context = trace.get_current_span().get_span_context()
    return {"trace": f"{context.trace_id:032x}", "span": f"{context.span_id:016x}", "pid": os.getpid(), "raised": PARTS}


@app.get("/stuck/<int:number>")
def stuck(number: int) -> dict[str, Any]:
    """Say so in a file, raise one event, then be in C code that lets nobody else have the interpreter."""
    Path(os.environ["COMPAT_FILE"]).with_name("stuck").touch()
    sys.audit("compat.request", number, 0)
    sum(range(10**12))
    return {}


@app.get("/hang/<int:number>")
def hang(number: int) -> dict[str, Any]:
    """Raise one event, then hold the worker for longer than it may take."""
    sys.audit("compat.request", number, 0)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        pass
    return {}
