"""The OpenTelemetry entry point: `opentelemetry-instrument python app.py` and nothing else."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from opentelemetry.instrumentation.instrumentor import BaseInstrumentor  # type: ignore[attr-defined]

from otel_audit import runtime

_NOTHING_CONFIGURED = (
    "no OpenTelemetry SDK is configured, so nothing would be exported: "
    'pip install "otel-audit[otlp]", or set OTEL_PYTHON_AUDIT_LOG_STREAM=stderr'
)


class AuditInstrumentor(BaseInstrumentor):  # type: ignore[misc]
    """Arms the bridge. An exception from here would abort all instrumentation, so there is none."""

    def instrumentation_dependencies(self) -> Collection[str]:
        """No library: it instruments the interpreter."""
        return ()

    def _instrument(self, **kwargs: Any) -> None:
        before = runtime.bridge()
        runtime.install()
        armed = runtime.bridge()
        if armed is None or armed is before or armed.state != "armed":
            return
        reasons = armed.signals().values()
        if reasons and all(reason is not None and reason.startswith("no ") for reason in reasons):
            runtime.say(_NOTHING_CONFIGURED)

    def _uninstrument(self, **kwargs: Any) -> None:
        runtime.pause()
