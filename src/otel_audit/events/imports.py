"""Modules found and packages installed."""

from __future__ import annotations

from otel_audit import semconv
from otel_audit.events.family import Family
from otel_audit.model import KEEP_ALL, Arg, Event, Kind

GROUP = "imports"

EVENTS = (
    Event(
        "import",
        GROUP,
        (
            Arg("module", Kind.TEXT),
            Arg("filename", Kind.PATH, semconv.FILE_PATH),
            Arg("sys.path", Kind.SKIP),
            Arg("sys.meta_path", Kind.SKIP),
            Arg("sys.path_hooks", Kind.SKIP),
        ),
        "import {module}[ from {FILE_PATH}]",
        "hot",
        "A module is imported for the first time; with a file it is native code being loaded.",
        blocking=True,
    ),
    Event(
        "ensurepip.bootstrap",
        GROUP,
        (Arg("root", Kind.PATH),),
        "install pip[ below {root}]",
        meaning="pip is installed into this environment: nothing a running service should do.",
        blocking=True,
    ),
)

FAMILY = Family(EVENTS, {"ensurepip.bootstrap": KEEP_ALL}, frozenset(("ensurepip.bootstrap",)))
