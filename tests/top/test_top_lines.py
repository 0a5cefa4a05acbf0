"""Bytes become the same lines however they are cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from otel_audit.top.lines import Lines
from otel_audit.top.output import _shown


@given(st.lists(st.binary(max_size=12)), st.integers(0, 20))
def test_cuts_do_not_matter(chunks: list[bytes], limit: int) -> None:
    whole = b"".join(chunks)
    lines = Lines(limit)
    found = [line for chunk in chunks for line in lines.feed(chunk)] + lines.end()
    expected = whole.split(b"\n")
    expected = expected if expected[-1] else expected[:-1]
    assert [line[: limit + 1] for line in found] == [line[: limit + 1] for line in expected]


def test_a_line_without_an_end_takes_no_more_than_the_limit() -> None:
    lines = Lines(10)
    assert [lines.feed(b"x" * 100) for _ in range(3)] == [[b"x" * 11], [], []]
    assert lines.rest == b""
    assert lines.feed(b"x\nnext\n") == [b"next"]


def test_output_is_shown_without_what_moves_a_cursor() -> None:
    assert _shown(b"\x1b[1;31mred\x1b[0m \x1b]0;title\x07text\x1b[2K") == "red text"
    assert _shown(b" 10%\r 55%\r100%\r") == "100%"
    assert _shown(b"a\tb\x00[/]\xff") == "a   b?[/]\ufffd"


@given(st.binary())
def test_any_output_can_be_shown(data: bytes) -> None:
    assert _shown(data).replace("\ufffd", "?").isprintable()
