"""Aligned text, cut to a width that fits a terminal and a ticket."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

WIDTH = 100
_GAP = "  "


def table(
    header: Sequence[str], rows: Sequence[Sequence[object]], *, right: Collection[str] = (), width: int = WIDTH
) -> Iterator[str]:
    """Lines of a table, without trailing spaces.

    Args:
        header: column names; empty ones leave the header line out.
        rows: cells, made text.
        right: columns aligned to the right, by name.
        width: the last column is cut to fit.
    """
    texts = [list(map(str, row)) for row in rows]
    shown = [list(header), *texts] if any(header) else texts
    widths = [max(map(len, column)) for column in zip(*shown)]
    for row in shown:
        cells = [
            cell.rjust(size) if name in right else cell.ljust(size) for cell, size, name in zip(row, widths, header)
        ]
        yield cut(_GAP.join(cells).rstrip(), width)


def cut(text: str, width: int) -> str:
    """At most `width` characters; U+2026 stands for the rest."""
    return text if len(text) <= width else text[: width - 1] + "…"


def printable(text: str) -> str:
    """Control characters, which could move a terminal's cursor, as question marks."""
    return "".join(character if character.isprintable() else "?" for character in text)


def number(count: int, noun: str) -> str:
    """`1 event`, `2 events`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
