"""The look at a glance never overlooks what a closer one would find."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_audit.redaction.masks import MASKS
from otel_audit.redaction.suspicion import suspicious
from otel_audit.redaction.token_shapes import PREFIXES, SHAPES, WIDE_PREFIXES
from tests.redaction.said import FRAGMENTS, LONG, default
from tests.redaction.test_masked_texts import TEXTS

SHAPED = st.builds(str.__add__, st.sampled_from(PREFIXES + WIDE_PREFIXES), LONG)
ANY_SHAPE = st.from_regex(
    re.compile(SHAPES.pattern, SHAPES.flags), alphabet=st.characters(codec="ascii", exclude_categories=["Cc"])
)


def closely(text: str) -> str:
    """Every mask, whatever the text holds."""
    for _, mask in MASKS:
        text = mask(text, default.mark)
    return text


@given(st.one_of(FRAGMENTS, SHAPED, ANY_SHAPE, st.text()))
def test_what_is_not_suspicious_holds_nothing(text: str) -> None:
    assert suspicious(text) or closely(text) == text


@given(st.one_of(FRAGMENTS, SHAPED, ANY_SHAPE, st.text()))
def test_no_mask_is_left_out_that_would_find_something(text: str) -> None:
    assert default.text(text) == closely(text)


@pytest.mark.parametrize(("template", "secrets"), TEXTS, ids=[template[:40] for template, _ in TEXTS])
def test_no_mask_is_left_out_of_any_form(template: str, secrets: st.SearchStrategy[str]) -> None:
    @given(secrets)
    def check(secret: str) -> None:
        text = template.format(secret)
        assert default.text(text) == closely(text)

    check()


@pytest.mark.parametrize("prefix", PREFIXES + WIDE_PREFIXES)
def test_every_prefix_of_the_table_is_masked(prefix: str) -> None:
    found = default.text(f"/srv/{prefix}Zq7aZq7aZq7aZq7aZq7aZq7aZq7aZq7a,x")
    assert found == "/srv/[redacted:token],x"


@pytest.mark.parametrize(
    "text",
    [
        "/usr/lib/python3.11/site-packages/requests/some_long_module_name/__init__.py",
        "subprocess.Popen",
        "MainThread",
        "ThreadPoolExecutor-0_0",
        "10.0.0.1",
        "fe80.example.com",
        "https://example.com/a/b.html",
        "importlib.metadata",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "550e8400-e29b-41d4-a716-446655440000",
        "AF_INET6",
    ],
)
def test_most_values_take_one_glance(text: str) -> None:
    assert not suspicious(text)
