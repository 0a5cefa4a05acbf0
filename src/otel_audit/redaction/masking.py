"""What stands in place of a secret, and how it is put there."""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import blake2s

from otel_audit.lazy import lazy

KINDS = ("password", "token", "secret", "cookie", "private_key", "phone", "email", "error")
"""What `[redacted:<kind>]` says was there; `error` stands for a value that could not be examined."""

CUT = "\u2026"
"""Last character of a value the hook cut: a secret may lack its end."""

MARKED = lazy(r"\[(?:redacted:[a-z][a-z0-9_]*(?::[0-9a-f]{12})?|hashed:[0-9a-f]{12})\]")
"""A marker, keyed or not, and what level strict makes of a place."""

Span = tuple[int, int, str]
"""Start, end and kind of a secret in a text."""

Mark = Callable[[str, str], str]
"""Kind and secret to what stands in its place."""


def digest(value: str, key: bytes) -> str:
    """Keyed BLAKE2s, first 12 hex digits: equal values stay comparable, guessing without the key is useless."""
    return blake2s(value.encode("utf-8", "replace"), key=key).hexdigest()[:12]


def derive(key: bytes, purpose: bytes) -> bytes:
    """A BLAKE2s key of the right length; of one key, a marker and a hashed path cannot be compared."""
    return blake2s(key, person=purpose).digest()


def marking(key: bytes) -> Mark:
    """Make the function that writes markers.

    Args:
        key: makes equal secrets carry equal marks; empty for marks that say the kind only.
    """
    derived = derive(key, b"marker") if key else b""

    def mark(kind: str, value: str) -> str:
        if value.startswith("[") and MARKED.fullmatch(value):
            return value
        return f"[redacted:{kind}:{digest(value, derived)}]" if derived else f"[redacted:{kind}]"

    return mark


def splice(text: str, pattern: re.Pattern[str], find: Callable[[re.Match[str]], Span | None], mark: Mark) -> str:
    """Mark the span that `find` names, then go on behind it: unlike re.sub, it may reach past the match.

    What begins with a marker is left alone: that is what makes twice the same as once.
    """
    out: list[str] = []
    done = at = 0
    while match := pattern.search(text, at):
        span = find(match)
        if span is None or span[1] <= span[0]:
            at = max(match.end(), at + 1)
            continue
        if marked := MARKED.match(text, span[0]):  # done before
            at = marked.end()
            continue
        start, at, kind = span
        out += (text[done:start], mark(kind, text[start:at]))
        done = at
    return text if not done else "".join(out) + text[done:]
