"""Captured values of every type, for laws over all rows."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from otel_audit.model import MISSING, CodeRef, Event, Items, Kind, Opaque, Record, Size, Value

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-3, 1 << 33),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["", "\0abstract", "::1", "10.0.0.1", "00:11:22:aa:bb:cc", "can0", "eth0", "<broadcast>", "http"]),
    st.builds(Size, st.integers(0, 1 << 70), st.text(max_size=8)),
    st.builds(Opaque, st.text(max_size=8)),
    st.just(MISSING),
)
VALUES: st.SearchStrategy[Value] = st.one_of(
    SCALARS,
    st.builds(CodeRef, st.text(max_size=8), st.text(max_size=8), st.integers(0, 1 << 70)),
    st.builds(
        lambda items, more: Items(tuple(items), len(items) + more), st.lists(SCALARS, max_size=6), st.integers(0, 9)
    ),
)
EXAMPLES: tuple[Value, ...] = (
    None,
    MISSING,
    True,
    False,
    *range(-1, 40),
    420,
    65535,
    65536,
    0x5413,
    0x80000002,
    0xC0000005,
    1 << 63,
    -(1 << 70),
    10**5000,
    0.5,
    float("nan"),
    "",
    "text",
    "/a/path",
    "\0abstract",
    "8080",
    "http",
    "https://example.org/x",
    Size(3, "bytes"),
    Size(1 << 70, "bytes"),
    Opaque("Thing"),
    CodeRef("f.py", "f", 1),
    Items((), 0),
    Items(("RETR",), 9),
    Items(("127.0.0.1", 80), 2),
    Items(("::1", 80, 7, 2), 4),
    Items(("00:11:22:aa:bb:cc", 1), 2),
    Items(("eth0", 3), 2),
    Items((0, 0), 2),
    Items((2, 1024), 2),
    Items((1.5, 2.5), 2),
    Items((10**18, 10**18), 2),
    Items(("a", 1, None, Opaque("X")), 99),
)


def record(event: Event, values: tuple[Value, ...], argc: int | None = None) -> Record:
    """A record of a row, with all its arguments unless told otherwise."""
    return Record(1, 0, 0, 0, 0, 1, "main", 0, 1, 0, len(event.args) if argc is None else argc, values)


def captured(event: Event) -> int:
    """How many values a record of this row holds."""
    return sum(arg.kind is not Kind.SKIP for arg in event.args)


def type_of(value: Any) -> str:
    """Type of an attribute; fails for what OpenTelemetry has no type for, or no encoding."""
    if isinstance(value, (list, tuple)):
        assert all(type(item) is str for item in value), value
        "".join(value).encode()
        return "list[str]"
    if type(value) is str:
        value.encode()
    if type(value) is int:
        assert -(1 << 63) <= value < 1 << 63
    assert type(value) in (str, int, float, bool), value
    return type(value).__name__
