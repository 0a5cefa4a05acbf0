"""Where an event happened: spans, contexts, threads, interpreters."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import random
import sys
import threading
from typing import Any

from tests.capture.programs.driver import (
    CONTEXT,
    SPAN,
    SUPPRESS,
    Span,
    case,
    close_span,
    counts,
    open_span,
    records,
    row,
    start,
    suppressing,
    unknown,
    within,
)


def identities(core: Any) -> list[list[int]]:
    return [[record.trace_id, record.span_id, record.trace_flags] for record in records(core)]


def current(name: str) -> Any:
    core = start(name, row("app.e"))
    outer, inner = open_span(core, 1 << 127, (1 << 64) - 1, 1), open_span(core, 7, 8, 0)
    sys.audit("app.e")
    with within(outer):
        sys.audit("app.e")
        with within(inner):
            sys.audit("app.e")
        sys.audit("app.e", "back")
    sys.audit("app.e", "back")
    return identities(core) == [
        [0, 0, 0],
        [1 << 127, (1 << 64) - 1, 1],
        [7, 8, 0],
        [1 << 127, (1 << 64) - 1, 1],
        [0] * 3,
    ]


def remote(name: str) -> Any:
    """A span that the core was never told of: its ids, and no buffer."""
    core = start(name, row("app.e"))
    with within(Span(11, 12, 1)):
        sys.audit("app.e")
    with within(Span(0, 0, 0)):
        sys.audit("app.e", "invalid span")
    return [identities(core), core.stats()["span_kept"], core.stats()["no_trace"]]


def flags(name: str) -> Any:
    core = start(name, row("app.e"))
    for each in range(256):
        with within(open_span(core, 1, 1, each)):
            sys.audit("app.e")
        with within(Span(2, 2, each)):
            sys.audit("app.e")
    found = records(core)
    return [record.trace_flags for record in found] == [each for each in range(256) for _ in range(2)]


class Answering(Span):
    def __getattr__(self, name: str) -> Any:
        raise AssertionError("asked inside the hook")


class Asked(Span):
    def __getattribute__(self, name: str) -> Any:
        if TELLING:
            raise AssertionError("asked inside the hook")
        return object.__getattribute__(self, name)


class Computed:
    @property
    def _context(self) -> Any:
        raise AssertionError("asked inside the hook")


class Slotted:
    __slots__ = ("_context",)

    def __init__(self) -> None:
        self._context = (1, 2, False, 1)


class Bare:
    pass


TELLING = False


def odd_spans(name: str) -> Any:
    global TELLING
    core = start(name, row("app.e"))
    wrong, huge = Bare(), Span(1 << 128, 1, 1)
    wrong._context = ["not", "a", "tuple", 1]  # type: ignore[attr-defined]
    TELLING = True
    for number, each in enumerate((Answering(), Asked(), Computed(), Slotted(), Bare(), wrong, huge, "text", 5)):
        with within(each):
            sys.audit("app.e", number)
    TELLING = False
    found = records(core)
    return [
        len(found),
        sum(record.trace_id for record in found),
        core.stats()["no_trace"],
        {each.flags for each in found} == {2},
    ]


def no_context(name: str) -> Any:
    core = start(name, row("app.e"))
    span = open_span(core, 1, 2)
    with within(span):
        core.bind_context(None, "", "")
        sys.audit("app.e", "unbound")
        core.bind_context(CONTEXT, SPAN, SUPPRESS)
        sys.audit("app.e", "bound")
    contextvars.Context().run(sys.audit, "app.e", "empty context")
    token = CONTEXT.set("no mapping")  # type: ignore[arg-type]
    sys.audit("app.e", "no mapping")
    CONTEXT.reset(token)
    return [[record.values[0], record.trace_id] for record in records(core)]


def suppression(name: str) -> Any:
    core = start(name, row("app.e"))
    for each in (True, 1, 1 << 70, "yes", object()):
        with suppressing(each):
            sys.audit("app.e", str(each))
    for each in (False, 0, None):
        with suppressing(each):
            sys.audit("app.e", str(each))
    equal = "".join(["the-", "suppression"])  # an equal key, not the same object
    token = CONTEXT.set({equal: True, "other": 1})
    sys.audit("app.e", "equal key")
    CONTEXT.reset(token)
    return [[each.values[0] for each in records(core)], core.stats()["suppressed"], counts(core)["app.e"].seen]


def tasks(name: str) -> Any:
    core = start(name, row("app.e"))

    async def inner(at: int) -> None:
        with within(open_span(core, at, at)):
            await asyncio.sleep(0)
            sys.audit("app.e", at)
            await asyncio.to_thread(sys.audit, "app.e", at + 0.5)

    async def main() -> None:
        await asyncio.gather(*(inner(at) for at in range(1, 21)))
        with within(open_span(core, 99, 99)):
            await asyncio.create_task(asyncio.sleep(0))
            await asyncio.get_running_loop().run_in_executor(None, sys.audit, "app.e", 99)

    asyncio.run(main())
    found = [(record.values[0], record.trace_id) for record in records(core)]
    executor = [trace for value, trace in found if value == 99]
    return [all(int(float(str(value))) == trace for value, trace in found if value != 99), len(found), executor]


def plain_threads(name: str) -> Any:
    core = start(name, row("app.e"))

    def work() -> None:
        sys.audit("app.e")

    with within(open_span(core, 1, 2)):
        carried = contextvars.copy_context()
        for target in (work, lambda: carried.run(work)):
            thread = threading.Thread(target=target, name="wörker-" + "ü" * 60)
            thread.start()
            thread.join()
    return [[record.trace_id, record.thread_name] for record in records(core)]


def renamed(name: str) -> Any:
    core = start(name, row("app.e"))
    found = []
    for each in ("first", "second"):
        threading.current_thread().name = each
        sys.audit("app.e")
        core.turn()
        found.append(records(core)[0].thread_name)
    return found


def reused_identity(name: str) -> Any:
    """Threads one after the other mostly have the same identity: nothing of one may pass to the next."""
    core = start(name, row("app.e"))
    idents = []

    def own() -> None:
        core.own_thread(True)
        sys.audit("app.e", "own")
        idents.append(threading.get_ident())

    def other() -> None:
        sys.audit("app.e", "same")
        idents.append(threading.get_ident())

    for target in (own, other, other, other):
        thread = threading.Thread(target=target, name=f"t{len(idents)}")
        thread.start()
        thread.join()
    found = [[record.thread_name, record.count] for record in records(core)]
    return [len(set(idents)) < 4, found, core.stats()["suppressed"], counts(core)["app.e"].seen]


def short_spans(name: str) -> Any:
    """20,000 spans at addresses that are used again and again."""
    core = start(name, row("app.e"))
    wrong, addresses = 0, set()
    for number in range(1, 20_001):
        span = open_span(core, number, number)
        addresses.add(id(span))
        with within(span):
            sys.audit("app.e")
        taken, _ = close_span(core, span) if number % 2 else ([], 0)
        (record,) = records(core)
        wrong += record.trace_id != number or any(each.trace_id != number for each in taken)
        del span
    gc.collect()
    stats = core.stats()
    return [wrong, len(addresses) < 20_000, stats["span_abandoned"], stats["span_bytes"]]


def many_spans(name: str) -> Any:
    """10,000 live spans, removed in random order while others come."""
    core = start(name, row("app.e"), ring_size=1 << 22)
    chance = random.Random(7)
    live = {number: open_span(core, number, number) for number in range(1, 10_001)}
    wrong = 0
    for number in chance.sample(sorted(live), 10_000):
        if chance.random() < 0.3:
            live[number + 20_000] = open_span(core, number + 20_000, number)
        with within(live[number]):
            sys.audit("app.e")
        (record,) = records(core)
        wrong += record.trace_id != number
        del live[number]
    for number, span in live.items():
        with within(span):
            sys.audit("app.e")
        wrong += records(core)[0].trace_id != number
    left = len(live)
    live.clear()
    del span
    return [wrong, left > 2_000, core.stats()["span_bytes"], core.stats()["span_abandoned"] == 10_000 + left]


def capped(name: str) -> Any:
    core = start(name, row("app.e"), max_span_events=3)
    span = open_span(core)
    with within(span):
        for number in range(5):
            sys.audit("app.e", number)
        taken, over = close_span(core, span)
        sys.audit("app.e", "late")
    again = close_span(core, span)
    late = [[record.values[0], record.flags, record.span_id] for record in records(core)][-1]
    stats = core.stats()
    return [[each.values[0] for each in taken], over, again, late, stats["span_over"], stats["span_late"]]


def who_did_it(name: str) -> Any:
    """In both destinations, late too; not outside; a foreign span has none."""
    core = start(name, row("app.e"), others=unknown())
    span = open_span(core, 1, 2, who=b"http.route\0/a/{id}\0user.id\0j\xc3\xa4ne")
    with within(span):
        sys.audit("app.e", 1)
        sys.audit("a message " + "y" * 2000, 1)
        taken, _ = close_span(core, span)
        sys.audit("app.e", "late")
    with within(Span(3, 4)):
        sys.audit("app.e", "foreign")
    sys.audit("app.e", "outside")
    found = records(core)
    return [[[len(each.name or ""), dict(each.who)] for each in taken], [dict(each.who) for each in found]]


def who_bounds(name: str) -> Any:
    core = start(name, row("app.e"))
    found = []
    for length in (0, 2, 512, 513, 100_000):
        with within(open_span(core, 1, 2, who=(b"k\0" + b"w" * length)[:length])):
            sys.audit("app.e", length)
        found += [[len(value) for value in each.who.values()] for each in records(core)]
    return [found, core.stats()["who_over"]]


def who_merging(name: str) -> Any:
    """It is the span's, and spans are compared: equal ones merge, those of two spans do not."""
    core = start(name, row("app.e"))
    known = b"user.id\0jane"
    one, two = open_span(core, 1, 2, who=known), open_span(core, 1, 3, who=known)
    for span in (one, two, one):
        with within(span):
            sys.audit("app.e")
    return [each.count for each in records(core)]


