"""The two lines on top: where the records come from, and what was seen so far."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len, set_cell_size
from rich.text import Text
from textual.widgets import Static

from otel_audit.top.presentation import Fact
from otel_audit.top.text import number

_STYLES = {"warn": "bold yellow", "error": "bold red", "mark": "reverse", "bold": "bold"}
_GAP, _DOT, _MORE = "  ", " · ", "…"
_LEAST = 6
"""Cells of a name below which the rest of the line gives way."""


class Head(Static):
    """Never more than two lines: what does not fit is shortened, then left out, the last parts first."""

    DEFAULT_CSS = "Head { height: 2; padding: 0 1; background: $panel; color: $foreground; }"

    def show(self, name: str, state: Fact, since: int | None, facts: Sequence[Fact]) -> None:
        """Draw other lines.

        Args:
            name: of the source.
            state: of the source.
            since: records since the view stands still; None where it does not.
            facts: the second line.
        """
        room = max(1, self.size.width)
        text = Text(end="", no_wrap=True, overflow="ellipsis")
        _append(text, first_line(name, state, since, room), _GAP)
        text.append("\n")
        _append(text, fitting(facts, room), _DOT)
        self.update(text)


def _append(text: Text, facts: Iterable[Fact], between: str) -> None:
    for at, fact in enumerate(facts):
        text.append(between if at else "")
        text.append(fact.text, _STYLES.get(fact.level, ""))


def _length(facts: Sequence[Fact], between: str) -> int:
    return sum(cell_len(fact.text) for fact in facts) + cell_len(between) * (len(facts) - 1)


def first_line(name: str, state: Fact, since: int | None, room: int) -> list[Fact]:
    """Title, source, its state, and whether the view stands still, in so many cells."""
    title = Fact("otel-audit top", "bold")
    paused = [] if since is None else [Fact(f" PAUSED, {number(since, 'record')} since ", "mark")]
    brief = [] if since is None else [Fact(f" PAUSED +{since:,} ", "mark")]
    for found in ([title, Fact(name), state, *paused], [title, Fact(name), state, *brief]):
        if _length(found, _GAP) <= room:
            return found
    for said in (state, Fact(state.short or state.text, state.level)):
        rest = [said, *brief]
        left = room - _length(rest, _GAP) - len(_GAP)
        shown = shortened(name, max(_LEAST, left))
        if not shown.endswith(_MORE):
            break
    return [Fact(shown), *rest]


def shortened(name: str, room: int) -> str:
    """A path without its first folders, at word boundaries; a command, or what is still too long, without its end."""
    if cell_len(name) <= room:
        return name
    parts = name.split("/") if " " not in name else []
    forms = ["/".join((_MORE, *parts[at:])) for at in range(1, len(parts))]
    last = parts[-1] if parts else name
    fits = next((form for form in (*forms, last) if cell_len(form) <= room), "")
    return fits or set_cell_size(last, max(1, room - 1)).rstrip() + _MORE


def fitting(facts: Sequence[Fact], room: int) -> list[Fact]:
    """Those that one line has room for: in short from the last on, then left out from the last on."""
    found = list(facts)
    for at in reversed(range(len(found))):
        if _length(found, _DOT) <= room:
            return found
        found[at] = found[at]._replace(text=found[at].short or found[at].text)
    if len(found) < 2 or _length(found, _DOT) <= room:
        return found
    more, kept = Fact(_MORE), found[:-1]
    while len(kept) > 1 and _length([*kept, more], _DOT) > room:
        kept.pop()
    return [*kept, more]
