"""otel-audit: what a Python process does, as OpenTelemetry span events, metrics and logs.

`pip install "otel-audit[otlp]"`, then `opentelemetry-instrument python app.py`; or in code:

    import otel_audit
    otel_audit.install(otel_audit.Settings(include="default,filesystem"))
"""

from __future__ import annotations

import sys

ENTERED = len(sys.modules) - 1
"""Modules there were before this one; where the bridge comes by itself, the rest are its own."""

from typing import TYPE_CHECKING, Any  # noqa: E402

if TYPE_CHECKING:
    from otel_audit.bridge_health import Health, Status
    from otel_audit.custom import Argument, audited, event
    from otel_audit.errors import AuditError, DefinitionError, SettingsError
    from otel_audit.processors import add_trace_fields
    from otel_audit.runtime import flush, health, install, pause, resume
    from otel_audit.settings import Settings

__all__ = [
    "Argument",
    "AuditError",
    "DefinitionError",
    "Health",
    "Settings",
    "SettingsError",
    "Status",
    "add_trace_fields",
    "audited",
    "event",
    "flush",
    "health",
    "install",
    "pause",
    "resume",
]

_HOMES = {
    "Argument": "custom",
    "AuditError": "errors",
    "DefinitionError": "errors",
    "Health": "bridge_health",
    "Settings": "settings",
    "SettingsError": "errors",
    "Status": "bridge_health",
    "add_trace_fields": "processors",
    "audited": "custom",
    "event": "custom",
}


def __getattr__(name: str) -> Any:
    """Import on first use: an interpreter that starts with the package installed should not pay for it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found = globals()[name] = getattr(import_module(f"{__name__}.{_HOMES.get(name, 'runtime')}"), name)
    return found
