"""Credentials, cookies and signatures in the headers of HTTP."""

from __future__ import annotations

import re

from otel_audit.lazy import lazy
from otel_audit.redaction.masking import MARKED, Mark, Span, splice
from otel_audit.redaction.values import value_span

_HEADER = lazy(
    r"""(?P<open>["']?)(?<!\[redacted:)(?:(?<![\w-])|(?<=(?<![\w-])-H))
    (?P<name>(?:proxy-)?authorization|(?:set-)?cookie2?|(?:[a-z]+-){0,3}signature(?:-256)?
        |sec-websocket-protocol(?=\\?["']?[ \t]{0,2}:[ \t]{0,2}["']?(?:bearer|token|auth)))
    (?:\\{0,4}["'])?[ \t]{0,2}:[ \t]{0,2}""",
    re.IGNORECASE | re.VERBOSE,
)
_LINE = lazy(r"[^\r\n]*(?:\r?\n[ \t]+[^\r\n]*)*")
"""With its folded continuations."""


def mask_headers(text: str, mark: Mark) -> str:
    """Header lines, to the end of the line or of the quotes they stand in."""

    def find(match: re.Match[str]) -> Span | None:
        name = match["name"].lower()
        kind = "cookie" if "cookie" in name else "secret" if "signature" in name else "token"
        start = match.end()
        if text.startswith(('"', "'", "\\", "[", "b'", 'b"'), start):
            start, end = value_span(text, start)
            return start, end, kind
        if marked := MARKED.match(text, start):
            return start, marked.end(), kind
        closing = text.find(match["open"], start) if match["open"] else -1
        line = _LINE.match(text, start, len(text) if closing < 0 else closing)
        return start, line.end() if line else start, kind

    return splice(text, _HEADER, find, mark)