def who_kept(name: str) -> Any:
    """The bytes live as long as a span that has them."""
    core = start(name, row("app.e"))
    known = b"user.id\0" + b"x" * 100
    before = sys.getrefcount(known)
    spans = [open_span(core, 1, number, who=known) for number in range(1, 101)]
    for span in spans:
        with within(span):
            sys.audit("app.e")
    found = {each.who["user.id"] for each in records(core)}
    del span
    spans.clear()
    gc.collect()
    return [found == {"x" * 100}, sys.getrefcount(known) - before]


def no_span_events(name: str) -> Any:
    core = start(name, row("app.e"), spans=False)
    span = open_span(core, 3, 4)
    with within(span):
        sys.audit("app.e")
    return [identities(core), close_span(core, span), core.stats()["span_kept"]]


def memory_cap(name: str) -> Any:
    """All span buffers together stay under 32 MiB, and what does not fit is counted."""
    core = start(name, row("app.e"), ring=False, max_span_events=1024)
    spans = [open_span(core, number, number) for number in range(1, 61)]
    text = "x" * 1024
    for span in spans:
        with within(span):
            for number in range(600):
                sys.audit("app.e", number, text)
    stats = core.stats()
    taken = sum(len(close_span(core, span)[0]) for span in spans)
    balance = stats["span_kept"] - stats["span_memory_full"] - taken
    return [stats["span_bytes"] <= 32 << 20, stats["span_memory_full"] > 0, balance, core.stats()["span_bytes"]]


