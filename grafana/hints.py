"""What stands in an empty panel: why it may be empty, and which setting fills it."""

from __future__ import annotations

NO_EVENTS = (
    "No audit events counted here. Check that the signal metrics is on (OTEL_PYTHON_AUDIT_SIGNALS) and that the"
    " service's metrics reach this Prometheus; otel-audit doctor tells what is missing."
)
NO_BRIDGE = (
    "No bridge reports here. Check that otel-audit is installed in the service, OTEL_PYTHON_AUDIT_ENABLED is not"
    " false, and its metrics reach this Prometheus."
)
NO_RECORDS = (
    "No records here. Check that the signal logs is on (OTEL_PYTHON_AUDIT_SIGNALS), that the service has a log"
    " exporter, and that Loki takes OTLP (structured metadata)."
)
NO_TRACES = (
    "No traces here. Check that the signal span_events is on (OTEL_PYTHON_AUDIT_SIGNALS), that the traces are"
    " sampled, and that they reach this Tempo."
)

NO_BLOCKING = (
    "None in this range: nothing that was recorded blocked an event loop. Events are marked in processes that run"
    " asyncio; open is recorded inside sampled traces by default, sleeps with"
    " OTEL_PYTHON_AUDIT_INCLUDE=default,time.sleep on Python 3.13 and later."
)


def recorded_by(include: str, sampling: str = "") -> str:
    """For events that the selector `default` leaves out, or keeps a part of."""
    said = f"None in this range. They are recorded with OTEL_PYTHON_AUDIT_INCLUDE={include}"
    return f"{said} and OTEL_PYTHON_AUDIT_SAMPLING={sampling}." if sampling else f"{said}."


def by_default(exclude: str) -> str:
    """For events of the selector `default`."""
    return f"None in this range. Recorded by default, unless OTEL_PYTHON_AUDIT_EXCLUDE names {exclude}."


def nothing_new(what: str) -> str:
    """For first-seen panels of events of the selector `default`."""
    return f"No {what} that the days before (variable New against the last) had not. Longer ranges compare more."
