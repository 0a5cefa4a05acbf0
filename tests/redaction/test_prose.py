"""What sentences say of secrets, in events whose text may be anything."""

from __future__ import annotations

import pytest

from tests.redaction.said import default, keyed

SECRET = "hunter2Zq"


@pytest.mark.parametrize(
    "sentence",
    [
        "password is {}",
        "note: the password is {}",
        "my password is {}, ok",
        "password was {}",
        "password set to {}",
        "password was changed to {}",
        "token is {} since monday",
        "passphrase -> {}",
        "logged in with password {}",
        "secret is '{}'",
    ],
)
def test_a_secret_that_a_sentence_tells_goes(sentence: str) -> None:
    for redactor in (default, keyed):
        said = redactor.text(sentence.format(SECRET), custom=True)
        assert SECRET not in said
        assert "[redacted:" in said
        assert redactor.text(said, custom=True) == said


@pytest.mark.parametrize(
    "sentence",
    [
        "password is invalid",
        "the password is not set",
        "password was changed",
        "token is expired, please log in again",
        "password is too weak",
        "the token is missing",
    ],
)
def test_a_sentence_about_secrets_stays(sentence: str) -> None:
    assert default.text(sentence, custom=True) == sentence
