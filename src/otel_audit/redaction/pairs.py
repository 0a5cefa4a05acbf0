"""Keys with their values, in any notation."""

from __future__ import annotations

import re

from otel_audit.redaction.keys import key_kind
from otel_audit.redaction.masking import Edit, marker, splice
from otel_audit.redaction.values import value_span

_PAIR = re.compile(r"""(?<![\w.%-])(?P<key>[\w.%-]+)["'\]\\]{0,3}[ \t]{0,2}(?:=>|:=|==?|:(?!:|//))[ \t]{0,2}""")
_KEY_BEFORE = re.compile(r"(?:api|access|secret|private|auth|signing|encryption)[ _-]\Z", re.IGNORECASE)


def mask_pairs(text: str) -> str:
    """`key=value`, `key: value`, `"key": "value"`, in queries, DSNs, environments, JSON and prose."""
    if "=" not in text and ":" not in text:
        return text

    def edit(match: re.Match[str]) -> Edit | None:
        key, start, end = match["key"], match.start(), match.end()
        before = text[start - 1 : start]
        if text.endswith("[redacted:", 0, start) or end == len(text):
            return None
        kind = key_kind(key, query=before in ("?", "&"))
        if kind is None and key.lower() == "key" and _KEY_BEFORE.search(text, max(0, start - 12), start):
            kind = "secret"
        # The shell's working directory; in a DSN, behind a semicolon, PWD is a password.
        if kind is None or (key in {"PWD", "OLDPWD"} and before != ";" and text.startswith("/", end)):
            return None
        if text.startswith("[redacted:password]@", end):  # the user of a URL happens to be called `token`
            return None
        value, stop = value_span(text, end, before)
        return (value, stop, marker(kind)) if stop > value else None

    return splice(text, _PAIR, edit)
