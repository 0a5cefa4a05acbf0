"""Samplers, merging, names: one function per behaviour; the result is what the test asserts on."""

from __future__ import annotations

import sys
import threading
import time
from typing import Any

from otel_audit.model import Rule, RuleKind
from tests.capture.programs.driver import (
    ALL,
    FIRST,
    IN_TRACE,
    Span,
    case,
    close_span,
    counts,
    open_span,
    records,
    row,
    start,
    unknown,
    within,
)


def rate(value: float) -> Rule:
    return Rule(RuleKind.RATE, value)


def ratio(name: str) -> Any:
    core = start(name, row("app.r", rule=Rule(RuleKind.RATIO, 0.25)), ring=True, ring_size=1 << 23)
    for number in range(20_000):
        sys.audit("app.r", number)
    return counts(core)["app.r"]._asdict()


def burst(name: str) -> Any:
    core = start(name, row("app.r", rule=rate(5)), row("app.slow", rule=rate(0.001)))
    begin = time.monotonic()
    for number in range(50):
        sys.audit("app.r", number)
        sys.audit("app.slow", number)
    return {"fast": time.monotonic() - begin < 0.19, **{k: v._asdict() for k, v in counts(core).items()}}


def refill(name: str) -> Any:
    """100/s: half a second after the burst there are tokens again, and not more than time has brought."""
    core = start(name, row("app.r", rule=rate(100)))
    begin = time.monotonic()
    number = 0
    while time.monotonic() - begin < 0.5:
        sys.audit("app.r", number)
        number += 1
    taken = time.monotonic() - begin
    return {"kept": counts(core)["app.r"].kept, "most": 100 + taken * 100 + 2, "least": 100 + 0.3 * 100}


def first(name: str) -> Any:
    core = start(name, row("app.f", rule=FIRST), ring_size=1 << 20)
    for each in ("a", "b", "a", "a", "b", "c"):
        sys.audit("app.f", each)
        core.turn()
    return [counts(core)["app.f"]._asdict(), [record.values[0] for record in records(core)]]


def first_full(name: str) -> Any:
    core = start(name, row("app.f", rule=FIRST), ring_size=1 << 20)
    for number in range(2500):
        sys.audit("app.f", number)
    sys.audit("app.f", 0)
    stats = core.stats()
    return {**counts(core)["app.f"]._asdict(), "cause": stats["dropped_first_full"]}


def in_trace(name: str) -> Any:
    core = start(name, row("app.t", rule=IN_TRACE))
    sys.audit("app.t", "no span")
    for what, flags in (("sampled", 1), ("unsampled", 0), ("random and sampled", 3), ("random only", 2)):
        with within(open_span(core, 5, 6, flags)):
            sys.audit("app.t", what)
        with within(Span(5, 6, flags)):
            sys.audit("app.t", f"remote {what}")
    return [record.values[0] for record in records(core)]


def merged(name: str) -> Any:
    core = start(name, row("app.m"), row("app.n"))
    for _ in range(5):
        sys.audit("app.m", "same")
        sys.audit("app.n", "same")
    sys.audit("app.m", "other")
    return [[core.event_name(record.event_id), record.values[0], record.count] for record in records(core)]


def windows(name: str) -> Any:
    core = start(name, row("app.m"))
    for _ in range(3):
        sys.audit("app.m", "same")
        sys.audit("app.m", "same")
        core.turn()
    return [record.count for record in records(core)]


def drained(name: str) -> Any:
    core = start(name, row("app.m"))
    found = []
    for _ in range(3):
        sys.audit("app.m", "same")
        sys.audit("app.m", "same")
        found.append([record.count for record in records(core)])
    return found


def places(name: str) -> Any:
    """Equal events in other traces, other spans, other threads."""
    core = start(name, row("app.m"))
    for trace_id, span_id, flags in ((1, 1, 1), (1, 2, 1), (2, 1, 1), (1, 1, 0), (0, 0, 0)):
        for _ in range(2):
            with within(Span(trace_id, span_id, flags)):
                sys.audit("app.m", "same")
    thread = threading.Thread(target=sys.audit, args=("app.m", "same"))
    thread.start()
    thread.join()
    return [[record.trace_id, record.span_id, record.trace_flags, record.count] for record in records(core)]


