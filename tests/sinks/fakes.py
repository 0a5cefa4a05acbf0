"""A core without a hook, and sinks that remember: what the tests of everything behind the ring stand on."""

from __future__ import annotations

import threading
from collections import deque
from functools import partial
from typing import Any

from otel_audit import wire
from otel_audit.capture._pyspan import READING, SpanEvent
from otel_audit.chain import Chain
from otel_audit.contract import Limits
from otel_audit.destination import Account
from otel_audit.model import Described, Kind, Plan, PlanEvent, Rule, RuleKind

NAMES = ("other", "message", "open", "app.e", "app.limited", "subprocess.Popen")
LIMITED = Rule(RuleKind.RATE, 100.0)
TRACE, SPAN = 0x0AF7651916CD43DD8448EB211C80319C, 0xB7AD6B7169203331
TIME_NS = 1_700_000_000_123_456_789


def plan(**changes: Any) -> Plan:
    severities: dict[str, Any] = {"open": "debug", "subprocess.Popen": "warn"}
    rules = {"app.limited": LIMITED}
    events = tuple(
        PlanEvent(name, "custom", True, (Kind.AUTO,) * 3, rules.get(name, Rule()), severities.get(name, "info"))
        for name in NAMES
    )
    return Plan(events, **changes)


def value(given: object) -> bytes:
    """As a core writes text, whole numbers and None."""
    if given is None:
        return b"\x01"
    if isinstance(given, int):
        return b"\x04" + given.to_bytes(8, "little", signed=True)
    text = str(given).encode()
    return b"\x07" + len(text).to_bytes(2, "little") + text


def record(
    name: str = "app.e",
    *values: object,
    trace: int = TRACE,
    span: int = SPAN,
    flags: int = 1,
    count: int = 1,
    time_ns: int = TIME_NS,
    thread: str = "MainThread",
    text: str | None = None,
    who: bytes = b"",
    on_loop: bool = False,
    task: str | None = None,
    location: tuple[str, str, int] | None = None,
) -> bytes:
    """The bytes of one record."""
    tail = b"".join(map(value, values))
    named = b"" if text is None else wire.SECTION.pack(wire.SECTION_NAME, len(text.encode())) + text.encode()
    known = wire.SECTION.pack(wire.SECTION_WHO, len(who)) + who if who else b""
    sections = bool(named) + bool(known) + (task is not None) + (location is not None)
    if task is not None:
        known += wire.SECTION.pack(wire.SECTION_TASK, len(task.encode())) + task.encode()
    if location is not None:
        file, function, line = location[0].encode(), location[1].encode(), location[2]
        place = wire.LOCATION.pack(line, len(function)) + function + file
        known += wire.SECTION.pack(wire.SECTION_LOCATION, len(place)) + place
    whose, marked = thread.encode(), wire.FLAG_ON_EVENT_LOOP if on_loop else 0
    size = (wire.HEADER.size + len(whose) + len(tail) + len(named) + len(known) + 7) & ~7
    return (
        wire.HEADER.pack(
            size, wire.VERSION, marked, NAMES.index(name), count, time_ns, trace.to_bytes(16, "big"),
            span.to_bytes(8, "big"), 77, 0, flags, len(values), len(values), len(whose), len(tail), sections, 0,
        )
        + whose
        + tail
        + named
        + known
    ).ljust(size, b"\0")  # fmt: skip


class FakeCore:
    """contract.Core, fed by hand; its span events are the twin's."""

    core_name = "fake"
    span_event_type = SpanEvent

    def __init__(self, *records: bytes) -> None:
        self.ring: deque[bytes] = deque(records)
        self.bell = threading.Semaphore(0)
        self.counts: list[tuple[int, tuple[int, ...]]] = []
        self.own: list[bool] = []
        self.windows = self.waits = self.forks = 0
        self.buffers: dict[int, tuple[list[tuple[int, int, bytes]], int]] = {}
        self.opened: list[tuple[int, int, int]] = []
        self.who: list[bytes] = []
        self.added: list[tuple[Any, ...]] = []
        self.extra: dict[str, int] = {}

    def drain(self, limit: int, /) -> bytes:
        taken, size = [], 0
        while self.ring and (not size or size + len(self.ring[0]) <= limit):
            taken.append(self.ring.popleft())
            size += len(taken[-1])
        return b"".join(taken)

    def stats(self) -> dict[str, int]:
        return {"ring_bytes": sum(map(len, list(self.ring))), "ring_capacity": 1 << 20, **self.extra}

    def wait(self, timeout_ms: int, /) -> bool:
        self.waits += 1
        return self.bell.acquire(timeout=timeout_ms / 1000)

    def wake(self) -> None:
        self.bell.release()

    def turn(self) -> None:
        self.windows += 1

    def own_thread(self, own: bool, /) -> None:
        self.own.append(own)

    def counters(self) -> list[tuple[int, tuple[int, ...]]]:
        return self.counts

    def event_name(self, event_id: int, /) -> str:
        return f"app.unknown{event_id}"

    def event_policy(self, event_id: int, /) -> tuple[bool, int, float]:
        return True, int(RuleKind.FIRST), 0.0

    def add(self, *row: Any) -> int:
        self.added.append(row)
        return len(NAMES) + len(self.added) - 1

    def span_open(self, span: object, trace_id: int, span_id: int, flags: int, who: bytes = b"", /) -> object:
        self.opened.append((trace_id, span_id, flags))
        self.who.append(who)
        return span_id

    def span_close(
        self, owner: Any, limits: Limits = (None, None), /
    ) -> tuple[list[SpanEvent], tuple[int, ...]] | None:
        taken, over = self.buffers.pop(owner, ([], 0))
        if not taken:
            return None
        events = [SpanEvent(event_id, time_ns, partial(bytes, data), limits) for event_id, time_ns, data in taken]
        events[-1].over = over
        return events, tuple(dict.fromkeys(event_id for event_id, *_ in taken))

    def bind_span_events(self, reader: Any, /) -> None:
        READING.bind(reader)

    def after_fork_child(self) -> None:
        self.forks += 1

    def configure(self, *_: Any) -> None: ...
    def bind_context(self, *_: Any) -> None: ...
    def bind_event_loop(self, *_: Any) -> bool:
        return True

    def arm(self) -> bool:
        return True

    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def close(self) -> None: ...


def chain(core: FakeCore | None = None, *processors: Any, redact: Any = "default") -> Chain:
    return Chain(plan(), core or FakeCore(), redact, processors)


class FakeSink:
    """model.Sink that remembers, and fails where it is told to."""

    def __init__(self, name: str = "fake", **errors: BaseException) -> None:
        self.name, self.errors = name, errors
        self.account = Account(name)
        self.got: list[Described] = []
        self.flushes = self.refreshes = self.forks = 0
        self.rooms: int = 1 << 16
        self.why: str | None = None
        self.gate = threading.Event()
        self.gate.set()

    def _fail(self, call: str) -> None:
        if call in self.errors:
            raise self.errors[call]

    def refresh(self) -> None:
        self.refreshes += 1
        self._fail("refresh")

    def reason(self) -> str | None:
        return self.why

    def room(self) -> int:
        return self.rooms

    def emit(self, described: Described) -> None:
        self.gate.wait(30)
        self._fail("emit")
        self.got.append(described)
        self.account.add("delivered")

    def flush(self) -> None:
        self.flushes += 1
        self._fail("flush")

    def after_fork_child(self) -> None:
        self.forks += 1
        self.account.clear()
