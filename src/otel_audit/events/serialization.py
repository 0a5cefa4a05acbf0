"""Objects rebuilt from bytes. The bytes are never read."""

from __future__ import annotations

from otel_audit.events.family import FIRST, Family
from otel_audit.model import Arg, Event, Kind

GROUP = "serialization"

EVENTS = (
    Event(
        "pickle.find_class",
        GROUP,
        (Arg("module", Kind.TEXT), Arg("name", Kind.TEXT)),
        "unpickle {module}.{name}",
        "medium",
        "A pickle asks for a class or function: `os.system` here is an attack, the rest is what you really load.",
    ),
    Event(
        "marshal.dumps",
        GROUP,
        (Arg("value", Kind.SIZE), Arg("version", Kind.INT)),
        "marshal[ a {value.type}][ {value.size} items]",
        "medium",
        "A value is marshalled: mostly bytecode caches being written, so a deployment without compiled files.",
        since="3.9",
    ),
    Event(
        "marshal.loads",
        GROUP,
        (Arg("bytes", Kind.SIZE),),
        "unmarshal[ {bytes.size} bytes]",
        "hot",
        "Marshalled bytes are loaded, once per imported module; from anywhere else it is code without a source.",
        since="3.9",
    ),
    Event(
        "marshal.load",
        GROUP,
        (),
        "unmarshal a file",
        meaning="Marshalled data is loaded from a file object, which imports do not do: code without a source.",
        since="3.9",
    ),
)

FAMILY = Family(EVENTS, {"pickle.find_class": FIRST}, frozenset(("pickle.find_class",)))
