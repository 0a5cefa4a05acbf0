"""Credentials and cookies in the headers of HTTP."""

from __future__ import annotations

import re

from otel_audit.redaction.masking import Edit, marker, splice
from otel_audit.redaction.values import value_span

_HEADER = re.compile(
    r"""(?P<open>["']?)(?<![\w-])(?P<name>(?:proxy-)?authorization|(?:set-)?cookie2?)\\?["']?[ \t]{0,2}:[ \t]{0,2}""",
    re.IGNORECASE,
)
_LINE = re.compile(r"[^\r\n]*")


def mask_headers(text: str) -> str:
    """Header lines, to the end of the line or of the quotes they stand in."""
    lowered = text.lower()
    if ":" not in text or not ("authorization" in lowered or "cookie" in lowered):
        return text

    def edit(match: re.Match[str]) -> Edit | None:
        kind = "cookie" if "cookie" in match["name"].lower() else "token"
        start = match.end()
        if text.startswith(('"', "'", '\\"'), start):
            start, end = value_span(text, start)
        else:
            line = _LINE.match(text, start)
            line_end = line.end() if line else start
            closing = text.find(match["open"], start, line_end) if match["open"] else -1
            end = line_end if closing < 0 else closing
        return (start, end, marker(kind)) if end > start else None

    return splice(text, _HEADER, edit)
