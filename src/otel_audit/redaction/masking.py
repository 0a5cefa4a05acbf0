"""What stands in place of a secret, and how it is put there."""

from __future__ import annotations

import re
from collections.abc import Callable

KINDS = ("password", "token", "secret", "cookie", "private_key", "phone", "email", "error")
"""What `[redacted:<kind>]` says was there; `error` stands for a value that could not be examined."""

CUT = "\u2026"
"""Last character of a value the hook cut: a secret may lack its end."""

Edit = tuple[int, int, str]
"""Start, end and replacement of a range of the text."""


def marker(kind: str) -> str:
    """What stands in place of a secret; every pattern leaves it alone."""
    return f"[redacted:{kind}]"


def splice(text: str, pattern: re.Pattern[str], edit: Callable[[re.Match[str]], Edit | None]) -> str:
    """Replace the range an edit names, then go on behind it: unlike re.sub, it may reach past the match."""
    out: list[str] = []
    done = at = 0
    while match := pattern.search(text, at):
        found = edit(match)
        if found is None:
            at = match.end()
            continue
        start, at, replacement = found
        out += (text[done:start], replacement)
        done = at
    return text if not done else "".join(out) + text[done:]
