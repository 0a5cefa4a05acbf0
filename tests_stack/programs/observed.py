"""A script, unchanged, that can be asked: `opentelemetry-instrument python observed.py SCRIPT [ARGUMENTS]`.

Each line on standard input is answered on standard output, in JSON, with the bridge's health, and with how many files
were opened since the script began, counted here (`opened`), and what the bridge had seen until then (`before`). The
end of standard input is a Ctrl-C. What the script starts is not observed: it would report under the same identity.
"""

from __future__ import annotations

import json
import os
import runpy
import signal
import sys
import threading
from pathlib import Path

from opentelemetry.instrumentation.utils import is_instrumentation_enabled

import otel_audit

opened: list[None] = []  # one for each: a number would lose some between threads


def count(event: str, _: tuple[object, ...]) -> None:
    """A plain audit hook, beside the bridge's. What exporters do is nobody's event (docs/signals.md)."""
    if event == "open" and is_instrumentation_enabled():
        opened.append(None)


def answer() -> None:
    for _ in sys.stdin:
        health = otel_audit.health().as_dict()
        print(json.dumps({**health, "before": before, "opened": len(opened)}), flush=True)
    os.kill(os.getpid(), signal.SIGINT)


otel_audit.health()  # what it imports is before too
before = otel_audit.health().seen
sys.addaudithook(count)
os.environ.pop("PYTHONPATH", None)  # by which the instrumentation reaches child processes
threading.Thread(target=answer, name="health", daemon=True).start()
sys.argv = sys.argv[1:]
sys.path[0] = str(Path(sys.argv[0]).parent)
runpy.run_path(sys.argv[0], run_name="__main__")
