"""Runs a script whose Python children are not observed: `opentelemetry-instrument python alone.py SCRIPT [ARGUMENTS]`.

They would report under the same service.instance.id, and counters of several processes in one series are no counters.
"""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path

os.environ.pop("PYTHONPATH", None)  # by which the instrumentation reaches child processes
sys.argv = sys.argv[1:]
sys.path[0] = str(Path(sys.argv[0]).resolve().parent)
runpy.run_path(sys.argv[0], run_name="__main__")
