"""A script, unchanged, that can be asked: `opentelemetry-instrument python observed.py SCRIPT [ARGUMENTS]`.

Each line on standard input is answered on standard output, in JSON, with the bridge's health; its end is a Ctrl-C.
What the script starts is not observed: it would report under the same identity.
"""

from __future__ import annotations

import json
import os
import runpy
import signal
import sys
import threading
from pathlib import Path

import otel_audit


def answer() -> None:
    for _ in sys.stdin:
        print(json.dumps(otel_audit.health().as_dict()), flush=True)
    os.kill(os.getpid(), signal.SIGINT)


os.environ.pop("PYTHONPATH", None)  # by which the instrumentation reaches child processes
threading.Thread(target=answer, name="health", daemon=True).start()
sys.argv = sys.argv[1:]
sys.path[0] = str(Path(sys.argv[0]).parent)
runpy.run_path(sys.argv[0], run_name="__main__")
