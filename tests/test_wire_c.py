"""The C reader makes of any bytes what wire.py makes of them."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from otel_audit import who, wire
from otel_audit.model import MISSING, CodeRef, Items, Location, Opaque, Record, Size
from tests.sinks.fakes import record

_wire = pytest.importorskip("otel_audit._wire", reason="not compiled")

TEXTS = st.one_of(
    st.text(max_size=8).map(str.encode),
    st.binary(max_size=8),
    st.text(st.characters(), max_size=4).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from([b"/", b"/srv/app", b"a/", b"\xc3", b"\xa9"]),
)


def long_text(tag: int, data: bytes) -> bytes:
    return bytes((tag,)) + struct.pack("=H", len(data)) + data


def short_text(data: bytes) -> bytes:
    return bytes((len(data),)) + data


def items(values: list[bytes], total: int) -> bytes:
    return b"\x0d" + struct.pack("=IB", total, len(values)) + b"".join(values)


def parts(values: list[bytes]) -> bytes:
    return b"\x0f" + bytes((len(values),)) + b"".join(values)


PLAIN = st.one_of(
    st.sampled_from([b"\x00", b"\x01", b"\x02", b"\x03"]),
    st.integers(-(1 << 63), (1 << 63) - 1).map(lambda number: b"\x04" + struct.pack("=q", number)),
    st.integers(0, (1 << 64) - 1).map(lambda number: b"\x05" + struct.pack("=Q", number)),
    st.floats().map(lambda number: b"\x06" + struct.pack("=d", number)),
    st.builds(long_text, st.sampled_from([7, 8, 9, 10]), TEXTS),
    st.builds(lambda number, name: b"\x0b" + struct.pack("=Q", number) + name, st.integers(0, 1 << 63),
              TEXTS.map(short_text)),
    TEXTS.map(short_text).map(b"\x0c".__add__),
)  # fmt: skip
VALUES = st.recursive(
    PLAIN,
    lambda inner: st.one_of(
        st.builds(items, st.lists(inner, max_size=4), st.integers(0, 99)),
        st.lists(inner, max_size=4).map(parts),
        st.lists(inner, min_size=3, max_size=3).map(lambda three: b"\x0e" + b"".join(three)),
    ),
    max_leaves=8,
)
LOCATIONS = st.builds(
    lambda line, function, more, file: struct.pack("=IH", line, len(function) + more) + function + file,
    st.integers(0, 99), TEXTS, st.integers(0, 2), TEXTS,
)  # fmt: skip
SECTIONS = st.lists(
    st.builds(
        lambda kind, data: struct.pack("=HH", kind, len(data)) + data,
        st.integers(0, 5),
        st.one_of(TEXTS, LOCATIONS, st.sampled_from([b"http.route\0/a", b"a\0b\0c"])),
    ),
    max_size=4,
)


@st.composite
def records(draw: st.DrawFn) -> bytes:
    """As a core writes them, and a little otherwise."""
    values, sections, thread = draw(st.lists(VALUES, max_size=4)), draw(SECTIONS), draw(TEXTS)
    content, tail = b"".join(values), b"".join(sections)
    wrong = draw(st.sampled_from([0, 0, 0, 0, 1, -1]))
    size = (wire.HEADER.size + len(thread) + len(content) + len(tail) + 7) & ~7
    head = wire.HEADER.pack(
        size, draw(st.sampled_from([1, 1, 1, 1, 2])), draw(st.integers(0, 255)), draw(st.integers(0, 600)),
        draw(st.integers(1, 1 << 63)), draw(st.integers(0, (1 << 64) - 1)), draw(st.binary(min_size=16, max_size=16)),
        draw(st.binary(min_size=8, max_size=8)), draw(st.integers(0, (1 << 64) - 1)), draw(st.integers(0, 9)),
        draw(st.integers(0, 255)), len(values), draw(st.integers(0, 255)), len(thread), max(0, len(content) + wrong),
        len(sections), 0,
    )  # fmt: skip
    return (head + thread + content + tail).ljust(size, b"\0")


def outcome(read: wire.Reader, data: bytes, at: int = 0) -> str:
    """What is read, to the types of all that is in it, or what was wrong."""
    try:
        found = read(data, at)
    except wire.LayoutError as error:
        return f"{error!r}"
    assert type(found) is Record
    return repr(found)


def same(data: bytes, at: int = 0) -> None:
    assert outcome(_wire.decode, data, at) == outcome(wire.decode_in_python, data, at)


@given(records(), st.integers(0, 40))
def test_a_record_is_read_alike(data: bytes, before: int) -> None:
    same(data)
    same(b"\x01" * before + data, before)


@given(records(), st.data())
def test_a_record_with_a_byte_changed_or_its_end_missing_is_read_alike(data: bytes, more: st.DataObject) -> None:
    at = more.draw(st.integers(0, len(data) - 1))
    same(data[:at] + bytes((more.draw(st.integers(0, 255)),)) + data[at + 1 :])
    same(data[:at])


@given(st.binary(max_size=200), st.integers(-3, 205))
@example(b"", 0)
def test_bytes_of_no_core_are_read_alike(data: bytes, at: int) -> None:
    if at >= 0:  # to Python a negative offset is one from the end; nobody gives one
        same(data, at)


def test_places_of_records_one_after_the_other_are_read_alike() -> None:
    trace, span = (1 << 127) + 7, (1 << 63) + 7
    places = [(trace, span), (trace, span), (trace, span + 1), (trace + 1, span), (0, 0), (trace, 0), (0, span)]
    for trace_id, span_id in places * 2:
        same(record(trace=trace_id, span=span_id))
        same(record(trace=trace_id, span=span_id, thread="x" * 90)[:80])


def offsets(split: Callable[[bytes], Iterable[int]], data: bytes) -> tuple[list[int], str]:
    """Those that come before something is wrong, and what."""
    found: list[int] = []
    try:
        found.extend(split(data))
    except wire.LayoutError as error:
        return found, str(error)
    return found, ""


@given(st.lists(records(), max_size=4), st.integers(0, 100), st.data())
def test_bytes_are_split_alike(made: list[bytes], missing: int, more: st.DataObject) -> None:
    whole = b"".join(made)
    for data in (whole, whole[: max(0, len(whole) - missing)]):
        assert offsets(_wire.split, data) == offsets(wire.split_in_python, data)
    if whole:
        at = more.draw(st.integers(0, len(whole) - 1))
        changed = whole[:at] + bytes((more.draw(st.integers(0, 255)),)) + whole[at + 1 :]
        assert offsets(_wire.split, changed) == offsets(wire.split_in_python, changed)


@pytest.fixture
def alone() -> Iterator[None]:
    """Without wire.py to fall back on."""

    def refuse(data: bytes, at: int = 0) -> Record:
        raise AssertionError("left to Python")

    rest: tuple[object, ...] = (Record, Size, Opaque, Items, CodeRef, Location, MISSING, {}, who.decode)
    _wire.bind(refuse, *rest, refuse)
    yield
    _wire.bind(wire.decode_in_python, *rest, wire.split_in_python)


@pytest.mark.usefixtures("alone")
def test_what_cores_write_is_not_left_to_python() -> None:
    made = record(
        "app.e", "text", 5, None, thread="wörker", who=b"http.route\0/a", on_loop=True, task="t", text="a b",
        location=("/app/a.py", "Shop.order", 7),
    )  # fmt: skip
    assert outcome(_wire.decode, made) == outcome(wire.decode_in_python, made)
    assert list(_wire.split(made * 3)) == [0, len(made), 2 * len(made)]
    for reader in (_wire.decode, _wire.split):
        with pytest.raises(AssertionError, match="left to Python"):
            reader(made[:80])


def test_the_compiled_reader_is_the_one_in_use() -> None:
    assert (wire.decode, wire.split, wire.reader_name) == (_wire.decode, _wire.split, "c")


@pytest.mark.parametrize("arguments", [(), ("text",), (b"", 0, 0), (bytearray(72), 0)])
def test_arguments_of_other_types_are_refused(arguments: tuple[object, ...]) -> None:
    with pytest.raises(TypeError):
        _wire.decode(*arguments)
    with pytest.raises(TypeError):
        _wire.split(*arguments[1:])
