"""Drives the C encoder through everything it does: for a sanitizer, or with --growth to see that nothing grows.

python -m tools.stress_encoder [--rounds 30] [--growth]
"""

from __future__ import annotations

import random
import threading
from typing import Any

from otel_audit.model import Record
from otel_audit.otlp import _encode, _pyencode
from otel_audit.processors import RESERVED
from tools import stressing

KEYS = (*sorted(RESERVED), "", "a", "file.path", "python.audit.arg.\xe9", "k" * 300, "\ud800", 3, None)
LENGTHS = (0, 1, 2, 100, 127, 128, 2000, 2040, 2048, 2049, 16_383, 16_384, 70_000)
INTS = (0, 1, 127, 128, -1, 2**31, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**200)
NUMBERS = (0, 1, -1, 2**32 - 1, 2**32, 2**64 - 1, 2**64, 2**128 - 1, 2**128, 2**300, 1.5, None, True)
LETTERS = "A\x7f\x80\xe9\u07ff\u0800\ud7ff\ue000\uffff\U00010000\U0010ffff"
ANYWHERE = Record(2, 1, 2, 3, 1, 1, "", 0, 1, 0, 0, ())
changing: list[Any] = []
"""What other threads append to and clear while it is encoded."""


def text() -> str:
    """Of every width and size; sometimes no Unicode."""
    letters = random.choice((LETTERS[:2], LETTERS[:4], LETTERS[:9], LETTERS, LETTERS + "\ud800"))
    return "".join(random.choices(letters, k=random.randint(0, 40))) + letters[0] * random.choice(LENGTHS)


def scalar() -> Any:
    """One value of an attribute."""
    makers: tuple[Any, ...] = (text, lambda: random.choice(INTS), random.random, lambda: random.random() < 0.5)
    return random.choice(makers)()


def value() -> Any:
    """Anything a processor may put in."""
    way = random.random()
    if way < 0.6:
        return scalar()
    if way < 0.75:
        return random.choice((list, tuple))([scalar()] * random.choice((0, 1, 3, 200)))
    if way < 0.85:
        return [scalar() for _ in range(random.randint(0, 4))]
    if way < 0.9:
        return changing
    return random.choice((None, b"x", object(), {}, {"a": 1}, [[]], [changing], (None,), range(3), 1j))


def fields() -> dict[Any, Any]:
    """Some a head and a few more, some none of it."""
    level = random.choice(("debug", "info", "warn", "error"))
    made: dict[Any, Any] = {"event": "python.audit.open", "level": level, "message": text()}
    for _ in range(random.choice((0, 1, 5, 20, 124, 129))):
        key = random.choice(KEYS) if random.random() < 0.2 else f"key.{random.randint(0, 400)}"
        made[key] = value()
    return made


def record() -> Record:
    """Mostly of a place that can be."""
    place: list[Any] = [random.choice(NUMBERS) if random.random() < 0.05 else random.getrandbits(30) for _ in range(4)]
    return ANYWHERE._replace(time_ns=place[0], trace_id=place[1], span_id=place[2], trace_flags=place[3])


def head_of(given: dict[Any, Any]) -> dict[Any, Any]:
    """The first of its fields; one of them is another record's."""
    head = dict(list(given.items())[: random.randint(0, 8)])
    if head and random.random() < 0.3:
        head[random.choice(list(head))] = value()
    return head


def chaos(rounds: int) -> None:
    """Encode; what nobody else changes meanwhile, both encoders write alike."""
    for _ in range(rounds):
        given, observed = fields(), random.choice(NUMBERS[:8])
        head, told = head_of(given), record()
        template, twin = _encode.template(head), _pyencode.template(head)
        written = _encode.record(template, told, given, observed)
        if changing not in given.values() and [changing] not in given.values() and _usual(told):
            assert written == _pyencode.record(twin, told, given, observed), given
        chaos_of_events(given)


def chaos_of_events(given: dict[Any, Any]) -> None:
    """The same, as a span event."""
    last = tuple(random.choice((text(), random.choice(list(given)))) for _ in range(random.randint(0, 6)))
    name, time_ns = text(), random.getrandbits(random.choice((30, 64)))
    written = _encode.span_event(name, time_ns, given, last)
    if changing not in given.values() and [changing] not in given.values():
        assert written == _pyencode.span_event(name, time_ns, given, last), (given, last)


def _usual(told: Record) -> bool:
    """Whether its numbers are numbers, as a core's always are."""
    return {type(each) for each in told[1:5]} == {int}


def change(stop: threading.Event) -> None:
    """Keep a list moving, its items coming and going."""
    while not stop.is_set():
        changing.extend(text() for _ in range(random.randint(0, 5)))
        if random.random() < 0.5:
            changing.clear()


def growth() -> None:
    """Records, templates, span events and refusals, many times."""
    random.seed(1)
    given = [fields() for _ in range(200)]

    def run(times: int) -> None:
        for number in range(times):
            each = given[number % 200]
            _encode.record(_encode.template(each), ANYWHERE, each, 5)
            _encode.span_event("python.audit.open", 5, each, tuple(list(each)[:4]))

    watched = [each for one in given for each in one.values() if type(each) in (str, list, tuple) and len(each) > 1]
    stressing.growth(run, watched)


if __name__ == "__main__":
    stressing.main(__doc__, _encode, lambda seed: stressing.crowd(seed, lambda: chaos(100), change), growth)
