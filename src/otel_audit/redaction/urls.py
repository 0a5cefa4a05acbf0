"""Passwords and tokens before the host of a URL, with its scheme and without."""

from __future__ import annotations

import re

from otel_audit.lazy import lazy
from otel_audit.redaction.masking import CUT, MARKED, Mark, Span, splice
from otel_audit.redaction.words import words

_AUTHORITY = lazy(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]{0,31})?://(?P<authority>[^\s/?#]*)")
_JDBC_PAIRS = lazy(r";(?=[\w .]{1,40}=)")
_CUT_PASSWORD = lazy(r"(?<!\[):(?!\d{0,5}…)[^\]]*\Z")
_PORT = lazy(r"\d{0,5}(?![^/?#\s])")
_AHEAD = lazy(r"[^\s]{0,256}(?: [^\s\"'<>,;(){}@]{0,64}@)?")
"""Bounded, or many URLs would cost their product. One space: passwords are pasted unescaped."""
_TOKEN_SCHEMES = ("http", "https", "git+http", "git+https", "redis", "rediss")
"""Here a user alone is rarely a person."""
_DIGIT_AND_LETTER = lazy(r"(?=[^\d]*\d)(?=[^A-Za-z]*[A-Za-z])[\w.~%+-]{8,}\Z")
_MIXED = lazy(r"(?=[^\d]*\d)(?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])[\w~+-]{10,}\Z|[0-9a-f]{20,}\Z|[A-Z0-9]{16,}\Z")
_NAME_IN_URL = lazy(r"[a-z]{1,12}(?:[-_][a-z]{1,12})+\Z")

_BARE = lazy(
    r""":(?P<password>[^\s:@/"'\[\]…]{1,128})
    @(?!sha\d)(?=(?:localhost|[\w-]+(?:\.[\w-]+)+|\d{1,3}(?:\.\d{1,3}){3}|\[[0-9A-Fa-f:]+\])(?![\w@])|[\w-]+(?::\d|/))""",
    re.VERBOSE,
)
_BARE_USER = lazy(r"(?:(?<![\w/.%:@+-])|(?<=(?<![:/\w])//))(?:[\w.-]{1,64}\\{1,2})?(?P<user>[\w.+-]{0,64})\Z")
_NO_USERS = words(
    "mailto user users group groups serviceaccount domain to cc bcc from reply-to sender sip sips xmpp acct email mail "
    "e-mail npm principal uid member members owner author by contact jid im pres file"
)
"""`mailto:bob@example.com` names an address."""
_ENCODED = lazy(
    r"""%3A%2F%2F(?:(?!%2F|%40|%3A)[^\s&/]){0,128}%3A(?!\d{1,5}(?:%2F|%3F|%23))
    (?P<password>(?:(?!%40)[^\s&]){1,256})(?:%40|(?<=…))""",
    re.IGNORECASE | re.VERBOSE,
)
_ORACLE = lazy(r"(?<=:)(?:thin|oci8?):(?P<user>[^\s/:@\"']{1,128})/(?P<password>[^\s@]{1,256})(?=@)")


def mask_host(host: str, mark: Mark) -> str:
    """`user:password@host`, where a host is expected: as in a URL. `@name` is an abstract socket."""
    return host if host.startswith("@") else mask_userinfo("x://" + host, mark)[4:]


def mask_userinfo(text: str, mark: Mark) -> str:
    """`scheme://user:password@host`: the user stays, unless it is the token."""
    if "://" in text:
        text = splice(text, _AUTHORITY, lambda match: _authority(text, match), mark)
    if "@" in text and "/" in text:
        text = splice(text, _ORACLE, lambda match: (*match.span("password"), "password"), mark)
    if "%" in text:
        text = splice(text, _ENCODED, lambda match: (*match.span("password"), "password"), mark)
    return text


def mask_bare_userinfo(text: str, mark: Mark) -> str:
    """`user:password@host` without a scheme."""
    return splice(text, _BARE, _bare, mark) if ":" in text else text


def _bare(match: re.Match[str]) -> Span | None:
    user = _BARE_USER.search(match.string, max(0, match.start() - 132), match.start())
    if user is None or user["user"].lower() in _NO_USERS:
        return None
    return (*match.span("password"), "password")


def _authority(text: str, match: re.Match[str]) -> Span | None:
    authority = match["authority"]
    if (match["scheme"] or "").lower() == "sqlserver":  # JDBC: pairs follow behind a semicolon
        authority = _JDBC_PAIRS.split(authority, maxsplit=1)[0]
        if "@" not in authority:
            return None
    start, at = match.start("authority"), authority.rfind("@")
    if (
        authority.endswith(CUT) and ":" not in authority[: max(at, 0)] and _CUT_PASSWORD.search(authority, at + 1)
    ):  # an @ before it was the user's
        return start + authority.index(":", at + 1) + 1, start + len(authority), "password"
    end = start + at if at >= 0 else _late_at(text, match, authority)
    if end < 0 or MARKED.match(text, start):
        return None
    user, colon, password = text[start:end].partition(":")
    if password and MARKED.match(text, start + len(user) + 1):
        return None
    if password and password != "x-oauth-basic":  # GitHub: then the user is the token
        whole = _MIXED.match(user) and not MARKED.search(user)
        return start if whole else start + len(user) + 1, end, "password"
    return (start, start + len(user), "token") if user and (colon or _token(match["scheme"], user)) else None


def _token(scheme: str | None, user: str) -> bool:
    """Whether a user without a password is one."""
    if len(user) >= 16:
        return not _NAME_IN_URL.match(user)
    return (scheme or "").lower() in _TOKEN_SCHEMES and bool(_DIGIT_AND_LETTER.match(user))


def _late_at(text: str, match: re.Match[str], authority: str) -> int:
    """End of a password that holds `/`, `?` or `#` unescaped, or was cut before its `@`; -1 when there is none."""
    password = match.start("authority") + authority.find(":") + 1
    if ":" not in authority or authority.startswith("[") or MARKED.match(text, password):
        return -1
    if authority.endswith(CUT):
        return match.start("authority") + len(authority)
    if _PORT.match(text, password):
        return -1
    ahead = _AHEAD.match(text, match.end())
    last = -1 if ahead is None else ahead.group().rfind("@")
    if ahead is not None and last < 0 and ahead.group().endswith(CUT):
        return ahead.end()
    return match.end() + last if last >= 0 else -1
