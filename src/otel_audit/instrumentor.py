"""The OpenTelemetry entry point: `opentelemetry-instrument python app.py` and nothing else."""

from __future__ import annotations

import sys
from collections.abc import Collection
from typing import Any

from opentelemetry.instrumentation.instrumentor import BaseInstrumentor  # type: ignore[attr-defined]

from otel_audit import inheritance, runtime, settings

SETTLE_TIMEOUT_S = 2.0
"""How long the start may wait for the background thread; it takes about a millisecond."""
_INSTEAD = "nothing is exported (OTEL_PYTHON_AUDIT_LOG_STREAM=stderr shows records here)"


class AuditInstrumentor(BaseInstrumentor):  # type: ignore[misc]
    """Arms the bridge. An exception from here would abort all instrumentation, so there is none."""

    def instrumentation_dependencies(self) -> Collection[str]:
        """No library: it instruments the interpreter."""
        return ()

    def instrument(self, **kwargs: Any) -> Any:
        """Arm, once: a declarative configuration has OpenTelemetry ask twice, and warn of it."""
        return None if self.is_instrumented_by_opentelemetry else super().instrument(**kwargs)

    def _instrument(self, **kwargs: Any) -> None:
        before = runtime.bridge()
        runtime.install()
        armed = runtime.bridge()
        if armed is None or armed.state != "armed" or (armed is before and not armed.early):
            return
        if armed.early:
            armed.early = False
            armed.drain.flush(SETTLE_TIMEOUT_S)  # its turn picks the new providers up, before the first request comes
        if armed.settings.children and "opentelemetry.instrumentation.auto_instrumentation" in sys.modules:
            inheritance.set_up_as("opentelemetry")
        reasons = armed.signals().values()
        if reasons and all(reason is not None and reason.startswith("no ") for reason in reasons):
            runtime.say(f"{settings.missing_pipeline()}; {_INSTEAD}")

    def _uninstrument(self, **kwargs: Any) -> None:
        runtime.pause()
