"""Where a value ends, by how it is quoted and what stands before its key."""

from __future__ import annotations

import re

_QUOTED = re.compile(
    r"""(?P<open>[bBrRuU]{0,2}["'`])(?:(?<=")(?:[^"\\]|\\.|"")*|(?<=')(?:[^'\\]|\\.|'')*|(?<=`)[^`]*)""", re.DOTALL
)
_BARE = re.compile(
    r"""(?:(?i:bearer|basic|token|digest|negotiate)[ ]{1,3})?
    (?:[^\s;,"'`]+|[;,](?!\s|\Z)|["'`](?![\s,;)}\]]|\Z))*""",
    re.VERBOSE,
)
_IN_QUERY = re.compile(r"""(?:[^\s&#"'`]+|["'`](?![\s,;)}\]]|\Z))*""")
_BARE_AFTER = {"?": _IN_QUERY, "&": _IN_QUERY, ";": re.compile(r"[^;\r\n]*")}
"""By what stands before the key: a query's value ends at `&`, a DSN's at `;` and may hold spaces."""


def value_span(text: str, start: int, before: str = "") -> tuple[int, int]:
    """The value that begins at start, without its quotes; before: what stands before its key."""
    if text.startswith('\\"', start):  # JSON inside a JSON string
        end = text.find('\\"', start + 2)
        return start + 2, len(text) if end < 0 else end
    if text.startswith("{", start):  # ODBC quotes with braces
        end = text.find("}", start)
        return start, len(text) if end < 0 else end + 1
    if quoted := _QUOTED.match(text, start):
        return quoted.end("open"), quoted.end()
    value = _BARE_AFTER.get(before, _BARE).match(text, start)
    return start, value.end() if value else start
