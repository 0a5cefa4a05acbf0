"""Words that must be found, anywhere or under a key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_audit.top.filters import Filter, exactly
from otel_audit.top.record import Record, read
from tests.top.streams import SHOP, TRACE


def record(line: bytes) -> Record:
    found = read(line)
    assert found is not None
    return found[0]


RECORDS = [record(line) for line in SHOP]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", [0, 1, 2, 3, 4]),
        ("GIT", [4]),
        ("srv", [1, 2]),
        ("srv -cart", [2]),
        ("srv cart", [1]),
        ("level:warn", [4]),
        ("event:open", [1, 2, 4]),
        ("event=ope", []),
        ("group:net", [3]),
        ("file.path:1.txt", [2]),
        ("python.audit.arg.open_flags=write", [2]),
        ("-file.path:1.txt", [0, 1, 3, 4]),
        ("peer=10.0.0.7:5432", [3]),
        ("process=/usr/bin/git", [4]),
        ("file=/srv/shop/1.txt", [2]),
        (f"trace:{TRACE[:8]}", [0, 1, 3]),
        ('"run git"', [4]),
        ('message:"connect to', [3]),
        ("no.such.key:x", []),
        ("-", [0, 1, 2, 3, 4]),
        ("::", []),
    ],
)
def test_a_filter_shows(text: str, names: list[int]) -> None:
    assert [at for at, each in enumerate(RECORDS) if Filter(text).matches(each)] == names


def test_an_empty_filter_is_none() -> None:
    assert not Filter("  ")
    assert Filter("x")


@pytest.mark.parametrize("value", ["/srv/shop/1.txt", "two words", "[::1]:80", "a:b=c", "-rf"])
def test_exactly_finds_that_value_and_no_longer_one(value: str) -> None:
    condition = Filter(exactly("file.path", value))
    shown = [
        condition.matches(record(b'{"python.audit.event":"e","file.path":"%s"}' % text.encode()))
        for text in (value, value + "x")
    ]
    assert shown == [True, False]


@given(st.text())
def test_any_text_is_a_filter(text: str) -> None:
    assert all(isinstance(Filter(text).matches(each), bool) for each in RECORDS)
    assert isinstance(Filter(exactly("event", text)).matches(RECORDS[0]), bool)
