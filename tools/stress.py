"""Drives the C core through everything it does: run it under a sanitizer, or with --growth to see that nothing grows.

python tools/stress.py [--rounds 30] [--growth]
"""

from __future__ import annotations

import _asyncio
import _socket
import argparse
import asyncio
import gc
import os
import random
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from otel_audit import wire
from otel_audit.application import Code
from otel_audit.capture import _core as core
from otel_audit.contract import FlatEvent
from otel_audit.model import Kind

AUTO = bytes([Kind.AUTO]) * 8
LOOKS = (
    (True, 0.0, 1.0), (True, 0.5, 0.5), (True, 0.5, 1.0), (False, 0.0, 0.0), (False, 0.3, 0.3), (True, 0.0, 0.0),
)  # fmt: skip
"""Whether an event is blocking, and the chances that its location is looked for."""
EVENTS: tuple[FlatEvent, ...] = (
    ("other", True, AUTO, 2, 100.0, *LOOKS[0]),
    ("message", True, AUTO, 2, 1e6, *LOOKS[1]),
    ("stress.all", True, bytes(range(len(Kind))), 0, 0.0, *LOOKS[2]),
    ("stress.ratio", True, AUTO, 1, 0.5, *LOOKS[3]),
    ("stress.rate", True, AUTO, 2, 1000.0, *LOOKS[4]),
    ("stress.first", True, AUTO, 3, 0.0, *LOOKS[5]),
    ("stress.in-trace", True, AUTO, 4, 0.0, *LOOKS[0]),
    ("stress.off", False, b"", 0, 0.0, *LOOKS[1]),
    ("stress.argv", True, bytes([Kind.ARGV]), 0, 0.0, *LOOKS[2]),
    ("stress.address", True, bytes([Kind.ADDRESS]), 0, 0.0, *LOOKS[3]),
    ("stress.path", True, bytes([Kind.PATH]), 0, 0.0, *LOOKS[4]),
    ("stress.word", True, bytes([Kind.WORD]) * 4, 0, 0.0, *LOOKS[5]),
)
CODE = (
    ("/lib/loop/run.py", int(Code.RUNNER)),
    ("/lib/loop/", int(Code.LOOP)),
    ("/lib/", int(Code.LIBRARY)),
    ("/site\u20ac/", int(Code.INSTALLED)),
    ("/app/", int(Code.APPLICATION)),
)
FILES = (
    "/lib/loop/run.py", "/lib/loop/base.py", "/lib/x.py", "/site\u20ac/y.py", "/app/\xe9.py", "/" + "deep/" * 400,
    "<x>", "/app/\U0001f600\udcff.py", "", "/lib",
)  # fmt: skip
SPACES = " \t\x1c\x85\xa0\u1680\u2000\u2029\u205f\u3000"
UNKNOWN = (True, (("x*", 0, 0.0),), (("no.*", 0, 0.0),), (("t?st.*", 1, 0.5),), 2, 1e9, AUTO, (("t*", 0, 0.5),), 0.3)
context: ContextVar[dict[str, Any]] = ContextVar("context", default={})  # noqa: B039 - never changed


class Span:
    """What the core sees of a span."""

    _otel_audit: object


class Foreign:
    """A span that the core was not told of."""

    def __init__(self) -> None:
        self._context = (random.getrandbits(128), random.getrandbits(64), True, 1)


def value(depth: int = 0) -> Any:
    """Anything an argument may be."""
    makers: list[Any] = [
        lambda: None,
        lambda: random.random() < 0.5,
        lambda: random.randint(-(2**70), 2**70),
        lambda: random.random() * 1e300,
        lambda: "x" * random.choice((0, 1, 7, 8, 255, 1023, 1024, 1025, 5000)),
        lambda: "".join(random.choices("A\xe9\u20ac\U0001f600\ud800\0\udcff", k=random.randint(0, 900))),
        lambda: random.choice(
            ("PASS x", "a1 LOGIN b", b"QUIT\r\n", "x" * 32 + "QUIT", "\u20ac quit")
        ),
        lambda: os.urandom(random.choice((0, 3, 300, 3000))),
        lambda: Path("/a") / "b" / str(random.random()),
        lambda: bytearray(b"abc"),
        lambda: {1: 2},
        lambda: {3, 4},
        lambda: object(),
        lambda: value.__code__,
        lambda: int,
    ]  # fmt: skip
    if depth < 2:
        makers.append(lambda: [value(depth + 1) for _ in range(random.randint(0, 90))])
        makers.append(lambda: tuple(value(depth + 1) for _ in range(random.randint(0, 6))))
    return random.choice(makers)()


