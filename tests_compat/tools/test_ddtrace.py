"""ddtrace-run and opentelemetry-instrument both work through `sitecustomize`; ddtrace goes on to the next one."""

from __future__ import annotations

import sys

from tests_compat.tools.conftest import PROGRAMS, SCRIPTS, Bench

ALONE = {
    "DD_TRACE_AGENT_URL": "http://127.0.0.1:9",  # nothing listens on the discard port
    "DD_INSTRUMENTATION_TELEMETRY_ENABLED": "false",
    "DD_REMOTE_CONFIGURATION_ENABLED": "false",
    "DD_TRACE_STARTUP_LOGS": "false",
}


def test_ddtrace_run_inside_opentelemetry_instrument(bench: Bench) -> None:
    command = ("opentelemetry-instrument", str(SCRIPTS / "ddtrace-run"), sys.executable, str(PROGRAMS / "traced.py"))
    ended = bench.run(*command, env=ALONE)
    assert ended.said["events"]
    bench.row("ddtrace", "opentelemetry-instrument ddtrace-run python")


def test_otel_audit_run_inside_ddtrace_run(bench: Bench) -> None:
    ended = bench.run("ddtrace-run", str(SCRIPTS / "otel-audit"), "run", str(PROGRAMS / "traced.py"), env=ALONE)
    assert ended.said["events"]
    bench.row("ddtrace", "ddtrace-run otel-audit run")
