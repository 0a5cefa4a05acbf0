"""Arrays and mappings. Their contents are never read."""

from __future__ import annotations

from otel_audit.events.decode import arg_key, descriptor, flags
from otel_audit.events.family import Family
from otel_audit.model import Arg, Event, Kind

GROUP = "memory"

# mmap's own ACCESS_* are numbers and no bits; 0 leaves it to prot, which is not passed. 3 before its bits.
_ACCESS = ((3, "copy"), (1, "read"), (2, "write"))

EVENTS = (
    Event(
        "array.__new__",
        GROUP,
        (Arg("typecode", Kind.TEXT), Arg("initializer", Kind.SIZE)),
        "make an array[ of {typecode}][ from {initializer.size} items]",
        "medium",
        "An array of numbers is made: its type and the size of what it is filled from, never the numbers.",
    ),
    Event(
        "mmap.__new__",
        GROUP,
        (
            Arg("fileno", Kind.INT, decode=descriptor("fileno")),
            Arg("length", Kind.INT),
            Arg("access", Kind.INT, decode=flags(arg_key("access"), _ACCESS)),
            Arg("offset", Kind.INT),
        ),
        "map[ {length}] bytes of[ descriptor {fileno}] memory[ for {access}]",
        meaning="Memory is mapped from a file, or shared with children (no descriptor); length 0 is the whole file.",
    ),
)

FAMILY = Family(EVENTS)
