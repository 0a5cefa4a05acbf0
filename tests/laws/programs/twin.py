"""Plays batches of calls on one core: reads pickled batches from stdin, answers each with what the core made of it."""

from __future__ import annotations

import _asyncio
import _socket
import asyncio
import pickle
import sys
from collections.abc import Callable, Coroutine
from functools import cache
from typing import Any

from otel_audit import wire
from otel_audit.model import Record
from tests.capture.programs import driver
from tests.capture.table import ROWS

SAME_STATS = (
    "suppressed", "no_trace", "dropped_first_full", "dropped_no_memory", "dropped_reentrant", "ring_kept",
    "ring_queue_full", "span_kept", "span_over", "span_late", "span_memory_full", "span_abandoned", "names_interned",
    "names_other", "who_over",
)  # fmt: skip


Step = Callable[[tuple[Any, ...], str, tuple[Any, ...]], None]

STEP = """
def step(rest, name, arguments):
    if rest:
        return rest[0](rest[1:], name, arguments)
    audit(name, *arguments)
"""


@cache
def step(file: str) -> Step:
    """A function of a file: calls the next one, the last raises the event."""
    namespace: dict[str, Any] = {"audit": sys.audit}
    exec(compile(STEP, file, "exec"), namespace)
    made: Step = namespace["step"]
    return made


class Loop(asyncio.SelectorEventLoop):
    """One whose hash is the application's code, which a hook must not run."""

    asked = 0

    def __hash__(self) -> int:
        self.asked += 1
        return object.__hash__(self)


class OtherTask(asyncio.Task[None]):
    def get_name(self) -> str:
        raise AssertionError("a hook ran the application's code")


LOOP = Loop()


async def nothing() -> None:
    pass


@cache
def task(name: str) -> asyncio.Task[None]:
    kind: Callable[..., asyncio.Task[None]] = OtherTask if name == "proxy" else asyncio.Task
    work: Coroutine[Any, Any, None] = nothing()
    made = kind(work, loop=LOOP, name=name)
    made._log_destroy_pending = False  # type: ignore[attr-defined]  # it never runs
    work.close()
    return made


class Proxy:
    """A span whose class answers for it: it cannot be read without running its code."""

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


class OtherSpan(driver.Span):
    pass


def plain(record: Record) -> str:
    return repr(record._replace(time_ns=0, thread_id=0))


class Player:
    """One batch: its spans, and what came out so far."""

    def __init__(self, core: Any) -> None:
        self.core = core
        self.spans: dict[int, Any] = {}
        self.context: dict[str, Any] = {}
        self.out: list[Any] = []
        self.added: list[int] = []
        self.steps: tuple[Step, ...] = ()
        self.task: asyncio.Task[None] | None = None

    def audit(self, name: str, arguments: tuple[Any, ...]) -> None:
        real = tuple(ROWS[given.at][1] if isinstance(given, At) else given for given in arguments)
        if self.steps:
            self.steps[0](self.steps[1:], name, real)
        else:
            sys.audit(name, *real)

    def within(self, files: tuple[str, ...]) -> None:
        self.steps = tuple(step(file) for file in files)

    def loop(self, name: str | None) -> None:
        if self.task is not None:
            _asyncio._leave_task(LOOP, self.task)
        self.task = None if name is None else task(name)
        _asyncio._set_running_loop(None if name is None else LOOP)
        if self.task is not None:
            _asyncio._enter_task(LOOP, self.task)

    def add(self, name: str, row: tuple[Any, ...]) -> None:
        self.added.append(self.core.add(name, *row))

    def open(self, at: int, trace: int, span: int, flags: int, who: bytes) -> None:
        kind = OtherSpan if at % 2 else driver.Span
        self.spans[at] = driver.open_span(self.core, trace, span, flags, kind=kind, who=who)

    def use(self, at: int) -> None:
        self.context = {**self.context, driver.SPAN: self.spans[at]} if at in self.spans else {}
        self._enter()

    def foreign(self, context: Any) -> None:
        span: Any = Proxy() if context == "proxy" else driver.Span()
        if context != "proxy":
            span._context = context
        self.context = {driver.SPAN: span}
        self._enter()

    def suppress(self, value: Any) -> None:
        self.context = {**self.context, driver.SUPPRESS: value}
        self._enter()

    def close(self, at: int) -> None:
        if at in self.spans:
            self.out.append(driver.take(self.core, self.spans[at]))

    def forget(self, at: int) -> None:
        span = self.spans.pop(at, None)
        if span is not None and self.context.get(driver.SPAN) is span:
            self.context = {}
            self._enter()

    def drain(self) -> None:
        self.out.append(self.core.drain(1 << 30))

    def turn(self) -> None:
        self.core.turn()

    def _enter(self) -> None:
        driver.CONTEXT.set(self.context)


def shown(out: Any) -> Any:
    """What came out, decoded; decoding while the core listens would raise events of its own."""
    if isinstance(out, bytes):
        return [plain(wire.decode(out, at)) for at in wire.split(out)]
    taken, over = out
    return [(event_id, plain(wire.decode(data))) for event_id, data in taken], over


class At:
    """Stands for an argument of the table, most of which cannot be pickled."""

    def __init__(self, at: int) -> None:
        self.at = at

    def __repr__(self) -> str:
        return f"At({self.at})"


def play(core: Any, batch: dict[str, Any]) -> Any:
    driver.CONTEXT.set({})
    core.configure(batch["events"], batch["unknown"], batch["options"])
    for call, *arguments in batch["calls"]:  # what making them raises is no part of it
        if call == "within":
            list(map(step, arguments[0]))
        elif call == "loop" and arguments[0] is not None:
            task(arguments[0])
    assert core.arm()
    player = Player(core)
    for call, *arguments in batch["calls"]:
        getattr(player, call)(*arguments)
    asked = LOOP.asked
    player.loop(None)
    core.pause()
    driver.CONTEXT.set({})
    player.context = {}
    player.spans.clear()
    player.drain()
    stats = core.stats()
    counters = core.counters()
    return {
        "out": [shown(out) for out in player.out],
        "added": player.added,
        "counters": [(core.event_name(event_id), event_id, counts) for event_id, counts in counters],
        "policies": [core.event_policy(event_id) for event_id, _ in counters],
        "asked": asked,
        "stats": {name: stats[name] for name in SAME_STATS},
    }


def main() -> None:
    core = driver.load(sys.argv[1])
    core.bind_context(driver.CONTEXT, driver.SPAN, driver.SUPPRESS)
    assert core.bind_event_loop(_asyncio, _socket)
    while True:
        try:
            batch = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        pickle.dump(play(core, batch), sys.stdout.buffer)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    # Pickles name this module, not __main__.
    from tests.laws.programs.twin import main as imported

    imported()
