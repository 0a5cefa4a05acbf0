"""An input's calls, parsed before any is made: making an argument may raise audit events of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from fuzz import plans, texts, values
from fuzz.source import Source
from otel_audit import events
from otel_audit.model import Kind

CALLS_MAX = 4096
"""Calls of one input, so that no input takes long."""
SPANS = 4


class Call(NamedTuple):
    """A method of `player.Player`, and its arguments."""

    do: str
    arguments: tuple[Any, ...] = ()


_ROWS = tuple(events.CATALOGUE.values())
_TRACES = (1, 1 << 64, 0x0AF7651916CD43DD8448EB211C80319C, (1 << 128) - 1)
_FOREIGN: tuple[Any, ...] = (
    (1, 1, True, 1), (1 << 127, (1 << 64) - 1, False, 255), (0, 1, False, 1), (1 << 128, 1, False, 1),
    (-1, 1, False, 1),
    (1, -1, False, 1), (1, 1 << 64, False, 1), (1, 1, False, 256), (1, 1, False, None), ("x", 1, False, 1),
    (1, 2, False),
    (), None, "text", (True, True, True, True), [1, 1, True, 1],
)  # fmt: skip
_SUPPRESS: tuple[Any, ...] = (True, False, None, 0, 1, 1 << 70, "", "yes", 0.0)
_WHO = (b"", b"http.route\0/item/<id>", b"user.id\0ann\0session.id\0\xff\xfe", b"user.id\0" + b"x" * 504,
        b"user.id\0" + b"x" * 505, b"k" * 5000, b"\0" * 512, b"odd", "user.id\0é".encode())  # fmt: skip
_THREADS = ("worker-1", "wörker", "\udcff" * 30, "x" * 48, "é" * 40, "", "a\x00b")
_BAD: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("span_open", (None, -1, 1, 1)), ("span_open", (None, 1, 1 << 64, 1)), ("span_open", (None, "x", 1, 1)),
    ("span_open", (None, 1, 1, 256)), ("span_open", (None, 1, 1, 1, "who")), ("span_open", (None, 1, 1)),
    ("span_close", (None,)), ("drain", ("x",)), ("event_name", (1 << 40,)), ("event_policy", (-1,)),
    ("configure", ((), (), ())), ("configure", ((("other", True, b"", 0, 0.0),), (), (1, True, 65536, 64, ()))),
    ("configure", (None, None, (3, True, 65536, 64, ()))), ("add", ("bad", True, b"\xff", 0, 0.0)),
    ("configure", (None, None, (1, True, 65536, 64, (("/", 5),)))), ("bind_event_loop", (None,)),
    ("add", ("bad", True, b"\x01" * 17, 0, 0.0)), ("add", ("bad", True, b"", 9, 0.0)),
    ("add", ("bad", True, b"", 1, -1.0)),
    ("add", ("otel_audit.armed", True, b"", 0, 0.0)), ("bind_context", (1, "a", "b")),
)  # fmt: skip


def _documented(source: Source) -> Call:
    """An event of the catalogue with its own arguments; now and then fewer or more."""
    row = source.pick(_ROWS)
    arguments = [values.documented(source, arg) for arg in row.args]
    if source.one_in(10):
        del arguments[source.byte() % (len(arguments) + 1) :]
    elif source.one_in(10):
        arguments += [values.anything(source) for _ in range(source.byte() % 13)]
    return Call("audit", (row.name, tuple(arguments)))


def _name(source: Source) -> str:
    way = source.byte()
    if way < 120:
        return source.pick(plans.CUSTOM)
    if way < 170:
        return source.pick(plans.DYNAMIC)
    if way < 200:
        return source.pick(_ROWS).name
    made = f"dynamic.{source.byte()}" if way < 225 else texts.text(source)
    return made.encode("utf-8", "ignore").decode().partition("\0")[0]


def _custom(source: Source) -> Call:
    """An event of any name with any arguments."""
    size = source.pick((0, 1, 1, 2, 3, 5, 8, 9, 12, 17))
    return Call("audit", (_name(source), tuple(values.anything(source) for _ in range(size))))


def _many(source: Source) -> Call:
    """More arguments than a record's header can count."""
    return Call("audit", (_name(source), (values.anything(source),) * 300))


