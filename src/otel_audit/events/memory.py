"""Arrays and mappings. Their contents are never read."""

from __future__ import annotations

from otel_audit.events.family import Family
from otel_audit.model import Arg, Event, Kind

GROUP = "memory"

EVENTS = (
    Event(
        "array.__new__",
        GROUP,
        (Arg("typecode", Kind.TEXT), Arg("initializer", Kind.SIZE)),
        frequency="medium",
        meaning="An array is made.",
    ),
    Event(
        "mmap.__new__",
        GROUP,
        (Arg("fileno", Kind.INT), Arg("length", Kind.INT), Arg("access", Kind.INT), Arg("offset", Kind.INT)),
        "map[ {python.audit.arg.length}] bytes of memory",
        meaning="Memory is mapped, from a file or shared with other processes (fileno -1).",
    ),
)

FAMILY = Family(EVENTS)
