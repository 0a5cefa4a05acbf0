"""Drives the C core through everything it does: run it under a sanitizer, or with --growth to see that nothing grows.

python tools/stress.py [--rounds 30] [--growth]
"""

from __future__ import annotations

import argparse
import gc
import os
import random
import sys
import threading
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from otel_audit import wire
from otel_audit.capture import _core as core
from otel_audit.model import Kind

AUTO = bytes([Kind.AUTO]) * 8
EVENTS = (
    ("other", True, AUTO, 2, 100.0),
    ("message", True, AUTO, 2, 1e6),
    ("stress.all", True, bytes(range(len(Kind))), 0, 0.0),
    ("stress.ratio", True, AUTO, 1, 0.5),
    ("stress.rate", True, AUTO, 2, 1000.0),
    ("stress.first", True, AUTO, 3, 0.0),
    ("stress.in-trace", True, AUTO, 4, 0.0),
    ("stress.off", False, b"", 0, 0.0),
    ("stress.argv", True, bytes([Kind.ARGV]), 0, 0.0),
    ("stress.address", True, bytes([Kind.ADDRESS]), 0, 0.0),
    ("stress.path", True, bytes([Kind.PATH]), 0, 0.0),
    ("stress.word", True, bytes([Kind.WORD]) * 4, 0, 0.0),
)
SPACES = " \t\x1c\x85\xa0\u1680\u2000\u2029\u205f\u3000"
UNKNOWN = (True, (("x*", 0, 0.0),), (("no.*", 0, 0.0),), (("t?st.*", 1, 0.5),), 2, 1e9, AUTO)
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
            for _, _, record in core.span_close(owner)[0]:
                wire.decode(record)
            sys.audit("stress.all", "late")
    finally:
        context.reset(token)


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


def chaos(seed: int) -> None:
    """One round: threads, spans, drains, a fork, a new plan."""
    random.seed(seed)
    core.configure(EVENTS, UNKNOWN, (random.random() < 0.9, random.random() < 0.9, 65536, random.choice((0, 3, 64))))
    core.bind_context(context, "span", "suppress")
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
        drain()
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    for _, counts in core.counters():
        assert counts[0] == sum(counts[1:]), counts


def steady(events: int) -> None:
    """The same few things over and over."""
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


def resident_kib() -> int:
    """Resident memory now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") // 1024


def growth(events: int) -> None:
    """Fail when a million events leave anything behind."""
    core.configure(EVENTS, UNKNOWN, (True, True, 65536, 64))
    core.bind_context(context, "span", "suppress")
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