def _wide(source: Source) -> Call:
    """Values that leave from none to 120 bytes of room."""
    filling = ("x" * 1024, b"y" * 1024, "z" * (1015 - source.byte() % 121))
    rest = [values.anything(source) for _ in range(1 + source.byte() % 6)]
    return Call("audit", (plans.WIDE, (*filling, *rest)))


def _raw(source: Source) -> Call:
    """What only C code can raise: a name of any bytes, arguments that are no tuple."""
    name = source.pick(
        (b"\xff\xfe", b"app.a\xff", b"\xc3", b"\xf0\x9f", b"a\xffb c", b"x" * 127 + b"\xc3\xa9", b"\x80" * 200)
    )
    if source.one_in(2):
        name = texts.data(source).partition(b"\0")[0]
    arguments = values.anything(source)
    return Call("raw", (name, arguments if source.one_in(3) else (arguments,)))


def _flood(source: Source) -> Call:
    """Many events or spans at once, until something is full."""
    what = source.pick(("names", "values", "values", "first", "spans"))
    return Call("flood", (what, source.pick((20, 20, 20, 20, 70, 70, 150, 2300 if what == "first" else 600))))


def _again(source: Source) -> Call:
    return Call("again", (1 + source.byte() % 5,))


def _open(source: Source) -> Call:
    """A span; no two have the same identity, as in the SDK."""
    flags = source.pick((0, 1, 3, 255))
    return Call("open", (source.byte() % SPANS, source.pick(_TRACES), source.at + (1 << 56), flags, source.pick(_WHO)))


def _use(source: Source) -> Call:
    return Call("use", (source.byte() % (SPANS + 1),))


def _add(source: Source) -> Call:
    kinds = bytes(source.pick(tuple(Kind)) for _ in range(source.byte() % 8))
    rule = source.pick(plans.EXACT_RULES)
    return Call("add", (_name(source), not source.one_in(4), kinds, int(rule.kind), rule.value))


def _bad(source: Source) -> Call:
    return Call("bad", source.pick(_BAD))


def _thread(source: Source) -> Call:
    """Some events on a thread of their own."""
    inside = tuple(_custom(source) for _ in range(source.byte() % 4))
    return Call("thread", (source.pick(_THREADS), inside))


def _plain(do: str, *choices: Any) -> Callable[[Source], Call]:
    return lambda source: Call(do, (source.pick(choices),) if choices else ())


_OFTEN: tuple[tuple[int, Callable[[Source], Call]], ...] = (
    (103, _documented), (4, _plain("loop", "running", "running", "")), (50, _custom),
    (8, _raw), (4, _wide), (1, _flood), (1, _many), (14, _again),
    (12, _open), (14, _use),
    (4, lambda source: Call("foreign", (source.pick(_FOREIGN),))), (3, _plain("suppress", *_SUPPRESS)),
    (8, lambda source: Call("close_span", (source.byte() % SPANS,))),
    (4, lambda source: Call("forget", (source.byte() % SPANS,))),
    (6, _plain("drain", 1 << 30, 0, 100, 4096, 1 << 16)), (4, _plain("turn")), (2, _add), (2, _plain("pause")),
    (4, _plain("resume")),
    (1, _plain("close")), (1, _thread), (1, _plain("fork")), (1, _plain("own", True, False)), (2, _bad),
    (2, _plain("ask")),
)  # fmt: skip
_WAYS = tuple(make for times, make in _OFTEN for _ in range(times))


def parse(source: Source) -> list[Call]:
    """The calls of an input, until it is used up."""
    calls: list[Call] = []
    while not source.done and len(calls) < CALLS_MAX:
        calls.append(source.pick(_WAYS)(source))
    return calls
