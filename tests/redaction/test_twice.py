"""Redacting twice is redacting once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_audit.redaction import Level, Redactor
from tests.redaction.said import FRAGMENTS, LEVELS, argv


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("custom", [False, True])
def test_twice_is_once(level: Level, custom: bool) -> None:
    redactor = Redactor(level)

    @given(FRAGMENTS, st.sampled_from(["process.command_line", "url.full", "x", "python.audit.args"]))
    def check(text: str, key: str) -> None:
        once = redactor({key: text}, custom=custom)
        assert redactor(once, custom=custom) == once

    check()


@given(st.lists(FRAGMENTS, max_size=5), st.sampled_from(LEVELS))
def test_twice_is_once_for_arguments(items: list[str], level: Level) -> None:
    once = argv(*items, redactor=Redactor(level)) if items else []
    assert not items or argv(*once, redactor=Redactor(level)) == once
