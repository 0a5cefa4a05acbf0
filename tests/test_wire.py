"""The record layout, as a reader meets it."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_audit import wire
from otel_audit.model import MISSING, CodeRef, Items, Location, Opaque, Size
from tests.sinks.fakes import SPAN, TIME_NS, TRACE, record


def raw(values: bytes, number: int, *, sections: bytes = b"", count: int = 0, version: int = wire.VERSION) -> bytes:
    size = (wire.HEADER.size + len(values) + len(sections) + 7) & ~7
    head = wire.HEADER.pack(
        size, version, 3, 9, 2, 5, bytes(16), bytes(8), 1, 4, 0xFF, number, 200, 0, len(values), count, 0
    )
    return (head + values + sections).ljust(size, b"\0")


def values(data: bytes, number: int = 1) -> tuple[object, ...]:
    return wire.decode(raw(data, number)).values


def text(data: bytes, tag: int = 7) -> bytes:
    return bytes((tag,)) + struct.pack("=H", len(data)) + data


def section(kind: int, data: bytes) -> bytes:
    return struct.pack("=HH", kind, len(data)) + data


def test_a_header_is_72_bytes() -> None:
    assert wire.HEADER.size == 72


def test_every_field_of_a_header_is_read() -> None:
    found = wire.decode(raw(b"\x01", 1))
    assert (found.event_id, found.count, found.time_ns, found.thread_id, found.interpreter) == (9, 2, 5, 1, 4)
    assert (found.flags, found.trace_flags, found.argc, found.name) == (3, 255, 200, None)


def test_identities_are_big_endian() -> None:
    found = wire.decode(record("app.e", thread="wörker"))
    assert (found.trace_id, found.span_id, found.time_ns) == (TRACE, SPAN, TIME_NS)
    assert found.thread_name == "wörker"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\x00", MISSING),
        (b"\x01", None),
        (b"\x02", False),
        (b"\x03", True),
        (b"\x04" + struct.pack("=q", -7), -7),
        (b"\x05" + struct.pack("=Q", 1 << 63), 1 << 63),
        (b"\x06" + struct.pack("=d", 0.5), 0.5),
        (text("é".encode()), "é"),
        (text(b"cut", 8), "cut…"),
        (text(b"\xff", 9), "\\xff"),
        (text(b"cut", 10), "cut…"),
        (b"\x0b" + struct.pack("=Q", 9) + b"\x03str", Size(9, "str")),
        (b"\x0c\x04list", Opaque("list")),
        (b"\x0d" + struct.pack("=I", 5) + b"\x02" + text(b"a") + b"\x01", Items(("a", None), 5)),
        (b"\x0e" + text(b"f.py") + text(b"f") + b"\x04" + struct.pack("=q", 3), CodeRef("f.py", "f", 3)),
        (b"\x0f\x03" + text(b"/") + text(b"a") + text(b"b c"), "/a/b c"),
        (b"\x0f\x02" + text(b"a") + b"\x00", "a"),
        (b"\x0f\x00", "."),
    ],
)
def test_every_tag_is_read(data: bytes, expected: object) -> None:
    assert values(data) == (expected,)


def test_who_did_it_is_read() -> None:
    sections = section(wire.SECTION_NAME, b"a message") + section(wire.SECTION_WHO, b"user.id\0jane\0http.route\0/a")
    found = wire.decode(raw(b"\x01", 1, sections=sections, count=2))
    assert found.name == "a message"
    assert found.who == {"user.id": "jane", "http.route": "/a"}


def test_loop_task_and_location_are_read() -> None:
    found = wire.decode(record("app.e", on_loop=True, task="täsk", location=("/app/é.py", "Shop.order", 70_000)))
    assert (found.on_event_loop, found.task) == (True, "täsk")
    assert found.location == Location("/app/é.py", "Shop.order", 70_000)
    without = wire.decode(record("app.e"))
    assert (without.on_event_loop, without.task, without.location) == (False, None, None)


@pytest.mark.parametrize("data", [b"", b"\0" * 5, struct.pack("=IH", 1, 2) + b"f"])
def test_a_location_cut_short_is_refused(data: bytes) -> None:
    with pytest.raises(wire.LayoutError):
        wire.decode(raw(b"", 0, sections=section(wire.SECTION_LOCATION, data), count=1))


def test_a_section_cut_short_is_refused() -> None:
    whole = raw(b"", 0, sections=section(wire.SECTION_NAME, b"x" * 50), count=1)
    with pytest.raises(wire.LayoutError, match="cut short"):
        wire.decode(whole[:-20])


def test_sections_of_other_kinds_are_skipped() -> None:
    sections = section(77, b"later") + section(wire.SECTION_NAME, "näme".encode()) + section(99, b"")
    assert wire.decode(raw(b"", 0, sections=sections, count=3)).name == "näme"
    assert wire.decode(raw(b"", 0, sections=section(77, b"x"), count=1)).name is None


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"plain", "plain"),
        ("ünïcode \U0001f40d".encode(), "ünïcode \U0001f40d"),
        ("a\udcffb".encode("utf-8", "surrogatepass"), "a\\xffb"),
        ("a\ud800b".encode("utf-8", "surrogatepass"), "a\\xed\\xa0\\x80b"),
        ("\udcc3\udca9".encode("utf-8", "surrogatepass"), "é"),
        (b"\xc3", "\\xc3"),
    ],
)
def test_text_is_made_valid(data: bytes, expected: str) -> None:
    assert wire.clean(data) == expected


@given(st.binary(max_size=60))
def test_no_bytes_give_text_with_lone_surrogates(data: bytes) -> None:
    wire.clean(data).encode("utf-8")


def test_another_version_is_refused() -> None:
    with pytest.raises(wire.LayoutError, match="version 2"):
        wire.decode(raw(b"", 0, version=2))


def test_values_must_fill_their_length() -> None:
    with pytest.raises(wire.LayoutError, match="fill"):
        wire.decode(raw(b"\x01\x01", 1))


@given(st.binary(min_size=1, max_size=300), st.integers(0, 20))
def test_bytes_of_no_core_are_refused_and_nothing_else_happens(data: bytes, number: int) -> None:
    for broken in (data, raw(data, number)):
        try:
            wire.decode(broken)
        except wire.LayoutError:
            pass


@given(st.integers(0, 200))
def test_a_record_cut_short_is_refused(length: int) -> None:
    whole = record("app.e", "some text", 5)
    if length < len(whole) - 8:
        with pytest.raises(wire.LayoutError):
            wire.decode(whole[:length])


def test_split_gives_the_offsets() -> None:
    one, two = record("app.e", 1), record("open", "/x", None)
    assert list(wire.split(one + two + one)) == [0, len(one), len(one) + len(two)]
    assert list(wire.split(b"")) == []


@pytest.mark.parametrize("data", [bytes(100), b"\x58\0\0", record("app.e") + b"\0", record("app.e")[:-8]])
def test_split_refuses_what_is_not_whole(data: bytes) -> None:
    with pytest.raises(wire.LayoutError):
        list(wire.split(data))


@given(st.binary(max_size=300))
def test_split_ends_or_refuses(data: bytes) -> None:
    try:
        assert all(at < len(data) for at in wire.split(data))
    except wire.LayoutError:
        pass


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x10", "value tag 16"),
        (b"\xff", "value tag 255"),
        (b"\x0b" + struct.pack("=Q", 1 << 63) + b"\x03str", "64 bits"),
        (b"\x0d" + struct.pack("=I", 1) + b"\x01", "do not fill"),  # reads on into the padding
        ((b"\x0d" + struct.pack("=I", 1) + b"\x01") * 5000 + b"\x01", "recursion"),
    ],
)
def test_values_that_no_core_writes_are_refused(data: bytes, message: str) -> None:
    with pytest.raises(wire.LayoutError, match=message):
        values(data)
