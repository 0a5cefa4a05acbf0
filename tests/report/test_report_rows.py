"""The first and the last records are kept, as JSON that every browser reads."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_audit.report import rows
from otel_audit.report.rows import MAX_BYTES, MAX_RECORDS, Rows, line, plain
from tests.report.pages import SPAN, TRACE, described


def test_a_record_is_one_line_without_what_it_says_twice() -> None:
    found = json.loads(line(described(time_ns=1_500, trace=TRACE, span=SPAN, count=3, file_path="/etc/x"), 1_000))
    assert found == [
        500, "open", "filesystem", "info", "open happened", f"{TRACE:032x}", f"{SPAN:016x}", "MainThread 77", 3,
        {"file.path": "/etc/x"},
    ]  # fmt: skip


def test_a_record_without_a_trace_has_none() -> None:
    assert json.loads(line(described(), 0))[5:7] == ["", ""]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (math.inf, "inf"),
        (math.nan, "nan"),
        (2**53, "9007199254740992"),
        (-(2**64), "-18446744073709551616"),
        (2**53 - 1, 2**53 - 1),
        (["a", 2**70, (1.5, None)], ["a", "1180591620717411303424", [1.5, None]]),
        (True, True),
        ({"a": 1}, "{'a': 1}"),
        (b"x", "b'x'"),
    ],
)
def test_values_are_what_a_browser_can_hold(value: Any, expected: Any) -> None:
    assert plain(value) == expected
    json.dumps(plain(value), allow_nan=False)


def test_the_first_and_the_last_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MAX_RECORDS", 10)
    kept = Rows(0)
    for number in range(27):
        kept.add(described(time_ns=number))
    times = [json.loads(row)[0] for row in kept.kept()]
    assert times == [0, 1, 2, 3, 4, 22, 23, 24, 25, 26]
    assert (kept.left_out, kept.gap) == (17, 5)


def test_a_short_run_has_no_gap() -> None:
    kept = Rows(0)
    for number in range(5):
        kept.add(described(time_ns=number))
    assert len(kept.kept()) == 5
    assert kept.left_out == 0


@given(st.lists(st.integers(0, 900), max_size=60))
def test_bytes_are_bounded_and_every_record_is_kept_or_counted(sizes: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "MAX_BYTES", 6_000)
        patch.setattr(rows, "MAX_RECORDS", 20)
        kept = Rows(0)
        for size in sizes:
            kept.add(described(file_path="x" * size))
        assert sum(map(len, kept.kept())) <= 6_000
        assert len(kept.kept()) <= 20
        assert len(kept.kept()) + kept.left_out == len(sizes)


def test_the_bounds_are_those_of_the_documentation() -> None:
    assert (MAX_RECORDS, MAX_BYTES) == (20_000, 16 * 1024 * 1024)
