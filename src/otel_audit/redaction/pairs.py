"""Keys with their values, in any notation."""

from __future__ import annotations

import re

from otel_audit.lazy import lazy
from otel_audit.redaction.keys import harmless, key_kind
from otel_audit.redaction.masking import Mark, Span, splice
from otel_audit.redaction.values import value_span

_PAIR = lazy(
    r"""(?<![\w.%-])(?=(?P<key>[\w.%\u00ad\u200b-]+))(?P=key)[\]\[\\"']{0,8}[\s\u00a0]{0,2}
    (?:=>|:=|->|[=!~]=|==?|:(?!:|//))[ \t\u00a0]{0,8}
    (?:\r?\n(?![\w.-]{1,64}[ \t]*[:=])[ \t]{0,32})?""",
    re.VERBOSE,
)
_KEY_BEFORE = lazy(r"(?:api|access|secret|private|auth|signing|encryption)[ _-]\Z", re.IGNORECASE)
_RANDOM = lazy(r"""["']?(?:[\w-]{44}(?![\w-])|(?![0-9a-f]+\b)(?=[A-Za-z_-]*\d)(?=[^A-Za-z]*[A-Za-z])[\w-]{41,})""")
"""What `key=` holds when it is neither a name nor a digest."""
_TUPLE = lazy(
    r"""[\[(]\s?[bu]?(?P<quote>\\{0,3}["'])(?P<key>[\w.-]{1,128})(?P=quote)\s?,\s{0,2}(?=[bu]?\\{0,3}["'\[(])"""
)
_ENCODED = lazy(
    r"""(?:(?<=%[0-9A-Fa-f]{2})|(?<![\w%]))(?P<key>[A-Za-z_][\w.-]{0,127})(?:%(?:22|27|5B|5D)){0,3}%(?:25)?3[ADad]
    (?P<quote>%(?:25)?2[27])?(?:%20|\+){0,3}(?P<value>(?=[^\s&"'<>]))""",
    re.VERBOSE | re.IGNORECASE,
)
_ENCODED_ENDS = {
    "quoted": lazy(r"""(?:(?!%(?:25)?2[27])[^\s&"'<>])+"""),
    "dsn": lazy(r"""(?:(?!%(?:25)?3[Bb])[^\s&"'<>])+"""),
    "query": lazy(r"""[^\s&"'<>]+"""),
}
_WORKING_DIRECTORIES = frozenset({"PWD", "OLDPWD"})
_DSN_FIRST = "first"
_DSN_SEGMENT = lazy(r"[\w .:]{0,40}")
_DSN_NEXT = lazy(r"[^;\r\n\"']*;[ ]?[\w ]{1,40}=")


def mask_pairs(text: str, mark: Mark) -> str:
    """`key=value`, `key: value`, `"key": "value"`, in queries, DSNs, environments, JSON and prose."""
    if "=" in text or ":" in text or "->" in text:
        text = splice(text, _PAIR, lambda match: _pair(text, match), mark)
    if "%3" in text or "%253" in text:
        text = splice(text, _ENCODED, _encoded, mark)
    if "," in text and ("('" in text or '("' in text or "['" in text or '["' in text or "(b" in text or "(\\" in text):
        text = splice(text, _TUPLE, lambda match: _tuple(text, match), mark)
    return text


def _pair(text: str, match: re.Match[str]) -> Span | None:
    key, start, end = match["key"], match.start(), match.end()
    if end == len(text):
        return None
    before = text[start - 1 : start] if start else ""
    kind = key_kind(key, before in ("?", "&", "#"))
    if kind is None:
        announced = key.lower().strip("_-") == "key" and (
            _KEY_BEFORE.search(text, max(0, start - 12), start) or _RANDOM.match(text, end)
        )
        if not announced:
            return None
        kind = "secret"
    if before == ":" and text[end - 1] == ":" and kind != "password":  # arn:aws:secretsmanager:…:secret:name
        return None
    if text.endswith("[redacted:", 0, start) or text.startswith("[redacted:password", end):
        return None
    before = _notation(text, start, end, before)
    # The shell's working directory; in a DSN, behind a semicolon, PWD is a password.
    if key in _WORKING_DIRECTORIES and before != ";" and text.startswith("/", end):
        return None
    value, stop = value_span(text, end, before)
    if before == _DSN_FIRST:  # or no DSN, where a semicolon is part of the value
        stop = max(stop, value_span(text, end, ";")[1])
    return None if harmless(key, text[value:stop]) else (value, stop, kind)


def _notation(text: str, start: int, end: int, before: str) -> str:
    """What stands before the key; `;` as well where a DSN's key has several words, and in its first pair."""
    if before == ":" and text.rfind("jdbc:", 0, start) >= 0:
        return ";"
    if before not in ("", " ", "\t"):
        return before
    semicolon = text.rfind(";", max(0, start - 41), start)
    if semicolon >= 0 and _DSN_SEGMENT.fullmatch(text, semicolon + 1, start):
        return ";"
    if semicolon < 0 and start < 41 and _DSN_SEGMENT.fullmatch(text, 0, start) and _DSN_NEXT.match(text, end):
        return _DSN_FIRST
    return before


def _encoded(match: re.Match[str]) -> Span | None:
    kind = key_kind(match["key"], query=True)
    if kind is None:
        return None
    dsn = match.string[: match.start()][-32:].upper().endswith(("%3B", "ODBC_CONNECT="))
    ends = _ENCODED_ENDS["quoted" if match["quote"] else "dsn" if dsn else "query"]
    value = ends.match(match.string, match.end())
    return (match.end(), value.end(), kind) if value else None


def _tuple(text: str, match: re.Match[str]) -> Span | None:
    kind = key_kind(match["key"]) or ("cookie" if match["key"].lower() == "set-cookie" else None)
    return (*value_span(text, match.end()), kind) if kind else None
