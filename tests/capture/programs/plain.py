"""Values that the Python core keeps as they are, beside those that it copies: nobody can tell which it did."""

from __future__ import annotations

import sys
import weakref
from enum import IntEnum
from typing import Any

from tests.capture.programs.driver import (
    CONTEXT,
    SPAN,
    SUPPRESS,
    case,
    close_span,
    counts,
    open_span,
    records,
    row,
    start,
)


class Text(str):
    """Weakly referable, and equal to plain text."""


class Number(IntEnum):
    ONE = 1


class Context(dict[str, Any]):
    """As the SDK has it."""


def equal(name: str) -> Any:
    """What makes the same bytes is the same, whatever class it is of; what does not is not."""
    core = start(name, row("app.e"))
    values: list[Any] = ["a", Text("a"), 1, Number.ONE, None, None, True, 1.0, 0.0, -0.0, b"a"]
    for value in values:
        sys.audit("app.e", "x", value)
    found = [[repr(record.values[1]), record.count] for record in records(core)]
    return [found, counts(core)["app.e"].merged]


def released(name: str) -> Any:
    """Records wait, and what they were made of is free to go."""
    core = start(name, row("app.e"))
    text, long = Text("of the application"), "x" * 10_000 + str(id(core))
    held = sys.getrefcount(long)
    seen = weakref.ref(text)
    sys.audit("app.e", text, long, [text], {text: text})
    del text
    return [seen() is None, sys.getrefcount(long) == held, len(records(core))]


def bounds(name: str) -> Any:
    """At the bound between both ways, and past it."""
    core = start(name, row("app.e"))
    lengths = [*range(150, 220), 1023, 1024, 1025]
    for length in lengths:
        sys.audit("app.e", "x" * length, -(1 << 63), "é" * (length // 2))
        sys.audit("app.e", "y" * length)
    expected: list[Any] = []
    for length in lengths:
        cut = [text[:1024] + "…" if len(text) > 1024 else text for text in ("x" * length, "y" * length)]
        expected += [(cut[0], -(1 << 63), "é" * (length // 2)), (cut[1],)]
    return [record.values for record in records(core)] == expected


def contexts(name: str) -> Any:
    """Contexts of the SDK's kind, one after the other; what is suppressed in one is not in the next."""
    core = start(name, row("app.e"))
    spans = [open_span(core, number, number) for number in (1, 2)]
    for context in ({SPAN: spans[0]}, {SPAN: spans[1]}, {SPAN: spans[0], SUPPRESS: True}, {}, {SPAN: spans[0]}):
        token = CONTEXT.set(Context(context))
        sys.audit("app.e", "same")
        sys.audit("app.e", "same")
        CONTEXT.reset(token)
    ring = [[record.trace_id, record.count] for record in records(core)]
    taken = [[record.count for record in close_span(core, span)[0]] for span in spans]
    return [ring, taken, core.stats()["suppressed"]]


if __name__ == "__main__":
    case(globals())
