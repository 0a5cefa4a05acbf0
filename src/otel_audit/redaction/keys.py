"""Which keys announce a secret: of attributes, options, pairs and query parameters."""

from __future__ import annotations

import re
from itertools import pairwise


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_KEY_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_KEY_HINT = re.compile(
    r"pass|pw|secret|token|bearer|jwt|cookie|auth|key|sess|credential|otp|cvv|cvc|ssn", re.IGNORECASE
)
_PASSWORD_ENDINGS = ("password", "passwd", "passphrase", "passcode", "pwd")
_SECRET_ENDINGS = ("secret", "apikey", "accesskey", "secretkey", "privatekey", "authkey", "signingkey", "accountkey",
                   "encryptionkey", "sessionkey", "sessionid", "sessid")  # fmt: skip
_SECRET_WORDS = _words("otp cvv cvc ssn credentials")
_KEY_OWNERS = _words(
    "api access secret private auth signing encryption account license master app deploy consumer session storage "
    "subscription aes hmac rsa ssh"
)
_HARMLESS_ENDS = _words(
    "file path dir directory url uri endpoint host length len size count limit min max policy timeout ttl expiry "
    "expires expiration type field name names enabled required disabled stdin prompt algorithm algo alg service "
    "manager store provider reset changed change age version strength rotation py txt json html"
)
"""`password_file=/run/secrets/db` says where, not what."""
_QUERY_KEYS = _words("key sig signature auth code credential session sid pin pass pw")
"""Secret as the name of a query parameter only (`?key=`, `X-Amz-Signature`); `sort key=name` is not."""


def key_kind(key: str, query: bool = False) -> str | None:
    """Kind of secret a key announces, or None."""
    if not query and not _KEY_HINT.search(key):
        return None
    words = [word.lower() for word in _KEY_WORD.findall(key)]
    if not words or words[-1] in _HARMLESS_ENDS or words[0] in {"no", "ask", "prompt", "without"}:
        return None
    if any(word.endswith(_PASSWORD_ENDINGS) or word in {"pass", "pw"} for word in words):
        return "password"
    if any(word.endswith(("token", "bearer", "jwt", "authorization")) for word in words):
        return "token"
    if words[-1] == "cookie":
        return "cookie"
    if any(word.endswith(_SECRET_ENDINGS) or word in _SECRET_WORDS for word in words):
        return "secret"
    pairs = set(pairwise(words))
    if ("session", "id") in pairs or any(second == "key" and first in _KEY_OWNERS for first, second in pairs):
        return "secret"
    return "secret" if query and words[-1] in _QUERY_KEYS else None