def many(name: str) -> Any:
    """More distinct records than the window remembers: the oldest is forgotten, nothing is lost."""
    core = start(name, row("app.m"))
    for _ in range(2):
        for number in range(17):
            sys.audit("app.m", number)
    for _ in range(2):
        for number in range(10, 17):
            sys.audit("app.m", number)
    found = records(core)
    return {"records": len(found), "stands for": sum(record.count for record in found)}


def both(name: str) -> Any:
    """A merged event counts once in each destination."""
    core = start(name, row("app.m"))
    span = open_span(core, 1, 2)
    with within(span):
        for _ in range(4):
            sys.audit("app.m", "same")
    taken, over = close_span(core, span)
    return [[record.count for record in taken], over, [record.count for record in records(core)]]


def counted(name: str) -> Any:
    """Without a destination no body is kept, and samplers are not asked."""
    core = start(name, row("app.m"), row("app.r", rule=rate(1)), ring=False)
    for number in range(3):
        sys.audit("app.m", number)
        sys.audit("app.r", number)
    span = open_span(core)
    with within(span):
        sys.audit("app.m", 4)
    taken, _ = close_span(core, span)
    return [counts(core)["app.m"]._asdict(), counts(core)["app.r"].counted, len(taken)]


def globs(name: str) -> Any:
    core = start(
        name,
        row("no.but.named"),
        others=unknown(
            selected=False,
            include=("app.*", "é?", "a?c", "*ü*"),
            exclude=("*.secret", "no.*"),
            sampling=(("app.none.*", Rule(RuleKind.RATIO, 1e-300)), ("app.*", FIRST)),
        ),
    )
    names = (
        "app.", "app.x", "app.secret", "app.none.x", "apq", "é1", "éé", "é", "é12", "abc", "a\U0001f40dc", "aéc", "ac",
        "xüx", "ü", "no.but.named", "no.ü", "app.ü.secret", "a*c",
    )  # fmt: skip
    for each in names:
        sys.audit(each, 1)
        sys.audit(each, 2)
        sys.audit(each, 1)
    return {each: [found.kept, found.sampled_out, found.merged] for each, found in counts(core).items()}


def policies(name: str) -> Any:
    core = start(
        name,
        row("app.known", rule=rate(3)),
        others=unknown(sampling=(("app.*", IN_TRACE),), rule=rate(7)),
    )
    sys.audit("app.new")
    sys.audit("else")
    ids = {core.event_name(event_id): event_id for event_id, _ in core.counters()}
    return [core.event_policy(1), core.event_policy(ids["app.new"]), core.event_policy(ids["else"])]


def many_names(name: str) -> Any:
    core = start(name, others=unknown(exclude=("skip.*",)), ring_size=1 << 20)
    for number in range(600):
        sys.audit(f"app.{number}")
        sys.audit(f"skip.{number}")
    found = counts(core)
    stats = core.stats()
    others = [record.name for record in records(core) if record.event_id == 0]
    total = sum(each.seen for each in found.values())
    return [len(found), total, found["other"].seen, stats["names_interned"], stats["names_other"], others[-1]]


def long_names(name: str) -> Any:
    core = start(name, others=unknown())
    for each in ("x" * 128, "x" * 129, "y" * 10_000, "é" * 64, "é" * 65, f"user {'né' * 40} logged in"):
        sys.audit(each, "argument")
    return [[core.event_name(each.event_id), each.name, list(each.values)] for each in records(core)]


def odd_names(name: str) -> Any:
    core = start(name, others=unknown())
    for each in ("", " ", "näme\n", "other", "\U0001f40d", "otel_audit.armed.not"):
        sys.audit(each, 1)
    return list(counts(core))


def ignored(name: str) -> Any:
    core = start(name, row("app.off", selected=False), row("app.on"))
    for each in ("app.off", "app.on", "app.unknown"):
        sys.audit(each)
    return list(counts(core))


def reconfigured(name: str) -> Any:
    core = start(name, row("app.a"), others=unknown())
    sys.audit("app.a", 1)
    sys.audit("app.b", 1)
    start(name, row("app.b"), ring_size=65536)
    sys.audit("app.a", 2)
    sys.audit("app.b", 2)
    return [list(counts(core)), [record.values[0] for record in records(core)], core.stats()["ring_capacity"]]


def other_rule(name: str) -> Any:
    """The row `other` has its own rule, whatever the name that came too late would have had."""
    core = start(name, others=unknown(sampling=(("*", FIRST),), rule=ALL))
    for _ in range(3):
        sys.audit("y" * 200)
        core.turn()
    return counts(core)["other"]._asdict()


if __name__ == "__main__":
    case(globals())
