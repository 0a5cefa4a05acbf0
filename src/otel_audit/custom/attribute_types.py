"""Which type an attribute's key has: one in all events, or no backend can index it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import zip_longest
from typing import NamedTuple

from otel_audit.errors import DefinitionError
from otel_audit.events import CATALOGUE
from otel_audit.events.describe import describer
from otel_audit.model import Arg, CodeRef, Event, Items, Kind, Opaque, Record, Size, Value

_TEXTS: tuple[Value, ...] = ("/x", "x", "https://x/")
_SAMPLES: Mapping[Kind, tuple[Value, ...]] = {
    Kind.SKIP: (),
    Kind.TEXT: _TEXTS,
    Kind.SIZE: (Size(1, "bytes"),),
    Kind.INT: (1, 2, -1),
    Kind.FLOAT: (1.5,),
    Kind.BOOL: (True,),
    Kind.PATH: (*_TEXTS, 3),
    Kind.ADDRESS: (
        *(Items(values, len(values)) for values in (("127.0.0.1", 443), ("db.example", 1), (1, 2), (1.5, 2.5))),
        Items(("fe80::1%eth0", 443, 0, 2), 4),
        Items(("eth0", 2048), 2),
        "/x",
    ),
    Kind.ARGV: (Items(("x", "y"), 2), "x y", Items(("x",), 70)),
    Kind.CODE: (CodeRef("/x.py", "f", 1),),
    Kind.TYPE: (Opaque("int"),),
    Kind.WORD: (Items(("RETR",), 9), Size(1, "bytes")),
    Kind.AUTO: ("x", Size(1, "bytes"), Opaque("object"), 1),
}
"""What the hook may bring of each kind."""


def key_types(event: Event) -> dict[str, str]:
    """Type of each attribute an event can have, by key: `str`, `int`, `float`, `bool`, `str[]`, `int[]`.

    Found by describing sample values, so that it holds for every decoder.
    """
    found: dict[str, str] = {}
    for arg in event.args:
        found.update(_argument_types(arg))
    if event.together is not None:
        found.update(_described(event))
    return found


@lru_cache(maxsize=2048)
def _argument_types(arg: Arg) -> Mapping[str, str]:
    return _described(Event("", "", (arg,)))


def _described(event: Event) -> dict[str, str]:
    captured = [(*_SAMPLES.get(arg.kind, _TEXTS), Opaque("object")) for arg in event.args if arg.kind is not Kind.SKIP]
    describe = describer(event)
    found: dict[str, str] = {}
    for values in zip_longest(*captured, fillvalue=None):
        record = Record(0, 0, 0, 0, 0, 0, "", 0, 1, 0, len(event.args), values)
        found.update((key, _type(value)) for key, value in describe(record).items())
    return found


@lru_cache(maxsize=1)
def catalogue_types() -> Mapping[str, tuple[str, str]]:
    """(type, an event that has it) of every key in the catalogue."""
    found: dict[str, tuple[str, str]] = {}
    for event in CATALOGUE.values():
        for key, kind in key_types(event).items():
            found.setdefault(key, (kind, event.name))
    return found


def _type(value: object) -> str:
    if isinstance(value, (list, tuple)):
        return f"{type(value[0]).__name__ if value else 'str'}[]"
    return type(value).__name__


class Clash(NamedTuple):
    """A key that has another type in another event."""

    key: str
    kind: str
    event: str

    def error(self, event: str, at: int, arg: Arg) -> DefinitionError:
        """What its definition is told."""
        expected = f"capture={self.kind}" if self.kind in ("int", "float", "bool") else "another name"
        expected += f", or an attribute of its own ({self.key} is {self.kind} in {self.event})"
        return DefinitionError(event, f"arguments[{at}]", arg.name, expected)


class KeyTypes:
    """Types of the keys in some events, and in the catalogue."""

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self._found: dict[str, tuple[str, str]] = {}
        for event in events:
            self.add(event)

    def add(self, event: Event) -> None:
        """Enter an event's keys. The first that has a key stays its owner."""
        for key, kind in key_types(event).items():
            self._found.setdefault(key, (kind, event.name))

    def clash(self, arg: Arg) -> Clash | None:
        """Whether an argument would give a key another type."""
        for key, kind in key_types(Event("", "", (arg,))).items():
            known = catalogue_types().get(key) or self._found.get(key)
            if known is not None and known[0] != kind:
                return Clash(key, *known)
        return None

    def check(self, event: Event) -> None:
        """Enter an event's keys if they have the types they have elsewhere.

        Raises:
            DefinitionError: otherwise.
        """
        for at, arg in enumerate(event.args):
            clash = self.clash(arg)
            if clash is not None:
                raise clash.error(event.name, at, arg)
        self.add(event)
