"""Text of others, made fit for a terminal."""

from __future__ import annotations

MAX_TEXT = 512
"""Characters of one value that are kept for a table: the longest message of a record."""


def printable(text: str) -> str:
    """Without what could move a cursor, turn the writing direction or break an encoder: those become `?`."""
    return text if text.isprintable() else "".join(each if each.isprintable() else "?" for each in text)


def short(text: str, limit: int = MAX_TEXT) -> str:
    """Printable, at most `limit` characters; U+2026 stands for the rest."""
    return printable(text if len(text) <= limit else text[: limit - 1] + "…")


def number(count: int, noun: str) -> str:
    """`1 record`, `2,000 records`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def rate(value: float) -> str:
    """Events per second in at most seven characters; empty when there were none."""
    if not value:
        return ""
    return f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def duration(seconds: float) -> str:
    """`0:07`, `12:30`, `3:00:01`."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def ago(seconds: float) -> str:
    """How long since, in at most four characters: `now`, `12s`, `5m`, `3h`, `2d`."""
    if seconds < 1:
        return "now"
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        if seconds >= size:
            return f"{min(999, int(seconds // size))}{unit}"
    return ""
