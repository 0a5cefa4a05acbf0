"""Bytes as records: what a core wrote, what it might have written, anything else. Nothing but LayoutError may come."""

from __future__ import annotations

import struct
from typing import cast

from fuzz import plans, texts
from fuzz.outcome import LEVELS, Outcome
from fuzz.source import Source
from fuzz.tally import Tally
from otel_audit import wire
from otel_audit.contract import Core
from otel_audit.model import Plan, RuleKind

_RAW, _WRITTEN, _MUTATED = range(3)
_NUMBERS = tuple(struct.pack("=q", each) for each in (0, 1, -1, 2, 80, 1 << 31, -(1 << 63), (1 << 63) - 1))
_FLOATS = tuple(struct.pack("=d", each) for each in (0.0, -1.5, 1e300, float("nan"), float("inf")))
_IDS_BEYOND = 16
"""Event ids past the plan's that a core may have given out."""
_EVENT, _COUNT_TOP, _THREAD_TOP = slice(6, 8), slice(12, 16), slice(55, 56)
"""Of a record's header: an id, and what no process reaches: 2^32 equal events, an address with its first bit set."""


class NamedCore:
    """Answers for ids that a core gave out to names of its own."""

    def event_name(self, event_id: int) -> str:
        """Any name."""
        return texts.TEXTS[event_id % len(texts.TEXTS)]

    def event_policy(self, event_id: int) -> tuple[bool, int, float]:
        """Any rule."""
        return True, event_id % 5, (0.0, 0.25, 10.0, 0.0, 0.0)[event_id % 5]


assert len(RuleKind) == 5


def _text(source: Source) -> bytes:
    data = texts.data(source)[: source.pick((0, 3, 16, 256, 1024))]
    return bytes((7 + source.byte() % 4,)) + struct.pack("=H", len(data)) + data


def _type_name(source: Source) -> bytes:
    name = texts.data(source)[: source.byte() % 65]
    return bytes((len(name),)) + name


def _items(source: Source, depth: int) -> bytes:
    count = source.pick((0, 1, 2, 3, 4, 5, 8, 64))
    total = source.pick((count, count, count, 0, 5_000_000, (1 << 32) - 1))
    items = [_value(source, depth + 1) for _ in range(min(count, 8))]
    return (
        b"\x0d"
        + struct.pack("=IB", total, len(items) * (8 if count == 64 else 1))
        + b"".join(items) * (8 if count == 64 else 1)
    )


def _code(source: Source) -> bytes:
    return b"\x0e" + _text(source) + _text(source) + b"\x04" + source.pick(_NUMBERS)


def _parts(source: Source) -> bytes:
    pieces = [_text(source) if source.byte() % 4 else b"\x00" for _ in range(source.byte() % 6)]
    return bytes((15, len(pieces))) + b"".join(pieces)


def _value(source: Source, depth: int = 0) -> bytes:
    """A value with its tag, whatever the row expects; nested where no core would."""
    tag = source.byte() % 24
    if tag < 4:
        return bytes((tag,))
    if tag < 6:
        return bytes((tag,)) + source.pick(_NUMBERS)
    if tag == 6:
        return b"\x06" + source.pick(_FLOATS)
    if tag == 11:
        return b"\x0b" + struct.pack("=Q", source.number(8) >> 1 >> source.byte() % 63) + _type_name(source)
    if tag == 12:
        return b"\x0c" + _type_name(source)
    if tag in (13, 16, 17) and depth < 3:
        return _items(source, depth)
    if tag == 14:
        return _code(source)
    return _parts(source) if tag == 15 else _text(source)


def _section(source: Source) -> bytes:
    kind = source.pick((1, 1, 2, wire.SECTION_TASK, wire.SECTION_LOCATION, 77, 65535))
    data = texts.data(source)
    if source.one_in(3):
        data = b"\0".join([b"http.route", texts.data(source), b"user.id", data])
    data = data[:512]
    if kind == wire.SECTION_LOCATION:
        data = wire.LOCATION.pack(len(data) << 8, len(data) // 2) + data
    return wire.SECTION.pack(kind, len(data)) + data


def written(source: Source) -> bytes:
    """A record in the layout, of any event with any values."""
    values = [_value(source) for _ in range(source.pick((0, 1, 1, 2, 2, 3, 4, 5, 8, 16)))]
    sections = [_section(source) for _ in range(source.pick((0, 0, 1, 1, 2)))]
    thread = texts.data(source)[:48]
    body, tail = b"".join(values), b"".join(sections)
    size = (wire.HEADER.size + len(thread) + len(body) + len(tail) + 7) & ~7
    header = wire.HEADER.pack(
        size, wire.VERSION, source.byte() % 8, source.number(2), source.pick((1, 1, 1, 2, 1000, (1 << 32) - 1)),
        source.number(8), source.take(16), source.take(8), source.number(8), source.pick((0, 0, 1, 1 << 31)),
        source.byte(), len(values), source.pick((len(values), len(values), 0, 5, 255)), len(thread), len(body),
        len(sections), 0,
    )  # fmt: skip
    return (header + thread + body + tail).ljust(size, b"\0")


def _mutated(source: Source, data: bytes) -> bytes:
    """A few bytes changed, or the end cut off."""
    changed = bytearray(data)
    for _ in range(1 + source.byte() % 4):
        changed[source.number(2) % len(changed)] = source.byte()
    return bytes(changed[: source.number(2)]) if source.one_in(8) else bytes(changed)


class Reader:
    """Reads inputs as records.

    Args:
        tally: what is counted.
    """

    def __init__(self, tally: Tally) -> None:
        plan = Plan((*plans.special(), *plans.catalogue()))
        core = cast(Core, NamedCore())
        self._ids = len(plan.events) + _IDS_BEYOND
        self._outcomes = [
            Outcome(plan, core, level, tally, key=b"k" * 16 * (at % 2)) for at, level in enumerate(LEVELS[-4:])
        ]
        self._tally = tally

    def read(self, data: bytes) -> None:
        """Read one input: its first byte says how.

        Raises:
            AssertionError: something other than a refusal came of it.
        """
        source = Source(data)
        way = source.byte()
        outcome = self._outcomes[way >> 4 & 3]
        if way % 3 == _RAW:
            self._all(data[1:], outcome)
        while way % 3 != _RAW and not source.done:
            record = written(source)
            self._one(record if way % 3 == _WRITTEN else _mutated(source, record), outcome, way % 3 == _WRITTEN)
        self._tally.add("inputs")

    def _all(self, data: bytes, outcome: Outcome) -> None:
        """What `Core.drain` could have returned."""
        try:
            offsets = list(wire.split(data))
        except wire.LayoutError:
            offsets = [0]
        for at in offsets:
            self._one(data[at:], outcome, False)

    def _one(self, record: bytes, outcome: Outcome, valid: bool) -> None:
        record = self._known(record)
        try:
            wire.decode(record)
        except wire.LayoutError:
            self._tally.add("refused")
            assert not valid, f"a record in the layout was refused: {record.hex()}"
            return
        outcome.take((record,))

    def _known(self, record: bytes) -> bytes:
        """The same of an event that there is: ids are few in a core, and a chain keeps what it knows of each."""
        if len(record) < wire.HEADER.size:
            return record
        known = bytearray(record)
        known[_EVENT] = (int.from_bytes(record[_EVENT], "little") % self._ids).to_bytes(2, "little")
        known[_COUNT_TOP] = bytes(4)
        known[_THREAD_TOP] = b"\0"
        return bytes(known)
