"""Which keys announce a secret: of attributes, options, pairs and query parameters."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from itertools import pairwise
from urllib.parse import unquote

from otel_audit.lazy import lazy
from otel_audit.redaction.key_words import (
    AFTER_PASS,
    BEFORE_PASS,
    DOUBTFUL,
    HARMLESS_ENDS,
    HARMLESS_HEADS,
    KEY_FILE_ENDINGS,
    KEY_FILE_STARTS,
    KEY_OWNER_ENDINGS,
    KEY_OWNERS,
    LAST_WORDS,
    NO_HEADER_KEYS,
    NO_PASSWORDS,
    PASS_PAIRS,
    PASSWORD_ENDINGS,
    PASSWORD_WORDS,
    PLAIN_VALUES,
    QUERY_KEYS,
    RANDOM_ONLY,
    SECRET_ENDINGS,
    SECRET_WORDS,
    TOKEN_ENDINGS,
    VERBS,
)
from otel_audit.redaction.masking import CUT

_KEY_LIMIT = 128
"""Of a longer key the end tells: what is remembered stays small."""
_WORD = lazy(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_IDENTIFIER = lazy(r"(?:(?=\D*\d)(?=[^A-Za-z]*[A-Za-z])|(?=[^A-Z]*[A-Z])(?=[^a-z]*[a-z]))\S{8,}|\S{16,}")
_SMALL_NUMBER = lazy(r"\d{1,6}")


@lru_cache(maxsize=1024)
def _split(key: str) -> tuple[str, ...]:
    """Words of a key, in lowercase: camel case, snake case, dashes; fullwidth and accented letters as plain ones."""
    if "%" in key:
        key = unquote(key)
    if not key.isascii():
        key = folded(key)
    return tuple(word.lower() for word in _WORD.findall(key))


def folded(text: str) -> str:
    """Fullwidth and accented letters as plain ones, without what has no form in ASCII."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")


def key_kind(key: str, query: bool = False) -> str | None:
    """Kind of secret a key announces, or None.

    Args:
        key: as written.
        query: it is the name of a query parameter, where `key`, `sig` and `code` are secrets.
    """
    return _kind(key[-_KEY_LIMIT:], query)


@lru_cache(maxsize=1024)
def _kind(key: str, query: bool) -> str | None:
    words = _split(key)
    if not words or words[-1] in HARMLESS_ENDS or words[0] in HARMLESS_HEADS or "existing" in words:
        return None
    if _password(words):
        return "password"
    if any(word.endswith(TOKEN_ENDINGS) for word in words):
        return "token"
    if words[-1] in {"cookie", "cookies"}:
        return "cookie"
    if words[-1] in LAST_WORDS or any(word.endswith(SECRET_ENDINGS) or word in SECRET_WORDS for word in words):
        return "secret"
    if _owned_key(words) or words[-1] in RANDOM_ONLY:
        return "secret"
    if query and words[-1] in QUERY_KEYS and (words[-1] != "key" or len(words) == 1):
        return "secret"
    # `sEcretkeY` has no words that its case tells; `firstPass` has.
    lowered = key.lower()
    return None if "pass" in words or lowered == key or key.isupper() else _kind(lowered, query)


def _password(words: tuple[str, ...]) -> bool:
    for at, word in enumerate(words):
        if word in PASSWORD_WORDS or (word.endswith(PASSWORD_ENDINGS) and word not in NO_PASSWORDS):
            if word != "pass":
                return True
            before, after = words[at - 1] if at else "", words[at + 1] if at + 1 < len(words) else ""
            if after in PASS_PAIRS or not (before in BEFORE_PASS or after in AFTER_PASS):
                return True
        elif len(word) > 3 and word.endswith("pw"):
            return True
    return False


def _owned_key(words: tuple[str, ...]) -> bool:
    for first, second in pairwise(words):
        if second in {"key", "keys"} and (first in KEY_OWNERS or first.endswith(KEY_OWNER_ENDINGS)):
            return True
        if (first, second) in {("session", "id"), ("access", "signature"), ("connect", "sid"), ("sentry", "key")}:
            return True
    return words[0] == "x" and words[-1] in {"key", "auth", "signature"} and not NO_HEADER_KEYS & set(words)


def harmless(key: str, value: str) -> bool:
    """Whether a value says that its key, which announces a secret, holds none here.

    `auth=basic`, `token_count=5`, `private_key=/etc/ssl/key.pem`. A password is never harmless by what it holds.
    """
    words = _split(key[-_KEY_LIMIT:])
    if not words or value.endswith(CUT):
        return False
    value = value.strip("\"'")
    if words[0] in VERBS or words[-1] in DOUBTFUL:
        return value.lower() in PLAIN_VALUES or (words[-1] != "auth" and bool(_SMALL_NUMBER.fullmatch(value)))
    if words[-1] in RANDOM_ONLY:
        return not _IDENTIFIER.match(value)
    if words[-1] == "secret" and value.startswith(("id=", "type=", "src=", "source=")):  # docker
        return True
    if words[-1] in {"key", "keys", "credential", "credentials", "creds"}:
        return value.startswith(KEY_FILE_STARTS) or value.endswith(KEY_FILE_ENDINGS)
    inner = words[-1].endswith(TOKEN_ENDINGS) or not any(word.endswith("token") for word in words)
    return not inner and bool(_SMALL_NUMBER.fullmatch(value))
