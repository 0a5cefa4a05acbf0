"""Drives _steps.c through all it does, for a sanitizer, or with --growth: arguments, fields, lines, ended spans.

python -m tools.stress_steps [--rounds 30] [--growth]
"""

from __future__ import annotations

import random
import threading
from collections import deque
from contextlib import suppress
from functools import cache
from types import MappingProxyType, SimpleNamespace
from typing import Any

from otel_audit import _steps, chain, sdk
from otel_audit.events import CATALOGUE, describe, templates
from otel_audit.events.arguments import Compiled, Never, compiled
from otel_audit.events.describe import sayer
from otel_audit.model import MISSING, Described, Event, Items, Kind, Opaque, Record, Size
from tools import stressing

ROWS = tuple(CATALOGUE.values())
TEXTS = ("", "a", "main", "\x7f", "a\nb", "\xe9", "\u2026", "\U00010000", "\ud800", "x" * 300, "y" * 600)
NUMBERS = (0, 1, 255, 2**63, 2**64 - 1, 2**64, 2**128 - 1, 2**128, -1)
HEAD = {"event": "python.audit.e", "level": "info"}
places: dict[Any, tuple[int, int, int]] = {}
shared: dict[str, Any] = {}
"""Attributes that another thread changes while a line is said of them."""


VALUES: tuple[Any, ...] = (
    None, True, 7, 2**63, 1.5, *TEXTS, Size(3, "str"), Opaque("socket"), Items(("a", "b"), 2), Items((None, 7), 9),
    MISSING,
)  # fmt: skip
"""What a core captures, of every kind."""


class Refused(Exception):
    """Raised in the middle of it."""


def redacted(text: str) -> str:
    """What redaction stands for here: it may raise."""
    if random.random() < 0.05:
        raise Refused
    return f"<{text}>"


def unchanged(text: str) -> str:
    """Redaction that finds nothing."""
    return text


def record() -> Record:
    """Mostly one that a core could have written."""
    trace, span, thread = (
        random.choice(NUMBERS) if random.random() < 0.1 else random.getrandbits(60) for _ in range(3)
    )
    who: Any = {random.choice(TEXTS): random.choice(TEXTS) for _ in range(random.randint(0, 3))}
    if random.random() < 0.5:
        who = MappingProxyType(who)
    return Record(1, 2, trace, span, random.getrandbits(8), thread, random.choice(TEXTS), 0, 1, 0, 0, (), None, who)


def attributes(row: Any) -> dict[str, Any]:
    """Some of those the row's line asks for, of any type."""
    keys = [f"python.audit.arg.{arg.name}" for arg in row.args] + [arg.attribute for arg in row.args if arg.attribute]
    values: tuple[Any, ...] = (*TEXTS, 7, True, 1.5, ["a", "b"], [], ["\xe9"], [1, 2])
    return {key: random.choice(values) for key in keys if random.random() < 0.8}


@cache
def compiled_row(row: Event) -> tuple[Compiled, ...]:
    """How a row's arguments are described."""
    return tuple(compiled(arg) for arg in row.args if arg.kind is not Kind.SKIP)


def fields(make: Any, told: Record, more: dict[str, Any]) -> Any:
    """What comes out, in order."""
    try:
        return list(make(told, HEAD, more, unchanged).items())
    except (OverflowError, TypeError) as error:
        return type(error)


def chaos() -> None:
    """Both make the same fields, and the same line."""
    for _ in range(200):
        row = random.choice(ROWS)
        told, more = record(), attributes(row)
        assert fields(_steps.fields, told, more) == fields(chain.fields_in_python, told, more), (told, more)
        with suppress(Refused, OverflowError, TypeError):
            _steps.fields(told, HEAD, more, redacted)
        puts, values = compiled_row(row), tuple(random.choice(VALUES) for _ in range(random.randint(0, 6)))
        assert _steps.arguments(puts, values, Never) == describe.arguments_in_python(puts, values, Never), (row, values)
        assert _steps.described(told, more) == Described(told, more)
        say = sayer(row)
        # Of what is no dict the line is made in Python.
        assert say(row.name, more) == say(row.name, MappingProxyType(more)), (row.name, more)
        _steps.say(templates._segments(row), shared)
        give()


class Span:
    """As the SDK's: a context, and a bounded list of events. Some have what no span has."""

    def __init__(self) -> None:
        ids = random.choice(NUMBERS), random.choice(NUMBERS)
        self._context: Any = (*ids, False, random.choice((0, 1, 3, "1")))[: random.choice((2, 4, 4, 4))]
        self._events = SimpleNamespace(_dq=deque[object](maxlen=random.choice((None, 0, 3, 128))))
        if random.random() < 0.1:
            del self._events._dq


def give() -> None:
    """A span takes all or nothing; threads share where events were."""
    span, events = Span(), [object()] * random.randint(0, 5)
    given = sdk.give_events(span, events, tuple(range(random.randint(0, 3))), places)
    assert list(getattr(span._events, "_dq", ())) == (events if given else [])
    with suppress(KeyError):
        places.popitem()


def change(stop: threading.Event) -> None:
    """Keep the shared attributes moving."""
    while not stop.is_set():
        shared.update(attributes(random.choice(ROWS)))
        if random.random() < 0.3:
            shared.clear()


def growth() -> None:
    """Fields and lines of many records."""
    random.seed(1)
    rows = [random.choice(ROWS) for _ in range(300)]
    given = [(record(), attributes(row), templates._segments(row)) for row in rows]

    def run(times: int) -> None:
        for at in range(times):
            told, more, segments = given[at % 300]
            fields(_steps.fields, told, more)
            _steps.say(segments, more)
            _steps.arguments(compiled_row(rows[at % 300]), VALUES, Never)
            _steps.described(told, more)
            give()

    stressing.growth(run, [*TEXTS[-2:], HEAD])


if __name__ == "__main__":
    stressing.main(__doc__, _steps, lambda seed: stressing.crowd(seed, chaos, change), growth)
