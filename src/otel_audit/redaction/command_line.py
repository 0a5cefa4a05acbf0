"""Secrets among the options of programs, in one text."""

from __future__ import annotations

import re

from otel_audit.lazy import lazy
from otel_audit.redaction.glance import announces
from otel_audit.redaction.hide import secret_part
from otel_audit.redaction.masking import MARKED, Mark
from otel_audit.redaction.values import ESCAPED_QUOTE, escaped_end
from otel_audit.redaction.walk import Hit, Walk

_WORD = lazy(r"[^\s|;&()`<>]+")
_ASSIGNED = lazy(r"""\w+=(?P<quote>["'])(?!.*(?P=quote))""")
"""An assignment whose value goes on behind a blank."""
_AROUND = "\"'`,;()[]{}$\\"
_ENDS = lazy(r"[|;&(`]|\n")
_BETWEEN = lazy(r"(?:\s|\\\r?\n)*")
_VALUE = lazy(r"""(?:[^\s"'\\`]+|\\.|"(?:[^"\\]|\\.)*(?:"|\\?\Z)|'[^']*(?:'|\Z)|`[^`]*(?:`|\Z)|\\\Z)+""", re.DOTALL)
"""One word as a shell reads it; `;` and `&` belong to it, as no shell may ever see the line."""
_SUBSTITUTED = lazy(r"[<$]\([^)]*\)?")
_CLOSED = lazy(r"""[^\s"'\\]+(?=(?P<quote>["'])(?:[\s;|&),\]]|\Z))""")
_LOOK_BACK = 2000
"""Characters in which a quote's opening is looked for: bounded, or many options would cost their product."""


def mask_options(text: str, mark: Mark) -> str:
    """Options in a command line, nested quotes (`sh -c '...'`) included: words are found with and without them."""
    return walk_options(text, mark) if announces(text) else text


def walk_options(text: str, mark: Mark) -> str:
    """Word by word."""
    walk = Walk()
    out: list[str] = []
    done = at = 0
    assigned = ""
    for match in _WORD.finditer(text):
        if match.start() < at:
            continue
        between = text[at : match.start()]
        if between != " " and _ENDS.search(between):
            walk.end()
        at = match.end()
        raw = match.group()
        word = _bare(raw)
        hit = walk.take(word) if word else None
        if assigned and assigned in raw:
            assigned = ""
            walk.begin()
        elif "=" in raw and (found := _ASSIGNED.match(raw)):
            assigned = found["quote"]
        if hit is None:
            continue
        start, end = _range(text, match, word, hit, walk)
        if end <= start:
            continue
        at = max(at, end)
        first, last = secret_part(text, start, end, hit)
        if first < last and not MARKED.match(text, first):
            out += (text[done:first], mark(hit.kind, text[first:last]))
            done = last
    return text if not done else "".join(out) + text[done:]


def _bare(raw: str) -> str:
    """A word without what stands around it; the quote that opens an option's value stays."""
    if raw.isalnum():
        return raw
    if raw[0] == "-" and ("'" in raw or '"' in raw):
        return raw
    return raw.strip(_AROUND)


def _range(text: str, match: re.Match[str], word: str, hit: Hit, walk: Walk) -> tuple[int, int]:
    """Where the value of an option, or a word that is a value, stands."""
    raw = match.group()
    if hit.at < 0:
        between = _BETWEEN.match(text, match.end())
        start = between.end() if between else match.end()
        if start == match.end():  # the command ends here
            return start, start
        following = _WORD.match(text, start)
        if following and hit.by_word and following.group()[0] == "-":
            walk.expect(hit)
            return start, start
        if following and following.group().startswith("-") and walk.option(following.group().strip(_AROUND) or "-"):
            return start, start
        return start, _value_end(text, start)
    start = match.start() + (raw.index(word) + hit.at if hit.at else 0)
    if hit.at and raw[0] in "\"'" and not raw.startswith(raw[0], hit.at + 1):  # the option itself is quoted
        end = text.find(raw[0], start)
        return start, len(text) if end < 0 else end
    if text[start : start + 1] in ("'", '"') and _is_open(text, text[start], start):  # it closes what is around
        return start, start
    return start, _value_end(text, start)


def _is_open(text: str, quote: str, at: int) -> bool:
    return text.count(quote, max(0, at - _LOOK_BACK), at) % 2 == 1


def _value_end(text: str, start: int) -> int:
    if substituted := _SUBSTITUTED.match(text, start):
        return substituted.end()
    if escaped := ESCAPED_QUOTE.match(text, start):
        return escaped_end(text, escaped)
    closed = _CLOSED.match(text, start)
    if closed and _is_open(text, closed["quote"], start):
        return closed.end()
    value = _VALUE.match(text, start)
    return value.end() if value else start
