"""Errors nobody caught, and the system log. Messages are never read."""

from __future__ import annotations

from otel_audit import semconv
from otel_audit.events.decode import Attributes, arg_key, flags, named, number_text
from otel_audit.events.family import Family
from otel_audit.model import KEEP_ALL, Arg, Event, Kind, Value

GROUP = "diagnostics"

# <syslog.h>, alike on Linux, macOS and BSD as far as it is named here.
_LEVELS = ("LOG_EMERG", "LOG_ALERT", "LOG_CRIT", "LOG_ERR", "LOG_WARNING", "LOG_NOTICE", "LOG_INFO", "LOG_DEBUG")
_FACILITIES = (
    *("LOG_KERN", "LOG_USER", "LOG_MAIL", "LOG_DAEMON", "LOG_AUTH", "LOG_SYSLOG", "LOG_LPR", "LOG_NEWS", "LOG_UUCP"),
    *("LOG_CRON", "LOG_AUTHPRIV", "LOG_FTP"),
)
_FACILITY_NAMES = {
    **{number << 3: name for number, name in enumerate(_FACILITIES)},
    **{(16 + number) << 3: f"LOG_LOCAL{number}" for number in range(8)},
}
_OPTIONS = (
    (0x01, "LOG_PID"),
    (0x02, "LOG_CONS"),
    (0x04, "LOG_ODELAY"),
    (0x08, "LOG_NDELAY"),
    (0x10, "LOG_NOWAIT"),
    (0x20, "LOG_PERROR"),
)
_LEVEL_MASK = 7


def priority(value: Value) -> Attributes | None:
    """Level and facility share an integer; facility 0 is the one openlog set."""
    if not isinstance(value, int):
        return None
    level, facility = _LEVELS[value & _LEVEL_MASK], value & ~_LEVEL_MASK
    if not facility:
        return {arg_key("priority"): level}
    name = _FACILITY_NAMES.get(facility) or number_text(facility)
    return {arg_key("priority"): level, arg_key("facility"): name}


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
        "uncaught {EXCEPTION_TYPE}",
        meaning="An exception nobody caught ends the main thread, and mostly the process.",
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
        (
            Arg("ident", Kind.TEXT),
            Arg("logoption", Kind.INT, decode=flags(arg_key("logoption"), _OPTIONS)),
            Arg("facility", Kind.INT, decode=named(arg_key("facility"), _FACILITY_NAMES)),
        ),
        "open the system log[ as {ident}][ ({facility})]",
        meaning="The system log is opened: under which name and facility to look for this program's lines.",
        platforms="posix",
    ),
    Event(
        "syslog.syslog",
        GROUP,
        (Arg("priority", Kind.INT, decode=priority), Arg("message", Kind.SIZE)),
        "log to syslog[ {priority}][, {message.size} characters]",
        "medium",
        "A line goes to the system log, past this pipeline: its level and length, never its text.",
        platforms="posix",
    ),
    Event(
        "syslog.setlogmask",
        GROUP,
        (
            Arg(
                "maskpri",
                Kind.INT,
                decode=flags(arg_key("maskpri"), tuple((1 << level, name) for level, name in enumerate(_LEVELS))),
            ),
        ),
        "let syslog keep[ {maskpri}]",
        meaning="Which levels reach the system log changes: a way to silence it.",
        platforms="posix",
    ),
    Event(
        "syslog.closelog",
        GROUP,
        (),
        "close the system log",
        meaning="The system log is closed; the next line opens it again under default settings.",
        platforms="posix",
    ),
)

FAMILY = Family(EVENTS, dict.fromkeys(("sys.excepthook", "sys.unraisablehook"), KEEP_ALL))