def name() -> str:
    """A known, a new, an added or a dynamic name, or a message."""
    if random.random() < 0.8:
        return random.choice(EVENTS)[0]
    if random.random() < 0.5:
        return message()
    return random.choice(("no.thing", "test.a", f"dynamic.{random.random()}", "näme.ü", "bounded.name", "added.name"))


def message() -> str:
    """Long, or with white space; some end within the first bytes of a character that could be one."""
    length = random.choice((0, 1, 120, 127, 128, 129, 1022, 1023, 1024, 1025, 5000))
    letters, end = ("x", "é", "€", "\U0001f600"), (*SPACES, "\xc1", "\u2010", "\u1681", "")
    return f"{random.choice(letters) * length}{random.choice(end)}"


def who() -> bytes:
    """What a span knows of its request: nothing, something, too much."""
    return b"http.route\0/" + b"w" * random.choice((0, 20, 499, 500, 501, 5000)) if random.random() < 0.7 else b""


def add() -> None:
    """A name gets a row while others raise it."""
    named = random.choice(("added.name", "bounded.name", "stress.ratio", "a b", "x" * 300, f"added.{random.random()}"))
    core.add(named, random.random() < 0.9, AUTO, *random.choice(((0, 0.0), (1, 0.5), (2, 1e6), (3, 0.0), (4, 0.0))))


def in_span(events: int) -> None:
    """Events inside a live, an ended, a foreign span, or suppressed."""
    span: Any = Span()
    owner = span._otel_audit = core.span_open(
        span, random.getrandbits(128), random.getrandbits(64), random.getrandbits(8), who()
    )
    held: dict[str, Any] = {"span": random.choice((span, span, span, Foreign(), object()))}
    if random.random() < 0.1:
        held["suppress"] = random.choice((True, False, None, 1))
    token = context.set(held)
    try:
        for _ in range(events):
            arguments = [value() for _ in range(random.randint(0, 13))]
            for _ in range(random.choice((1, 1, 3))):
                sys.audit(name(), *arguments)
        if random.random() < 0.8:
            for event in (core.span_close(owner) or ((), ()))[0]:
                wire.decode(event.record)
            sys.audit("stress.all", "late")
    finally:
        context.reset(token)


STEP = """
def step(rest, do):
    return rest[0](rest[1:], do) if rest else do()
def generator(rest, do):
    yield rest[0](rest[1:], do) if rest else do()
def resumed(rest, do):
    return next(generator(rest, do))
class {name}:
    done = step(rest, do) if do else None
"""


def frames() -> list[Callable[..., None]]:
    """Functions of some files: plain ones, generators, new each time so that their code's memory is used again."""
    made = []
    for _ in range(random.choice((1, 2, 5, 70))):
        namespace: dict[str, Any] = {"rest": [], "do": None}
        exec(compile(STEP.format(name="K" * random.randint(1, 300)), random.choice(FILES), "exec"), namespace)
        made.append(namespace[random.choice(("step", "resumed"))])
    return made


async def blocking_work() -> None:
    """Events below any frames, and about a socket that waits or does not; an error on its way is not lost."""
    for _ in range(5):
        first, *rest = frames()
        first(rest, lambda: in_span(2))
    with socket.socket(type=random.choice((socket.SOCK_STREAM, socket.SOCK_DGRAM))) as one:
        one.settimeout(random.choice((None, 0.0, 1.0)))
        sys.audit("stress.all", one, "path", b"body")
        try:
            raise KeyError("it must survive")
        except KeyError:
            sys.audit("stress.all", one)


