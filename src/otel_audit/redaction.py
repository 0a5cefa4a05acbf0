"""What no sink may see: secrets in any attribute, personal data in custom events, paths and hosts when strict.

Every pattern here runs in linear time on hostile input: identifiers are entered from their start only, repeats never
overlap, what looks ahead is bounded. Redacting twice changes nothing. In doubt, too much is redacted.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2s
from typing import Literal, NamedTuple

from otel_audit.model import AttributeValue

Level = Literal["default", "strict", "off"]

KINDS = ("password", "token", "secret", "cookie", "private_key", "phone", "email", "error")
"""What `[redacted:<kind>]` says was there; `error` stands for a value that could not be examined."""

CUT = "\u2026"
"""Last character of a value the hook cut: a secret may lack its end."""

_HASH_KEY = os.urandom(16)
"""Per process: equal values stay comparable within one process, and guessing outside it is useless."""

_HASHED = re.compile(r"\[hashed:[0-9a-f]{12}\]")

_Edit = tuple[int, int, str]


def _mask(kind: str) -> str:
    return f"[redacted:{kind}]"


def _splice(text: str, pattern: re.Pattern[str], edit: Callable[[re.Match[str]], _Edit | None]) -> str:
    """Replace the range an edit names, then go on behind it: unlike re.sub, it may reach past the match."""
    out: list[str] = []
    done = at = 0
    while match := pattern.search(text, at):
        found = edit(match)
        if found is None:
            at = match.end()
            continue
        start, at, replacement = found
        out += (text[done:start], replacement)
        done = at
    return text if not done else "".join(out) + text[done:]


# Keys -----------------------------------------------------------------------------------------------------------------

_KEY_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_KEY_HINT = re.compile(r"pass|pw|secret|token|bearer|jwt|cookie|auth|key|sess|credential|otp|cvv|cvc|ssn", re.IGNORECASE)
_PASSWORD_ENDINGS = ("password", "passwd", "passphrase", "passcode", "pwd")
_SECRET_ENDINGS = ("secret", "apikey", "accesskey", "secretkey", "privatekey", "authkey", "signingkey", "accountkey",
                   "encryptionkey", "sessionkey", "sessionid", "sessid")  # fmt: skip
_KEY_OWNERS = frozenset(
    "api access secret private auth signing encryption account license master app deploy consumer session storage "
    "subscription aes hmac rsa ssh".split()
)
_HARMLESS_ENDS = frozenset(
    "file path dir directory url uri endpoint host length len size count limit min max policy timeout ttl expiry "
    "expires expiration type field name names enabled required disabled stdin prompt algorithm algo alg service "
    "manager store provider reset changed change age version strength rotation py txt json html".split()
)
"""`password_file=/run/secrets/db` says where, not what."""
_QUERY_KEYS = frozenset("key sig signature auth code credential session sid pin pass pw".split())
"""Secret as the name of a query parameter only (`?key=`, `X-Amz-Signature`); `sort key=name` is not."""


def _key_kind(key: str, query: bool = False) -> str | None:
    """Kind of secret a key announces, or None."""
    if not query and not _KEY_HINT.search(key):
        return None
    words = [word.lower() for word in _KEY_WORD.findall(key)]
    if not words or words[-1] in _HARMLESS_ENDS or words[0] in {"no", "ask", "prompt", "without"}:
        return None
    last = words[-1]
    if any(word.endswith(_PASSWORD_ENDINGS) or word in {"pass", "pw"} for word in words):
        return "password"
    if last.endswith(("token", "bearer", "jwt", "authorization")):
        return "token"
    if last == "cookie":
        return "cookie"
    if any(word.endswith(_SECRET_ENDINGS) or word in {"otp", "cvv", "cvc", "ssn", "credentials"} for word in words):
        return "secret"
    pairs = zip(words, words[1:], strict=False)
    if any(second in {"key", "id"} and first in _KEY_OWNERS for first, second in pairs if (first, second) != ("app", "id")):
        return "secret"
    return "secret" if query and last in _QUERY_KEYS else None


# Where a value ends ---------------------------------------------------------------------------------------------------

_QUOTED = re.compile(r"""[bBrRuU]{0,2}(?:"(?:[^"\\]|\\.)*|'(?:[^'\\]|\\.)*|`[^`]*)""", re.DOTALL)
_BARE = re.compile(
    r"""(?:[^\s;&,"'`]+|[;&,](?!\s|\Z|[\w .%\[\]-]{1,40}=)|["'`](?![\s,;)}\]]|\Z))*"""
)
_WORD = re.compile(r"""(?:[^\s"'\\]+|\\.|"(?:[^"\\]|\\.)*(?:"|\\?\Z)|'[^']*(?:'|\Z)|\\\Z)+""", re.DOTALL)
"""One word as a shell reads it."""


def _value_span(text: str, start: int) -> tuple[int, int]:
    """The value that begins at start, without its quotes."""
    if text.startswith('\\"', start):  # JSON inside a JSON string
        end = text.find('\\"', start + 2)
        return start + 2, len(text) if end < 0 else end
    if text.startswith("{", start):  # ODBC quotes with braces
        end = text.find("}", start)
        return start, len(text) if end < 0 else end + 1
    if quoted := _QUOTED.match(text, start):
        quote = min(at for at in map(quoted.group().find, "\"'`") if at >= 0)
        return start + quote + 1, quoted.end()
    bare = _BARE.match(text, start)
    return start, bare.end() if bare else start


_PAIR = re.compile(
    r"""(?<![\w.%-])(?P<key>-{0,2}[A-Za-z_][\w.%-]*)["'\]\\]{0,3}[ \t]{0,2}(?:=>|:=|==?|:(?!:|//))[ \t]{0,2}"""
)
_KEY_BEFORE = re.compile(r"(?:api|access|secret|private|auth|signing|encryption)[ _-]\Z", re.IGNORECASE)


def _pairs(text: str) -> str:
    """`key=value`, `key: value`, `"key": "value"`, in queries, DSNs, environments, JSON and prose."""

    def edit(match: re.Match[str]) -> _Edit | None:
        key, start, end = match["key"], match.start(), match.end()
        if text.endswith("[redacted:", 0, start) or end == len(text):
            return None
        kind = _key_kind(key, query=text[start - 1 : start] in ("?", "&"))
        if kind is None and key.lower() == "key" and _KEY_BEFORE.search(text, max(0, start - 12), start):
            kind = "secret"
        # The shell's working directory; in a DSN, behind a semicolon, PWD is a password.
        if kind is None or (key in {"PWD", "OLDPWD"} and text[start - 1 : start] != ";" and text.startswith("/", end)):
            return None
        if text.startswith("[redacted:password]@", end):  # the user of a URL happens to be called `token`
            return None
        value, stop = _value_span(text, end)
        return (value, stop, _mask(kind)) if stop > value else None

    return _splice(text, _PAIR, edit)


# URLs, headers, protocols ---------------------------------------------------------------------------------------------

_AUTHORITY = re.compile(r"://([^\s/?#]*)")
_PORT = re.compile(r"\d{0,5}(?![^/?#\s])")
_MARKED_USER = re.compile(r"\[redacted:\w+\](?::(?:x-oauth-basic|\[redacted:\w+\])?)?")


def _userinfo(text: str) -> str:
    """`scheme://user:password@host`: the user stays, unless it is the token."""

    def edit(match: re.Match[str]) -> _Edit | None:
        start, authority = match.start(1), match[1]
        user, colon, _ = authority.partition(":")
        end = start + authority.rfind("@")
        if end < start and colon and not authority.startswith("["):
            end = _late_at(text, match, start + len(user) + 1)
        if end < start or _MARKED_USER.fullmatch(text, start, end):
            return None
        if text.startswith("[redacted:", start):
            return start, end, _mask("password")
        password = text[start + len(user) + 1 : end]
        if colon and password and password != "x-oauth-basic":  # noqa: S105 - GitHub's constant: the user is the token
            return start + len(user) + 1, end, _mask("password")
        if colon or len(authority[: end - start]) >= 16:
            return start, start + len(user[: end - start]), _mask("token")
        return None

    return _splice(text, _AUTHORITY, edit)


def _late_at(text: str, match: re.Match[str], password: int) -> int:
    """End of a password that holds `/`, `?` or `#` unescaped, or was cut before its `@`; -1 when it is a port."""
    if match[1].endswith(CUT):
        return match.end()
    if _PORT.match(text, password):
        return -1
    ahead = text[match.end() : match.end() + 256].split(None, 1)  # bounded: or many URLs would cost their product
    if not ahead or text[match.end() : match.end() + 1].isspace():
        return -1
    last = ahead[0].rfind("@")
    if last < 0 and ahead[0].endswith(CUT):
        return match.end() + len(ahead[0])
    return match.end() + last if last >= 0 else -1


_HEADER = re.compile(
    r"""(?P<open>["']?)(?<![\w-])(?P<name>(?:proxy-)?authorization|(?:set-)?cookie2?)\\?["']?[ \t]{0,2}:[ \t]{0,2}""",
    re.IGNORECASE,
)
_LINE = re.compile(r"[^\r\n]*")


def _headers(text: str) -> str:
    """Header lines, to the end of the line or of the quotes they stand in."""

    def edit(match: re.Match[str]) -> _Edit | None:
        kind = "cookie" if "cookie" in match["name"].lower() else "token"
        start = match.end()
        if text[start : start + 1] in ('"', "'", "\\"):
            start, end = _value_span(text, start)
        else:
            line = _LINE.match(text, start)
            line_end = line.end() if line else start
            closing = text.find(match["open"], start, line_end) if match["open"] else -1
            end = line_end if closing < 0 else closing
        return (start, end, _mask(kind)) if end > start else None

    return _splice(text, _HEADER, edit)


_COMMAND = re.compile(r"^(?:(?:\w{1,16} )?(?:LOGIN|AUTHENTICATE \S{1,32}|AUTH \S{1,32})|PASS|APOP|AUTHINFO PASS) ", re.MULTILINE)
"""Log-in lines of FTP, POP3, IMAP, SMTP, NNTP, as their clients' events carry them."""


def _commands(text: str) -> str:
    def edit(match: re.Match[str]) -> _Edit | None:
        line = _LINE.match(text, match.end())
        return (match.end(), line.end(), _mask("password")) if line and line.end() > match.end() else None

    return _splice(text, _COMMAND, edit)


# Well-known shapes ----------------------------------------------------------------------------------------------------

_SHAPE_HINTS = ("AKIA", "ASIA", "gh", "xox", "sk", "rk_", "glpat-", "AIza", "eyJ", "PRIVATE KEY", "earer", "EARER",
                "npm_", "pypi-", "hf_")  # fmt: skip
_SHAPES = re.compile(
    r"""(?P<private_key>-----BEGIN\ [A-Z0-9 ]{0,40}PRIVATE\ KEY(?:.*?-----END\ [A-Z0-9 ]{0,40}PRIVATE\ KEY(?:-----)?|.*))
    |(?<![A-Za-z0-9])(?:
        (?:AKIA|ASIA)(?:[A-Z0-9]{12,}|[A-Z0-9]*(?=…))
        |(?:gh[pousr]_|github_pat_|glpat-|npm_|pypi-|hf_|[sr]k_(?:live|test)_|xox[a-z]-)
            (?:[A-Za-z0-9_-]{10,}|[A-Za-z0-9_-]*(?=…))
        |AIza(?:[A-Za-z0-9_-]{16,}|[A-Za-z0-9_-]*(?=…))
        |eyJ[A-Za-z0-9_-]{5,}\.[A-Za-z0-9_.-]*
        |eyJ[A-Za-z0-9_-]*(?=…)
        |[Bb](?:earer|EARER)[ ]{1,3}(?P<bearer>[^\s"',;]+)
        |(?<![A-Za-z0-9_-])(?P<sk>sk-[A-Za-z0-9_-]{8,}…?|sk-[A-Za-z0-9_-]*…)
    )…?""",
    re.VERBOSE | re.DOTALL,
)
_RANDOM = re.compile(r"[A-Za-z0-9]{16}")


def _shapes(text: str) -> str:
    """Tokens one knows by sight, wherever they stand."""
    if not any(hint in text for hint in _SHAPE_HINTS):
        return text

    def edit(match: re.Match[str]) -> _Edit | None:
        if match["private_key"]:
            return match.start(), match.end(), _mask("private_key")
        if match["bearer"]:
            return match.start("bearer"), match.end(), _mask("token")
        if (sk := match["sk"]) and not (sk.endswith(CUT) or _RANDOM.search(sk)):
            return None  # a directory called sk-learn-examples
        return match.start(), match.end(), _mask("token")

    return _splice(text, _SHAPES, edit)
