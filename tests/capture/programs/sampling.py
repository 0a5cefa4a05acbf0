"""Samplers, merging, names: one function per behaviour; the result is what the test asserts on."""

from __future__ import annotations

import sys
import threading
import time
from typing import Any

from otel_audit.model import Kind, Rule, RuleKind
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


def near(name: str) -> Any:
    """Values of a few bits' difference, alone and behind a text of every length: a hash that folds badly loses some."""
    core = start(name, row("app.v", Kind.TEXT, Kind.INT, rule=FIRST), ring_size=1 << 23)
    numbers = [0, *(1 << bit for bit in range(63)), *(-(1 << bit) for bit in range(64))]
    for length in range(9):
        for number in numbers:
            sys.audit("app.v", "x" * length, number)
    return {"raised": 9 * len(numbers), **counts(core)["app.v"]._asdict()}


def apart(name: str) -> Any:
    """Alike values of events whose ids differ as the values do: merging must not take one event for another."""
    rows = [row(f"app.e{number}", Kind.TEXT) for number in range(64)]
    core = start(name, *rows, ring_size=1 << 20)
    for number in range(64):
        for flip in range(16):
            sys.audit(f"app.e{number}", "ab")
            sys.audit(f"app.e{number ^ flip}", b"ab")
            core.turn()
    return sum(each.merged for each in counts(core).values())


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
    return [core.event_policy(2), core.event_policy(ids["app.new"]), core.event_policy(ids["else"])]


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


def messages(name: str) -> Any:
    core = start(name, others=unknown())
    for each in ("x" * 128, "x" * 129, "é" * 64, "é" * 65, "User logged in: name=jane", "näme\n", "\t"):
        sys.audit(each, "argument", b"1234")
    return [[core.event_name(each.event_id), each.name, repr(each.values)] for each in records(core)]


def long_messages(name: str) -> Any:
    core = start(name, others=unknown())
    for each in ("y" * 1024, "y" * 1025, "y" * 1_000_000, "é" * 512, "é" * 513, "y" + "é" * 512):
        sys.audit(each)
    return [each.name for each in records(core)]


def white_space(name: str) -> Any:
    """Every character that is white space to Python makes a message, and no other does."""
    core = start(name, ring=False, others=unknown(include=(), selected=False), message=row("message"))
    found = []
    for code in [*range(1, 0xD800), *range(0xE000, 0x3100), 0x1F40D]:
        before = dict(core.counters()).get(1, (0,))[0]
        sys.audit(f"a{chr(code)}")
        if dict(core.counters()).get(1, (0,))[0] != before:
            found.append(code)
    return found == [code for code in range(0x3100) if chr(code).isspace()]


def message_merges(name: str) -> Any:
    """Equal texts merge; texts that differ after what a record holds do not."""
    core = start(name, others=unknown())
    long = "y" * 2000
    for each in ("a b", "a b", "a c", f"{long}1", f"{long}2", f"{long}1", f"{'x' * 128}1", f"{'x' * 128}2"):
        sys.audit(each, 1)
    sys.audit("a b", 2)
    return [each.count for each in records(core)]


def message_first(name: str) -> Any:
    core = start(name, others=unknown(), message=row("message", rule=FIRST))
    for each in ("a b", "a b", "a c", "y" * 2000 + "1", "y" * 2000 + "2", "y" * 2000 + "1"):
        sys.audit(each)
        core.turn()
    return counts(core)["message"]._asdict()


def message_policy(name: str) -> Any:
    """A message goes by the row `message`: neither globs nor the rule of unknown names meet its text."""
    others = unknown(exclude=("*secret*",), sampling=(("*", IN_TRACE),), rule=IN_TRACE)
    core = start(name, row("a named one"), others=others, message=row("message", Kind.INT))
    for each in ("a secret", "a named one", "secret", "message"):
        sys.audit(each, 1, 2)
    found = {each: seen.kept for each, seen in counts(core).items()}
    core = start(name, others=unknown(), message=row("message", selected=False))
    sys.audit("nobody asked")
    return [found, list(counts(core)), core.stats()["names_interned"]]


