"""A table that draws only the lines that can be seen. Cells are plain text: nothing in them is ever read as markup."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from otel_audit.top.presentation import Column, widths

T = TypeVar("T")
_GAP = "  "


class Grid(ScrollView, Generic[T], can_focus=True):
    """Rows of cells under a heading, with a cursor that stays on its row whatever order the rows come in.

    Args:
        cells: texts of a row, one per column.
        key: what tells a row from others.
        level: severity of a row, for its colour.
        following: whether the cursor starts at the last row and goes along with new ones.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "grid--head",
        "grid--plain",
        "grid--debug",
        "grid--warn",
        "grid--error",
        "grid--cursor",
        "grid--blurred",
    }
    DEFAULT_CSS = """
    Grid { height: 1fr; scrollbar-size-vertical: 1; overflow-x: hidden; overflow-y: auto; background: $background;
        color: $foreground;
        & > .grid--head { color: $primary; text-style: bold; background: $background; }
        & > .grid--plain { color: $foreground; background: $background; }
        & > .grid--debug { color: $foreground 65%; background: $background; }
        & > .grid--warn { color: $text-warning; background: $background; }
        & > .grid--error { color: $text-error; background: $background; text-style: bold; }
        & > .grid--cursor { color: $background; background: $primary; }
        & > .grid--blurred { background: $panel; color: $foreground; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home", "edge(False)", show=False),
        Binding("end", "edge(True)", show=False),
        Binding("enter", "choose", "Look", show=False),
    ]

    class Chosen(Message):
        """Enter, or a second click, on a row."""

        def __init__(self, grid: Grid[Any], row: Any) -> None:
            super().__init__()
            self.grid = grid
            self.row = row

        @property
        def control(self) -> Grid[Any]:
            return self.grid

    class Headed(Message):
        """A click on a column's heading."""

        def __init__(self, column: Column) -> None:
            super().__init__()
            self.column = column

    def __init__(
        self,
        cells: Callable[[T], Sequence[str]],
        key: Callable[[T], object],
        level: Callable[[T], str],
        *,
        following: bool = False,
        id: str | None = None,
    ) -> None:
        super().__init__(id=id)
        self._cells, self._key, self._level = cells, key, level
        self._columns: Sequence[Column] = ()
        self._mark = ""
        self._rows: Sequence[T] = ()
        self._follows = following
        self._at_edge = True
        self._cursor = 0
        self._held: object = None

    def show(self, columns: Sequence[Column], rows: Sequence[T], mark: str = "") -> None:
        """Draw other rows.

        Args:
            columns: as many as a row has cells.
            rows: from the first to the last.
            mark: title of the column they are sorted by, with an arrow behind it.
        """
        self._columns, self._rows, self._mark = columns, rows, mark
        self.virtual_size = Size(0, len(rows) + 1)
        self._cursor = self._kept()
        self._hold()
        self._reveal()
        self.refresh()

    def _kept(self) -> int:
        """Where the cursor belongs among the new rows."""
        last = len(self._rows) - 1
        if self._at_edge:
            return max(0, last) if self._follows else 0
        found = next((at for at, row in enumerate(self._rows) if self._key(row) == self._held), None)
        return max(0, min(self._cursor, last)) if found is None else found

    def _hold(self) -> None:
        self._held = self._key(self._rows[self._cursor]) if self._rows else None

    def start_over(self) -> None:
        """Forget the cursor: what comes next is another table."""
        self._at_edge, self._cursor, self._held = True, 0, None

    @property
    def chosen(self) -> T | None:
        """The row under the cursor."""
        return self._rows[self._cursor] if self._cursor < len(self._rows) else None

    @property
    def following(self) -> bool:
        """Whether new rows are scrolled to."""
        return self._follows and self._at_edge

    def action_move(self, by: int) -> None:
        self._go(self._cursor + by)

    def action_page(self, by: int) -> None:
        self._go(self._cursor + by * max(1, self.size.height - 2))

    def action_edge(self, last: bool) -> None:
        self._go(len(self._rows) if last else 0)

    def action_choose(self) -> None:
        row = self.chosen
        if row is not None:
            self.post_message(self.Chosen(self, row))

    def _go(self, to: int) -> None:
        last = max(0, len(self._rows) - 1)
        self._cursor = max(0, min(to, last))
        self._at_edge = self._cursor == (last if self._follows else 0)
        self._hold()
        self._reveal()
        self.refresh()

    def _reveal(self) -> None:
        """The heading covers the first line of the window, so a row stands one line lower than its number."""
        height = self.size.height - 1
        top = round(self.scroll_offset.y)
        if height > 0 and not top <= self._cursor < top + height:
            to = self._cursor if self._cursor < top else self._cursor - height + 1
            self.scroll_to(y=to, animate=False, force=True)

    def _on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.action_move(-3)

    def _on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.action_move(3)

    def on_resize(self) -> None:
        self._reveal()

    def on_click(self, event: events.Click) -> None:
        """Moves the cursor; there already, it chooses. On the heading it sorts."""
        if event.y == 0:
            self._head_clicked(event.x)
            return
        to = round(self.scroll_offset.y) + event.y - 1
        if to == self._cursor:
            self.action_choose()
        elif to < len(self._rows):
            self._go(to)

    def _head_clicked(self, x: int) -> None:
        end = 0
        for column, width in zip(self._columns, self._widths()):
            end += width + len(_GAP) if width else 0
            if x < end:
                self.post_message(self.Headed(column))
                return

    def _widths(self) -> list[int]:
        return widths(self._columns, self._room, len(_GAP))

    @property
    def _room(self) -> int:
        return max(1, self.scrollable_content_region.width)

    def render_line(self, y: int) -> Strip:
        """One line of the window."""
        style = self.get_component_rich_style("grid--plain")
        row = round(self.scroll_offset.y) + y - 1
        text = ""
        if y == 0:
            style = self.get_component_rich_style("grid--head")
            text = self._text([self._heading(column) for column in self._columns])
        elif row < len(self._rows):
            style = self.get_component_rich_style(self._class(row))
            text = self._text(self._cells(self._rows[row]))
        return Strip([Segment(set_cell_size(text, self._room), style)], self._room)

    def _heading(self, column: Column) -> str:
        return f"{column.title}{self._mark[-1]}" if self._mark and column.title == self._mark[:-1] else column.title

    def _class(self, row: int) -> str:
        if row == self._cursor:
            return "grid--cursor" if self.has_focus else "grid--blurred"
        level = self._level(self._rows[row])
        return f"grid--{level}" if level in ("debug", "warn", "error") else "grid--plain"

    def _text(self, cells: Sequence[str]) -> str:
        shown = zip(cells, self._columns, self._widths())
        return _GAP.join(_fit(cell, width, column) for cell, column, width in shown if width)

    def watch_has_focus(self, has_focus: bool) -> None:
        super().watch_has_focus(has_focus)
        self.refresh(Region(0, 0, self.size.width, self.size.height))


def _fit(text: str, width: int, column: Column) -> str:
    """Exactly so many cells; U+2026 stands for what is left out."""
    room = width - cell_len(text)
    if room < 0 and column.path:
        while cell_len(text) > width - 1:
            text = text[1 + max(0, cell_len(text) - width) // 2 :]  # a character takes one cell or two
        return set_cell_size("…" + text, width)
    if room < 0:
        return set_cell_size(set_cell_size(text, width - 1).rstrip() + "…", width)
    return " " * room + text if column.right else text + " " * room
