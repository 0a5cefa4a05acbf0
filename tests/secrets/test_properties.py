"""No generated secret is left in any announced form, whatever stands in it, before it or around it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_audit.redaction import Redactor
from tests.secrets import commands, forms, grammar
from tests.secrets.grammar import Said
from tests.secrets.leaks import MARKERS, SHOWN, check, pieces, redact, shown

KEY = b"a key of the tests, kept nowhere"
DEFAULT, KEYED = Redactor(), Redactor("default", KEY)
STRATEGIES = {
    "urls": grammar.texts(forms.URLS),
    "dsns": grammar.texts(forms.DSNS),
    "headers": grammar.texts(forms.HEADERS),
    "pairs": grammar.texts(forms.PAIRS),
    "protocols": grammar.texts(forms.PROTOCOLS),
    "shells": grammar.texts(commands.SHELL),
    "as arguments": grammar.texts_as_arguments(forms.URLS + forms.DSNS + forms.HEADERS + forms.PAIRS + commands.SHELL),
    "tokens": grammar.tokens(),
    "arguments": grammar.arguments(),
    "command lines": grammar.command_lines(),
}
EVERY_FORM = (*forms.URLS, *forms.DSNS, *forms.HEADERS, *forms.PAIRS, *forms.PROTOCOLS)
in_ci = settings(
    derandomize=True, max_examples=200, deadline=None, database=None, suppress_health_check=grammar.SLOW_IS_FINE
)
"""By hand: `python -m tests.secrets.hunt 200000`."""


@pytest.mark.parametrize("name", STRATEGIES)
def test_nothing_of_a_secret_is_left(name: str) -> None:
    @in_ci
    @given(STRATEGIES[name], st.booleans(), st.sampled_from((DEFAULT, KEYED)))
    def run(said: Said, custom: bool, redactor: Redactor) -> None:
        check(redactor, said, custom)

    run()


@pytest.mark.parametrize("name", STRATEGIES)
def test_nothing_of_a_cut_secret_is_left(name: str) -> None:
    @in_ci
    @given(grammar.cut(STRATEGIES[name]), st.booleans(), st.sampled_from((DEFAULT, KEYED)))
    def run(said: Said, custom: bool, redactor: Redactor) -> None:
        check(redactor, said, custom)

    run()


PROSE = (
    "a", "as", "at", "auth", "basic", "bearer", "by", "digest", "dev", "else", "env", "error", "failed", "failure",
    "false", "file", "for", "from", "git", "http", "https", "if", "in", "is", "key", "login", "md5", "nil", "no",
    "none", "not", "null", "of", "off", "ok", "on", "page", "pass", "password", "plain", "required", "secret",
    "ssl", "success", "test", "tls", "to", "token", "true", "user", "was", "with", "yes",
)  # fmt: skip
"""Words behind which nothing is announced, where they are whole words."""


@pytest.mark.parametrize("word", PROSE)
def test_a_secret_may_begin_like_a_word_of_prose(word: str) -> None:
    said: list[tuple[forms.Write, tuple[str, ...]]] = [
        *((form.write, (form.template,)) for form in (*EVERY_FORM, *commands.SHELL)),
        *((str, words) for words in commands.COMMANDS),
    ]
    for beginning in (word, word.upper(), word.capitalize()):
        secret = f"{beginning}Zq7Xk4Wv9Jp2Ym5Tn8Bc3"
        for write, items in said:
            written = tuple(item.replace(forms.HERE, write(secret)) for item in items)
            found = redact(DEFAULT, written, False)
            assert not any("Zq7Xk4Wv9Jp2Ym5Tn8Bc3" in item for item in found), f"{written} -> {found}"


@pytest.mark.parametrize("name", STRATEGIES)
def test_it_is_said_that_something_was_there(name: str) -> None:
    @settings(in_ci, max_examples=100)
    @given(STRATEGIES[name])
    def run(said: Said) -> None:
        assert any(marker in item for item in redact(DEFAULT, said.items, False) for marker in MARKERS), said.form

    run()


@pytest.mark.parametrize("form", [form for form in forms.PAIRS if form.template.startswith("password")])
def test_equal_secrets_get_equal_marks(form: forms.Form) -> None:
    said, other = (form.template.replace(forms.HERE, secret) for secret in ("Zq7Zq7Zq7Zq7", "Xk4Xk4Xk4Xk4"))
    assert KEYED.text(said) == Redactor("default", KEY).text(said)
    assert KEYED.text(said) != KEYED.text(other)
    assert KEYED.text(said) != Redactor("default", b"another key of the tests, as long").text(said)


def test_a_leak_would_be_seen() -> None:
    """The check itself: it finds what redaction at level `off` leaves."""
    off = Redactor("off")
    for strategy in STRATEGIES.values():

        @settings(in_ci, max_examples=20)
        @given(strategy)
        def run(said: Said) -> None:
            assert shown(said.secret, redact(off, said.items, False), said.around) or not _own(said)

        run()


def _own(said: Said) -> bool:
    """Whether the secret has a piece that nothing around it has."""
    return any(not any(piece in item for item in (*said.around, *MARKERS)) for piece in pieces(said.secret, SHOWN))
