"""Somebody installs the bridge in a subinterpreter, as a start-up file would: alone.py CORE HOW STREAM."""

from __future__ import annotations

import sys

import otel_audit
from tests.interpreters.subinterpreters import create, destroy, run_string

CODE = """
import os, sys
import otel_audit
status = otel_audit.install(include="app.*", core={core!r}, log_stream="stderr")
sys.audit("app.e", "elsewhere")
os.write(1, f"{{status.state}}\\n{{otel_audit.flush(5.0)}}\\n".encode())
"""

if __name__ == "__main__":
    core, how, stream = sys.argv[1:]
    otel_audit.install(core=core, include="app.*", signals="none", log_stream=stream)
    interpreter = create(own_gil=how == "own")
    run_string(interpreter, CODE.format(core=core))
    destroy(interpreter)
    sys.audit("app.e", "here")
    print("ended")
