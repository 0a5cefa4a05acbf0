"""The first look at all attributes is never surer than the closer ones behind it."""

from __future__ import annotations

import ast
import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from otel_audit.model import AttributeValue
from otel_audit.redaction import Redactor, suspicion
from otel_audit.redaction.arguments import mask_arguments
from otel_audit.redaction.glance import calm, calm_in_python
from otel_audit.redaction.token_shapes import LEAD_PARTS
from tests.conftest import ROOT
from tests.redaction.said import FRAGMENTS, default
from tests.redaction.test_glance import WORDS
from tests.redaction.test_suspicion import ANY_SHAPE, SHAPED

KEY = "file.path"
LOOKS = [calm, calm_in_python]
BEGINNINGS = sorted(
    {re.sub(r"^\\(.)", r"\1", part.removeprefix(r"\\\\"))[0] for part in (*LEAD_PARTS, *suspicion._PUNCTUATION)}
)
"""What the patterns begin with: each opens with one literal."""
TEXTS = st.one_of(FRAGMENTS, SHAPED, ANY_SHAPE, WORDS, st.text(), st.text("dapi1/.cioy2_-AvGS9~xX", max_size=48))
FOUND = st.from_regex(
    re.compile("|".join((*LEAD_PARTS, *suspicion._PUNCTUATION))),
    alphabet=st.characters(codec="utf-8", exclude_categories=["Cs"]),
)


def looked(look: Any, value: AttributeValue) -> bool:
    return bool(look({KEY: value}, {KEY}))


@pytest.mark.parametrize("look", LOOKS)
@given(st.one_of(TEXTS, FOUND))
@example("/srv/xoxb-abcdefghij")
@example("a" * 40 + "dapi")
@example("1//0" + "a" * 30)
def test_a_calm_text_is_not_suspicious(look: Any, text: str) -> None:
    assert not looked(look, text) or not suspicion.suspicious(text)


@pytest.mark.parametrize("look", LOOKS)
@given(st.lists(st.one_of(WORDS, TEXTS), max_size=5))
@example(["MYSQLADMIN.EXE", "password", "Zq7"])
@example(["tool", "/dbpassword", "Zq7"])
@example(["tool", "--client-secret", "Zq7"])
@example(["/usr/bin/mysql8.0", "-pZq7"])
@example(["config", "set", "password", "Zq7"])
def test_a_calm_list_holds_nothing(look: Any, items: list[str]) -> None:
    assert not looked(look, items) or mask_arguments(items, default.text, default.mark) == items


@given(st.one_of(TEXTS, st.lists(st.one_of(WORDS, TEXTS), max_size=4)))
def test_the_look_in_use_is_never_surer_than_that_in_python(value: str | list[str]) -> None:
    assert looked(calm_in_python, value) or not looked(calm, value)


@pytest.mark.parametrize("letter", BEGINNINGS)
def test_each_beginning_of_a_shape_is_in_the_table_in_c(letter: str) -> None:
    source = (ROOT / "src/otel_audit/redaction/_calm.c").read_text()
    known = {str(ast.literal_eval(quoted)) for quoted in re.findall(r"\[('(?:\\.|[^'])+')\] = \w+,", source)}
    assert letter in known | {"…"}, "what takes more than one byte is never certain"


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(
    "value",
    [
        "/usr/lib/python3.11/site-packages/requests/__init__.py",
        "MainThread",
        "10.0.0.1",
        "AF_INET6",
        "",
        5,
        2.5,
        True,
        [],
        ["read", "write"],
        ["READONLY", "HIDDEN"],
        ["/bin/ls", "/srv/a"],
        ["git", "fetch", "--depth", "1", "origin", "refs/heads/topic-7"],
    ],
)
def test_most_values_take_one_look(look: Any, value: AttributeValue) -> None:
    assert looked(look, value)


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("value", [["a", 1], [1, 2], ("a",), None, b"x", "x…", "a" * 32 + "\u2026", ["…"], ["-" * 200]])
def test_other_types_and_cut_texts_are_looked_at_closer(look: Any, value: Any) -> None:
    assert not looked(look, value)


@pytest.mark.parametrize("look", LOOKS)
def test_a_key_that_nobody_knows_is_looked_at_closer(look: Any) -> None:
    assert not look({"api.token": "Zq7"}, {KEY})
    assert not look({"api.token": ["Zq7"]}, {KEY})
    assert look({"api.number": 7}, set())


def test_keys_that_announce_secrets_never_count_as_known() -> None:
    redactor = Redactor()
    for _ in range(2):
        found = redactor({"db.password": "Zq7", "auth.tokens": ["Zq7"], KEY: "/srv/a"}, custom=False)
        assert found == {"db.password": "[redacted:password]", "auth.tokens": ["[redacted:secret]"], KEY: "/srv/a"}


@pytest.mark.parametrize("level", ["strict", "off"])
def test_at_other_levels_nothing_counts_as_known(level: Any) -> None:
    redactor = Redactor(level)
    for _ in range(2):
        found = redactor({KEY: "/srv/a", "process.command_args": ["/srv/a"]}, custom=False)
        hashed = [str(found[KEY])[:8], str(found["process.command_args"])[:10]]
        assert (hashed == ["[hashed:", "['[hashed:"]) is (level == "strict")


def test_custom_events_are_looked_at_closer() -> None:
    redactor = Redactor()
    for custom in (False, True, False):
        found = redactor({"python.audit.arg.a": "call 0791234567"}, custom=custom)
        assert (found != {"python.audit.arg.a": "call 0791234567"}) is custom
