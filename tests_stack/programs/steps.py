"""Two requests: one starts a program, the other does not. Both raise an event of the application's own."""

import subprocess
import sys

from opentelemetry import trace

import otel_audit

tracer = trace.get_tracer("steps")
with tracer.start_as_current_span("harmless"):
    sys.audit("steps.step", 1)
with tracer.start_as_current_span("suspicious"):
    subprocess.run([sys.executable, "-S", "-c", ""], check=True)
    sys.audit("steps.step", 2)
assert otel_audit.flush(30.0)
