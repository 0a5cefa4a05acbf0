"""Where a value ends, by how it is quoted and what stands before its key."""

from __future__ import annotations

import re

from otel_audit.lazy import lazy
from otel_audit.redaction.masking import MARKED

ESCAPED_QUOTE = lazy(r"""\\+["']""")
_QUOTED = lazy(
    r"""(?P<open>[@$]?[bBrRuU]{0,2}["'`])
    (?:(?<=")(?:[^"\\]|\\.|"")*|(?<=')(?:[^'\\]|\\.|'')*|(?<=`)[^`]*)""",
    re.DOTALL | re.VERBOSE,
)
_OPENED = lazy(r"""(?:[@$]?[bBrRuU]{0,2}["'`])?(?=\[)""")
_BARE = lazy(
    r"""(?:(?i:bearer|basic|token|digest|negotiate)[ ]{1,3})?
    (?:[^\s;,"'`\\]+|\\[^\r\n]|[;,](?!\s|\Z)|["'`](?![\s,;)}\]]|\Z)|\\)*""",
    re.VERBOSE,
)
_IN_QUERY = lazy(r"""(?:[^\s&#"'`<>]+|["'`](?![\s,;)}\]]|\Z))*""")
_BARE_AFTER = {"?": _IN_QUERY, "&": _IN_QUERY, "#": _IN_QUERY, ";": lazy(r"[^;\r\n]*")}
"""By what stands before the key: a query's value ends at `&`, a DSN's at `;` and may hold spaces."""
_MORE = lazy(r"""["'`](?=[\w$"'])(?:[^\s"'`,;)}\]]+|["'](?=[^\s"'`,;)}\]])[^"']*)+["'`]?""")
"""A shell word goes on behind its quotes."""
_BRACED = lazy(r"\{(?:[^}]|\}\})*\}?")
_BRACKETS = lazy(r"""[\[\](){}]|"(?:[^"\\]|\\.)*(?:"|\Z)|'(?:[^'\\]|\\.)*(?:'|\Z)""", re.DOTALL)
"""Brackets, and the quotes in which a bracket is none."""
_BLOCK = lazy(r"(?:![\w/]+[ \t]*)?[|>][+-]?\d?[+-]?[ \t]*\r?\n[^\n]*(?:\n[ \t]+[^\n]*)*")
_TAG = lazy(r"![\w/]+[ \t]+")


def value_span(text: str, start: int, before: str = "") -> tuple[int, int]:
    """The value that begins at start, without its quotes; before: what stands before its key."""
    if text.startswith("!", start) or text.startswith(("|", ">"), start):  # YAML
        if block := _BLOCK.match(text, start):
            return start, block.end()
        if tag := _TAG.match(text, start):
            start = tag.end()
    if escaped := ESCAPED_QUOTE.match(text, start):  # JSON inside a JSON string
        marked = MARKED.match(text, escaped.end())
        return escaped.end(), marked.end() if marked else escaped_end(text, escaped)
    if text.startswith(("{", "[", "$(", "<("), start):
        return start, _bracketed(text, start)
    if (opened := _OPENED.match(text, start)) and (marked := MARKED.match(text, opened.end())):
        return marked.span()
    if quoted := _QUOTED.match(text, start):
        more = _MORE.match(text, quoted.end())
        return quoted.end("open"), more.end() if more else quoted.end()
    value = _BARE_AFTER.get(before, _BARE).match(text, start)
    return start, value.end() if value else start


def escaped_end(text: str, opening: re.Match[str]) -> int:
    """Where the quote that is escaped as often as the opening one stands: one more backslash is inside the value."""
    for quote in ESCAPED_QUOTE.finditer(text, opening.end()):
        if quote.group() == opening.group():
            return quote.start()
    return len(text)


def _bracketed(text: str, start: int) -> int:
    """End of a list, an object, a command in a shell, or ODBC's quotes, which double a brace to hold it."""
    if text.startswith("{", start) and not text.startswith(('{"', "{'", "{ ", "{\\"), start):
        braced = _BRACED.match(text, start)
        return braced.end() if braced else start
    depth = 0
    for bracket in _BRACKETS.finditer(text, start):
        if bracket.group()[0] in "\"'":
            continue
        depth += 1 if bracket.group() in "[({" else -1
        if depth <= 0:
            return bracket.end()
    return len(text)