def on_loop() -> None:
    """Events on a thread whose loop is running, in a task of any name."""
    loop = asyncio.new_event_loop()
    name = random.choice((None, "", "task", "n" * 300, "\u20ac" * 90, "\ud800"))
    loop.run_until_complete(loop.create_task(blocking_work(), name=name))
    loop.close()


def drain() -> int:
    """Decode everything in the ring."""
    records = 0
    while data := core.drain(1 << 16):
        for at in wire.split(data):
            wire.decode(data, at)
            records += 1
    return records


def spans() -> None:
    for _ in range(8):
        in_span(15)
        on_loop()


def end(error: threading.ExceptHookArgs) -> None:
    """A thread's error ends nothing but the thread, unless somebody sees to it."""
    traceback.print_exception(error.exc_value)
    os._exit(1)


def chaos(seed: int) -> None:
    """One round: threads, spans, drains, a fork, a new plan."""
    random.seed(seed)
    ring = random.choice((0, 1, 1, 1, 1, 1, 1, 2))
    core.configure(EVENTS, UNKNOWN, (ring, random.random() < 0.9, 65536, random.choice((0, 3, 64)), CODE))
    core.bind_context(context, "span", "suppress")
    assert core.bind_event_loop(*random.choice(((_asyncio, _socket), (_asyncio, _socket), (_asyncio, None))))
    assert core.arm()
    threads = [threading.Thread(target=spans, name=f"worker-{n}") for n in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        drain()
        core.turn()
        add()
        core.wait(1)
    for thread in threads:
        thread.join()
    drain()
    child = os.fork()
    if child == 0:
        core.after_fork_child()
        in_span(5)
        on_loop()
        drain()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    for _, counts in core.counters():
        assert counts[0] == sum(counts[1:]), counts


def steady(events: int) -> None:
    """The same few things over and over, on a loop whose tasks come and go."""
    asyncio.run(same(events))


async def same(events: int) -> None:
    for number in range(events // 40):
        span: Any = Span()
        owner = span._otel_audit = core.span_open(span, number + 1, number + 1, 1, b"http.route\0/%d" % number)
        token = context.set({"span": span})
        for index in range(40):
            sys.audit("stress.all", index, f"path-{number % 100}", b"body", 1, 2.0, True, "/x", ("h", 1), ["a", "b"])
            if index % 8 == 0:
                sys.audit(f"user {number} logged in, {index}")
        context.reset(token)
        core.span_close(owner)
        core.drain(1 << 20)
        core.turn()
        await asyncio.create_task(blocking(number))


async def blocking(number: int) -> None:
    sys.audit("stress.path", f"/srv/{number % 7}")
    sys.audit("stress.argv", ["a", "b"])


def resident_kib() -> int:
    """Resident memory now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") // 1024


def growth(events: int) -> None:
    """Fail when a million events leave anything behind."""
    core.configure(tuple((*row[:5], True, 0.0, 1.0) for row in EVENTS), UNKNOWN, (1, True, 65536, 64, CODE))
    core.bind_context(context, "span", "suppress")
    assert core.bind_event_loop(_asyncio, _socket)
    assert core.arm()
    steady(100_000)
    gc.collect()
    blocks, resident = sys.getallocatedblocks(), resident_kib()
    steady(events)
    gc.collect()
    grown_blocks, grown_kib = sys.getallocatedblocks() - blocks, resident_kib() - resident
    stats = core.stats()
    print(f"{events} events: {grown_blocks} blocks, {grown_kib} KiB more; span bytes {stats['span_bytes']}")
    assert grown_blocks < 200, "objects are left behind"
    assert grown_kib < 512, "memory is left behind"
    assert stats["span_bytes"] == 0


def main() -> None:
    threading.excepthook = end
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--growth", action="store_true")
    arguments = parser.parse_args()
    if arguments.growth:
        growth(1_000_000)
        return
    for seed in range(arguments.rounds):
        chaos(seed)
    seen = sum(counts[0] for _, counts in core.counters())
    print(f"{core.__file__}: {arguments.rounds} rounds, {seen} events in the last")


if __name__ == "__main__":
    main()