def message_memory(name: str) -> Any:
    """However many there are, they take no place in the table."""
    core = start(name, others=unknown(), ring=False)
    for number in range(5000):
        sys.audit(f"user {number} logged in")
    sys.audit("app.new")
    return [{key: found.seen for key, found in counts(core).items()}, core.stats()["names_interned"]]


def odd_names(name: str) -> Any:
    core = start(name, others=unknown())
    for each in ("", "other", "message", "\U0001f40d", "otel_audit.armed.not"):
        sys.audit(each, 1)
    return [[core.event_name(event_id), event_id > 1] for event_id, _ in core.counters()]


def added(name: str) -> Any:
    """A name gets a row of its own while the hook listens: unknown before, ignored before, named before."""
    core = start(name, row("app.known"), others=unknown(exclude=("app.off",)))
    names = ("app.new", "app.off", "app.known", "app.never", "a message")
    for each in names:
        sys.audit(each, "x", "before")
    ids = [core.add(each, True, bytes([Kind.TEXT]), int(FIRST.kind), 0.0) for each in names]
    for each in names:
        sys.audit(each, "x", "after")
        sys.audit(each, "x", "sampled out")
    found = [[core.event_name(each.event_id), list(each.values), each.event_id in ids] for each in records(core)]
    sums = {each: [seen.seen, seen.kept, seen.sampled_out] for each, seen in counts(core).items()}
    return [len(set(ids)), found, sums, [core.event_policy(each) for each in ids] == [(True, 3, 0.0)] * 5]


def added_again(name: str) -> Any:
    """Each time a new id; the row that counts is the last; a row that is not selected ignores."""
    core = start(name, others=unknown())
    ids = []
    for selected in (True, True, False, True):
        ids.append(core.add("app.e", selected, bytes([Kind.INT]), 0, 0.0))
        sys.audit("app.e", len(ids))
    found = [[each.event_id, each.values[0]] for each in records(core)]
    return [ids == sorted(set(ids)), [[ids.index(each), value] for each, value in found]]


def added_over(name: str) -> Any:
    """Rows added and names interned have room of their own, and what has none changes nothing."""
    core = start(name, row("app.a"), others=unknown(), ring=False)
    ids = [core.add(f"add.{number}", True, b"", 0, 0.0) for number in range(1600)]
    again = core.add("app.a", False, b"", 0, 0.0)
    for number in range(1600):
        sys.audit(f"add.{number}")
        sys.audit(f"new.{number}")
    sys.audit("app.a")
    seen = counts(core)
    total = sum(each.seen for each in seen.values())
    one_each = sorted({seen[f"add.{number}"].seen for number, each in enumerate(ids) if each})
    return [sum(each > 0 for each in ids), again, total, one_each, core.stats()["names_interned"], seen["app.a"].seen]


def added_wrongly(name: str) -> Any:
    core = start(name, others=unknown())
    found = []
    for arguments in (
        ("otel_audit.armed", True, b"", 0, 0.0),
        ("app.e", True, b"\xff", 0, 0.0),
        ("app.e", True, b"", 9, 0.0),
    ):
        try:
            core.add(*arguments)
        except ValueError as error:
            found.append(str(error))
    sys.audit("app.e", 1)
    return [found, counts(core)["app.e"].kept, core.arm()]


def added_under_load(name: str) -> Any:
    """Rows come while other threads raise their names: every event is in one of a name's ids, none twice."""
    core = start(name, others=unknown(), ring=False)
    names = [f"load.{number}" for number in range(20)]

    def work() -> None:
        for _ in range(200):
            for each in names:
                sys.audit(each)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for _ in range(10):
        for each in names:
            core.add(each, True, b"", 0, 0.0)
    for thread in threads:
        thread.join()
    return sorted({found.seen for event, found in counts(core).items() if event in names})


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
    for number in range(512):
        sys.audit(f"app.{number}")
    for _ in range(3):
        sys.audit("app.late")
        core.turn()
    return counts(core)["other"]._asdict()


if __name__ == "__main__":
    case(globals())
