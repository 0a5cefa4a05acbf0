"""Pieces of HTML. Whatever is not marked as ready is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def text(value: object) -> Markup:
    """Escaped for content and attributes; characters that cannot be seen, or turn the direction, as question marks."""
    if isinstance(value, Markup):
        return value
    shown = "".join(character if character.isprintable() else "?" for character in str(value))
    return Markup(escape(shown, quote=True))


def join(parts: Iterable[object]) -> Markup:
    """One after the other."""
    return Markup("".join(text(part) for part in parts))


def element(tag: str, *content: object, **attributes: object) -> Markup:
    """`<tag attributes>content</tag>`; `class_` stands for `class`, `data_x` for `data-x`."""
    written = "".join(f' {name.rstrip("_").replace("_", "-")}="{text(value)}"' for name, value in attributes.items())
    return Markup(f"<{tag}{written}>{join(content)}</{tag}>")


def table(caption: str, heads: Sequence[tuple[str, str]], rows: Iterable[Sequence[object]]) -> Markup:
    """A table that scrolls in itself; the first cell of a row is its heading.

    Args:
        caption: what it holds, for those who do not see the heading above.
        heads: name and class of each column; `number` aligns to the right.
        rows: cells.
    """
    head = join(element("th", name, scope="col", class_=kind or "text") for name, kind in heads)
    body = join(_row(row, [kind or "text" for _, kind in heads]) for row in rows)
    inner = element(
        "table",
        element("caption", caption, class_="hidden"),
        element("thead", element("tr", head)),
        element("tbody", body),
    )
    return element("div", inner, class_="scroll", tabindex="0", role="region", aria_label=caption)


def _row(cells: Sequence[object], kinds: Sequence[str]) -> Markup:
    first = element("th", cells[0], scope="row", class_=kinds[0])
    return element("tr", first, *(element("td", cell, class_=kind) for cell, kind in zip(cells[1:], kinds[1:])))
