"""Which part of an option's value is the secret: not its quotes, not the user of `user:password`."""

from __future__ import annotations

import re

from otel_audit.lazy import lazy
from otel_audit.redaction.keys import harmless
from otel_audit.redaction.walk import Hit

_USERINFO = lazy(r"(?P<user>[^@:\s]*):(?P<password>.+)@", re.DOTALL)
_ORACLE = lazy(r"(?P<user>(?i:userid=)?[\"']?[\w$#.-]+)/(?P<password>[^@]+)", re.DOTALL)
_NO_SECRET = lazy(r"(?:env|file|fd|stdin)(?::|\Z)")
_PASS = "pass:"


def secret_part(text: str, start: int, end: int, hit: Hit) -> tuple[int, int]:
    """First and last of the secret between start and end; equal where there is none."""
    if end - start > 1 and text[start] in "\"'" and text[end - 1] == text[start]:
        start, end = start + 1, end - 1
    elif end - start > 1 and text[start] in "\"'" and text[start] not in text[start + 1 : end]:  # cut before it closes
        start += 1
    elif text.startswith("\\", start) and text[start + 1 : start + 2] in ('"', "'"):
        start += 2
    value = text[start:end]
    if not hit.separator:
        return _plain(value, start, end, hit)
    if hit.separator in "@/":
        found = (_USERINFO if hit.separator == "@" else _ORACLE).match(value)
        if found is None or (hit.separator == "@" and "://" in value):
            return start, start
        return start + found.start("password"), start + found.end("password")
    user, separator, password = value.partition(hit.separator)
    if not separator or not password:
        return start, start
    return start + len(user) + 1, end


def _plain(value: str, start: int, end: int, hit: Hit) -> tuple[int, int]:
    if value.startswith(_PASS) and hit.kind == "password":  # how OpenSSL spells it
        return start + len(_PASS), end
    if hit.key == "-pass" and value in {"1", "2", "3"}:  # of a video encoder
        return start, start
    if (hit.key and harmless(hit.key, value)) or (hit.key.startswith("-pass") and _NO_SECRET.match(value)):
        return start, start
    return start, end
