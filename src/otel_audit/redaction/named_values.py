"""Values that stand apart from their keys: `{"name": "DB_PASSWORD", "value": "x"}`, XML, and prose."""

from __future__ import annotations

import re

from otel_audit.lazy import lazy
from otel_audit.redaction.keys import key_kind
from otel_audit.redaction.masking import Mark, Span, splice
from otel_audit.redaction.values import value_span

_NAMED = lazy(
    r"""(?<![\w])(?:name|key|id|type)\\{0,3}["']?\s{0,2}[:=]\s{0,2}\\{0,3}["']?(?P<key>[\w.-]{1,128})\\{0,3}["']?[\s,]{1,24}\\{0,3}["']?
    value\\{0,3}["']?\s{0,2}[:=]\s{0,2}""",
    re.VERBOSE | re.IGNORECASE,
)
_ELEMENT = lazy(r"<(?P<key>[\w:.-]{1,128})(?:\s[^<>]{0,128})?>(?P<value>[^<]+)")
_PROSE = lazy(
    r"""\b(?P<key>password|passwd|passphrase|passcode|pass|pwd|pin|token|secret|api\ key|authorization)
    (?:\s(?:(?:(?:is|was)\s)?(?:set|changed)\ to|is|was|->|→)\s{1,4}
        (?!(?:not|missing|required|invalid|expired|incorrect|wrong|empty|valid|ok|correct|too|weak|set|being|now|about|a|an
        |the|already|changed|reset|unchanged|used|still|due|no)\b)
      |(?<=with\ password)\s{1,4}|(?<=with\ passphrase)\s{1,4}|(?<=with\ token)\s{1,4}|(?<=using\ password)\s{1,4}
      |(?<=authorization)\s{1,4}(?:(?:bearer|basic)\s)?(?!failed|required|denied|error|granted)(?=\S*\d)
      |\s{1,4}(?=["']))""",
    re.VERBOSE | re.IGNORECASE,
)


def mask_fields(text: str, mark: Mark) -> str:
    """Name and value as two fields of one object."""
    return splice(text, _NAMED, lambda match: _named(text, match), mark)


def mask_elements(text: str, mark: Mark) -> str:
    """Elements of XML."""
    return splice(text, _ELEMENT, _element, mark)


def mask_prose(text: str, mark: Mark) -> str:
    """`logged in with password x`, in what applications write."""
    return splice(text, _PROSE, lambda match: _named(text, match), mark)


def _named(text: str, match: re.Match[str]) -> Span | None:
    kind = key_kind(match["key"]) or ("password" if match["key"].lower() == "pin" else None)
    return (*value_span(text, match.end()), kind) if kind else None


def _element(match: re.Match[str]) -> Span | None:
    kind = key_kind(match["key"])
    return (*match.span("value"), kind) if kind else None