def interpreters(name: str) -> Any:
    core = start(name, row("app.e"))
    code = "import sys; sys.audit('app.e', 'inside'); import pathlib; sys.audit('app.e', pathlib.PurePath('/x'))"
    with within(open_span(core, 1, 2)):
        sys.audit("app.e", "inside")
        run_elsewhere(code)
        sys.audit("app.e", "after")
    in_order = sorted(records(core), key=lambda record: record.time_ns)  # other interpreters' come from another ring
    return [[record.values[0], record.interpreter > 0, record.trace_id] for record in in_order]


def run_elsewhere(code: str) -> None:
    try:
        import _interpreters as subs  # type: ignore[import-not-found,unused-ignore]  # from 3.13
    except ImportError:
        import _xxsubinterpreters as subs  # type: ignore[import-not-found,no-redef,unused-ignore]
    each = subs.create()
    subs.run_string(each, code)
    subs.destroy(each)


def interpreters_in_threads(name: str) -> Any:
    core = start(name, row("app.e"), ring_size=1 << 22)
    code = "import sys\nfor at in range(200): sys.audit('app.e', at, 'elsewhere')"
    threads = [threading.Thread(target=run_elsewhere, args=(code,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(2000):
        sys.audit("app.e", number)
    for thread in threads:
        thread.join()
    found = counts(core)["app.e"]
    return [found.seen, found.kept + found.merged, len(records(core)) == found.kept]


if __name__ == "__main__":
    case(globals())
