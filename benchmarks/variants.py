"""How a program is run: plain, under a hook that does nothing, with OpenTelemetry, with otel-audit, naively bridged."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping

PLAIN, EMPTY, OTEL, DEFAULT, ALL, NAIVE, NAIVE_ALL = (
    "plain",
    "empty C hook",
    "OpenTelemetry alone",
    "otel-audit, default",
    "otel-audit, all",
    "naive bridge",
    "naive bridge, all",
)
COUNTED, SPAN_EVENTS, LOGS = (f"otel-audit, default, only {signal}" for signal in ("metrics", "span events", "logs"))
"""What `DEFAULT` is made of."""
ALL_COUNTED = "otel-audit, all, only metrics"
BARE = (PLAIN, EMPTY)
"""Without OpenTelemetry."""
_WITHOUT_US = {"OTEL_PYTHON_DISABLED_INSTRUMENTATIONS": "audit"}

VARIABLES: dict[str, dict[str, str]] = {
    PLAIN: {},
    EMPTY: {},
    OTEL: _WITHOUT_US,
    DEFAULT: {"OTEL_PYTHON_AUDIT_INCLUDE": "default"},
    ALL: {"OTEL_PYTHON_AUDIT_INCLUDE": "all"},
    COUNTED: {"OTEL_PYTHON_AUDIT_INCLUDE": "default", "OTEL_PYTHON_AUDIT_SIGNALS": "metrics"},
    SPAN_EVENTS: {"OTEL_PYTHON_AUDIT_INCLUDE": "default", "OTEL_PYTHON_AUDIT_SIGNALS": "span_events"},
    LOGS: {"OTEL_PYTHON_AUDIT_INCLUDE": "default", "OTEL_PYTHON_AUDIT_SIGNALS": "logs"},
    ALL_COUNTED: {"OTEL_PYTHON_AUDIT_INCLUDE": "all", "OTEL_PYTHON_AUDIT_SIGNALS": "metrics"},
    NAIVE: _WITHOUT_US,
    NAIVE_ALL: _WITHOUT_US,
}


def variables(variant: str, exporting: Mapping[str, str]) -> dict[str, str]:
    """Of the process's environment; `exporting` as collector.exporting gives it."""
    return {"BENCH_VARIANT": variant, **({} if variant in BARE else {**exporting, **VARIABLES[variant]})}


def begin() -> str:
    """Set up what this process's environment names, before the program's own imports; its name."""
    variant = os.environ["BENCH_VARIANT"]
    if variant == EMPTY:
        from benchmarks.subjects.floor import empty_c

        with tempfile.TemporaryDirectory() as folder:
            empty_c(folder)
    if variant in BARE:
        return variant
    from opentelemetry.instrumentation.auto_instrumentation import initialize

    initialize()
    if variant in (NAIVE, NAIVE_ALL):
        from benchmarks import naive

        naive.install(_default_events() if variant == NAIVE else None)
    return variant


def _default_events() -> frozenset[str]:
    """The names that the selector `default` takes: the naive bridge is given the same ones."""
    from otel_audit import events
    from otel_audit.plan import build_plan
    from otel_audit.settings import Settings

    plan = build_plan(Settings(include="default"), catalogue=events)
    return frozenset(row.name for row in plan.events if row.selected)
