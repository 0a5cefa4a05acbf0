"""Errors nobody caught, and the system log. Messages are never read."""

from __future__ import annotations

from otel_audit import semconv
from otel_audit.events.family import Family
from otel_audit.model import KEEP_ALL, Arg, Event, Kind

GROUP = "diagnostics"

EVENTS = (
    Event(
        "sys.excepthook",
        GROUP,
        (
            Arg("hook", Kind.TYPE),
            Arg("type", Kind.TYPE, semconv.EXCEPTION_TYPE),
            Arg("value", Kind.TYPE),
            Arg("traceback", Kind.SKIP),
        ),
        "uncaught {exception.type}",
        meaning="An exception nobody caught ends the main thread.",
    ),
    Event(
        "sys.unraisablehook",
        GROUP,
        (Arg("hook", Kind.TYPE), Arg("unraisable", Kind.SKIP)),
        "an exception could not be raised",
        meaning="An exception in a finalizer or callback is lost: a bug that only standard error shows.",
    ),
    Event(
        "syslog.openlog",
        GROUP,
        (Arg("ident", Kind.TEXT), Arg("logoption", Kind.INT), Arg("facility", Kind.INT)),
        meaning="The system log is opened.",
    ),
    Event(
        "syslog.syslog",
        GROUP,
        (Arg("priority", Kind.INT), Arg("message", Kind.SIZE)),
        frequency="medium",
        meaning="A line goes to the system log.",
    ),
    Event("syslog.setlogmask", GROUP, (Arg("maskpri", Kind.INT),), meaning="What the system log keeps is changed."),
    Event("syslog.closelog", GROUP, (), meaning="The system log is closed."),
)

FAMILY = Family(EVENTS, dict.fromkeys(("sys.excepthook", "sys.unraisablehook"), KEEP_ALL))
