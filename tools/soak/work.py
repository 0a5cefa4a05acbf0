"""What the program does all day: each kind of work is one turn, repeated by a thread of its own."""

from __future__ import annotations

import asyncio
import gc
import os
import random
import sqlite3
import sys
import tempfile
import threading
from collections.abc import Callable
from typing import Any

from opentelemetry import trace

from tools.soak.offered import Offered

Turn = Callable[[random.Random], None]
MAX_SPAN_EVENTS = 64
"""The bridge's own default."""
BURST = 30_000
"""Distinct events at once: more than the soak's ring holds."""

SAMPLING = "soak.ratio=0.02,soak.rate=200/s,soak.first=first,soak.trace=in-trace,soak.*=all,os.*=all,sqlite3.*=all"
INCLUDE = "soak.*,os.mkdir,os.rmdir,os.fork,sqlite3.connect"
VETOED = "soak.vetoed"


def veto(event: str, _: object) -> None:
    """Another audit hook, that refuses some operations."""
    if event == VETOED:
        raise PermissionError("not here")


class Steady:
    """The bulk of it: ratios, limits, equal events, distinct ones."""

    every_s = 0.02

    def __init__(self, offered: Offered, rate: float) -> None:
        self._per_turn = max(20, int(rate * self.every_s))
        self._ratio, self._rate = offered.event("soak.ratio"), offered.event("soak.rate")
        self._all, self._first = offered.event("soak.all"), offered.draw("soak.first")
        self._equal = offered.draw("soak.equal")

    def __call__(self, chance: random.Random) -> None:
        ratio, rate, equal = self._ratio, self._rate, self._equal
        for at in range(self._per_turn * 6 // 10):
            ratio("x" * (at % 50))
        for _ in range(self._per_turn * 2 // 10):
            rate()
        for at in range(self._per_turn * 15 // 100):
            equal()
            sys.audit("soak.equal", at % 4)
        for _ in range(self._per_turn * 2 // 100):
            self._all("/srv/app/data", chance.random())
        for _ in range(self._per_turn * 3 // 100):
            sys.audit("soak.first", self._first() % 100)


class Burst:
    """More at once than there is room for."""

    every_s = 15.0

    def __init__(self, offered: Offered) -> None:
        self._fire = offered.event("soak.burst")

    def __call__(self, chance: random.Random) -> None:
        for _ in range(BURST):
            self._fire()


class Threads:
    """Threads that live for a moment."""

    every_s = 0.1

    def __init__(self, offered: Offered) -> None:
        self._fire = offered.event("soak.thread")

    def __call__(self, chance: random.Random) -> None:
        threads = [threading.Thread(target=self._live, args=(chance.randint(1, 30),)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _live(self, events: int) -> None:
        for _ in range(events):
            self._fire()


class Spans:
    """Spans that are short, nested, too full, never ended, ended before their work; and some that stay open."""

    every_s = 0.05
    LONG = 5

    def __init__(self, offered: Offered) -> None:
        self._tracer = trace.get_tracer("soak")
        self._fire, self._late, self._trace = map(offered.event, ("soak.span", "soak.late", "soak.trace"))
        self._lost, self._long_event = offered.event("soak.abandoned"), offered.event("soak.long")
        self._long: list[tuple[trace.Span, list[int]]] = []

    def __call__(self, chance: random.Random) -> None:
        for _ in range(8):
            with self._tracer.start_as_current_span("request"):
                self._fire()
                with self._tracer.start_as_current_span("query"):
                    self._fire()
                    self._trace()
        self._trace()
        if chance.random() < 0.1:
            with self._tracer.start_as_current_span("too full"):
                for _ in range(MAX_SPAN_EVENTS + 20):
                    self._fire()
        if chance.random() < 0.2:
            span = self._tracer.start_span("ended early")
            with trace.use_span(span):
                self._fire()
                span.end()
                self._late()
        if chance.random() < 0.2:
            with trace.use_span(self._tracer.start_span("never ended")):
                self._lost()
        self._live_long(chance)

    def _live_long(self, chance: random.Random) -> None:
        if len(self._long) < self.LONG:
            self._long.append((self._tracer.start_span("long"), [0]))
        span, events = chance.choice(self._long)
        with trace.use_span(span):
            self._long_event()
        events[0] += 1
        if chance.random() < 0.005:
            span.end()
            self._long.remove((span, events))

    def open_events(self) -> int:
        """Events in the buffers of spans that are open, at a quiet moment."""
        return sum(min(MAX_SPAN_EVENTS, events[0]) for _, events in self._long)

    def end(self) -> None:
        """No span stays open."""
        for span, _ in self._long:
            span.end()
        self._long.clear()


class Garbage:
    """Cycles whose finalizers raise events, wherever the collector happens to run; large and small allocations."""

    every_s = 0.05

    class Cycle:
        """Refers to itself."""

        def __init__(self, fire: Callable[..., None], home: set[int]) -> None:
            self.fire, self.home, self.me = fire, home, self

        def __del__(self) -> None:
            if threading.get_ident() in self.home:
                self.fire()

    def __init__(self, offered: Offered) -> None:
        self._fire, self._home = offered.event("soak.finalizer"), offered.home

    def __call__(self, chance: random.Random) -> None:
        for _ in range(30):
            self.Cycle(self._fire, self._home)
        bytearray(chance.randint(1, 1 << 20))
        [{"key": str(at)} for at in range(chance.randint(0, 2000))]
        if chance.random() < 0.05:
            gc.collect()


class Errors:
    """Operations that another hook refuses, exceptions on their way, a deep stack."""

    every_s = 0.05

    def __init__(self, offered: Offered) -> None:
        self._vetoed, self._unwinding = offered.event(VETOED), offered.event("soak.unwinding")
        self._deep = offered.event("soak.deep")

    def __call__(self, chance: random.Random) -> None:
        for _ in range(5):
            try:
                self._vetoed()
            except PermissionError:
                self._unwinding()
        try:
            self._fail()
        except KeyError:
            self._unwinding()
        self._dive(chance.randint(1, 200))

    def _fail(self) -> None:
        try:
            raise KeyError("mine")
        finally:
            self._unwinding()

    def _dive(self, left: int) -> None:
        if left:
            return self._dive(left - 1)
        return self._deep()


class Tasks:
    """An event loop of its own, with tasks in spans, and now and then work that blocks it."""

    every_s = 0.2

    def __init__(self, offered: Offered) -> None:
        self._fire, self._tracer = offered.event("soak.task"), trace.get_tracer("soak")
        self._connected = offered.draw("sqlite3.connect")

    def __call__(self, chance: random.Random) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        await asyncio.gather(*(self._task() for _ in range(20)))

    async def _task(self) -> None:
        with self._tracer.start_as_current_span("task"):
            await asyncio.sleep(0)
            self._fire()
            self._connected()
            sqlite3.connect(":memory:").close()
            await asyncio.to_thread(self._fire)


class Real:
    """Events that CPython raises itself."""

    every_s = 0.1

    def __init__(self, offered: Offered) -> None:
        self._made, self._removed = offered.draw("os.mkdir"), offered.draw("os.rmdir")
        self._connected, self._folder = offered.draw("sqlite3.connect"), tempfile.gettempdir()

    def __call__(self, chance: random.Random) -> None:
        path = os.path.join(self._folder, f"soak-{os.getpid()}-{chance.getrandbits(64):x}")  # noqa: PTH118 - as servers do
        self._made()
        os.mkdir(path)  # noqa: PTH102
        self._removed()
        os.rmdir(path)  # noqa: PTH106
        self._connected()
        sqlite3.connect(":memory:").close()


def kinds(offered: Offered, rate: float) -> list[Any]:
    """One of each, two of what is most."""
    steady = [Steady(offered, rate / 2) for _ in range(2)]
    others = (Burst, Threads, Spans, Garbage, Errors, Tasks, Real)
    return [*steady, *(kind(offered) for kind in others)]
