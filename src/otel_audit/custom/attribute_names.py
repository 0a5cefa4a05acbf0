"""Which attribute keys are taken: what every record carries, and what log lines are made of."""

from __future__ import annotations

from otel_audit import semconv

_LINE = frozenset(("event", "level", "message", "timestamp", "trace_id", "span_id", "trace_flags"))
"""Keys of the event dict and of a log line that are no attributes."""

_EVERY_RECORD = frozenset((semconv.THREAD_ID, semconv.THREAD_NAME, semconv.HTTP_ROUTE))
"""Said of every record already."""

_NAMESPACES = ("python.audit.", "otel.")
"""Ours, and the one OpenTelemetry keeps for itself."""


def is_reserved(key: str) -> bool:
    """Whether a key means something already, so that nothing else may stand under it."""
    return key in _LINE or key in _EVERY_RECORD or key.startswith(_NAMESPACES)
