"""A line is a record or it is not, and nothing in it can hurt."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_audit.top.record import MAX_LINE, read
from tests.top.streams import NOON, TRACE, line, notice

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
KEYS = st.sampled_from(
    [
        "timestamp",
        "level",
        "event",
        "message",
        "trace_id",
        "python.audit.event",
        "python.audit.group",
        "python.audit.count",
        "python.audit.sampler",
        "python.audit.bridge.limited",
        "python.audit.arg.open_flags",
        "process.command_args",
        "process.executable.path",
        "network.peer.address",
        "network.peer.port",
        "server.address",
        "file.path",
        "http.route",
    ]
)
HOSTILE_VALUES = JSON | st.sampled_from(
    ["[bold red]x[/]", "\x1b[2J", "\ud800", "‮evil", "python.audit.bridge.rate_limit"]
)
HOSTILE = st.dictionaries(KEYS, HOSTILE_VALUES).map(lambda fields: json.dumps(fields).encode()) | st.binary(
    max_size=200
)


def test_a_record_has_what_the_line_says() -> None:
    found = read(line("open", trace_id=TRACE, level="warn", python__audit__count=3, python__audit__sampler="0.1"))
    assert found is not None
    record, fields = found
    assert record[:8] == (NOON * 1_000_000_000, "warn", "open", "custom", "open happened", TRACE, 3, "0.1")
    assert record.fields == fields
    assert not record.notice


def test_time_is_read_to_the_nanosecond() -> None:
    found = read(b'{"python.audit.event":"e","timestamp":"2025-11-21T12:00:00.123456789Z"}')
    assert found is not None
    assert found[0].time_ns == NOON * 1_000_000_000 + 123_456_789


@pytest.mark.parametrize(
    "timestamp", ["", "yesterday at noon, or so", "2025-11-21T12:00:00+02:00", "9999-99-99T99:99:99Z", 7, None]
)
def test_a_time_that_cannot_be_read_is_none(timestamp: Any) -> None:
    found = read(json.dumps({"python.audit.event": "e", "timestamp": timestamp}).encode())
    assert found is not None
    assert found[0].time_ns == 0


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"02:06:31.593 [info     ] open SQLite database",
        b"[]",
        b"null",
        b'{"event":"python.audit.open"}',
        b'{"python.audit.event":7}',
        b'{"python.audit.event":""}',
        b"[" * 50_000,
        b'{"python.audit.event":"e","n":' + b"9" * 5_000,
        b'{"python.audit.event":"' + b"x" * MAX_LINE + b'"}',
    ],
)
def test_anything_else_is_no_record(text: bytes) -> None:
    assert read(text) is None


@pytest.mark.parametrize("count", [0, -3, True, 2.5, "7", 2**60, None])
def test_a_count_that_is_none_is_one(count: Any) -> None:
    found = read(line(python__audit__count=count))
    assert found is not None
    assert found[0].events == 1


def test_the_bridges_own_word_is_a_notice() -> None:
    found = read(notice("open", "started", 7))
    assert found is not None
    assert found[0].notice


@given(HOSTILE)
def test_whatever_a_line_holds_texts_can_be_shown(text: bytes) -> None:
    found = read(text)
    if found is not None:
        record = found[0]
        for shown in (record.level, record.name, record.group, record.message, record.trace_id, record.sampler):
            assert shown.isprintable()
            assert len(shown) <= 512
            shown.encode()
