"""Passwords and tokens before the host of a URL."""

from __future__ import annotations

import re

from otel_audit.redaction.masking import CUT, Edit, marker, splice

_AUTHORITY = re.compile(r"://([^\s/?#]*)")
_PORT = re.compile(r"\d{0,5}(?![^/?#\s])")
_AHEAD = re.compile(r"\S{0,256}")  # bounded: or many URLs would cost their product
_MARKED_USER = re.compile(r"\[redacted:\w+\](?::(?:x-oauth-basic|\[redacted:\w+\])?)?")


def mask_host(host: str) -> str:
    """`user:password@host`, where a host is expected: as in a URL. `@name` is an abstract socket."""
    return host if host.startswith("@") else mask_userinfo("x://" + host)[4:]


def mask_userinfo(text: str) -> str:
    """`scheme://user:password@host`: the user stays, unless it is the token."""
    if "://" not in text:
        return text

    def edit(match: re.Match[str]) -> Edit | None:
        start, at = match.start(1), match[1].rfind("@")
        end = start + at if at >= 0 else _late_at(text, match)
        if end < 0 or _MARKED_USER.fullmatch(text, start, end):
            return None
        user, colon, password = text[start:end].partition(":")
        if user == "[redacted":
            return start, end, marker("password")
        if password and password != "x-oauth-basic":  # GitHub: then the user is the token
            return start + len(user) + 1, end, marker("password")
        return (start, start + len(user), marker("token")) if user and (colon or len(user) >= 16) else None

    return splice(text, _AUTHORITY, edit)


def _late_at(text: str, match: re.Match[str]) -> int:
    """End of a password that holds `/`, `?` or `#` unescaped, or was cut before its `@`; -1 when there is none."""
    password = match.start(1) + match[1].find(":") + 1
    if ":" not in match[1] or match[1].startswith("[") or text.startswith("[redacted:", password):
        return -1
    if match[1].endswith(CUT):
        return match.end()
    if _PORT.match(text, password):
        return -1
    ahead = _AHEAD.match(text, match.end())
    last = -1 if ahead is None else ahead.group().rfind("@")
    if ahead is not None and last < 0 and ahead.group().endswith(CUT):
        return ahead.end()
    return match.end() + last if last >= 0 else -1
