"""The one screen: header, rate, a table, the records."""

from __future__ import annotations

import time
from collections import deque
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widgets import Footer, Input, Static

from otel_audit.top import presentation
from otel_audit.top.feed import Feed
from otel_audit.top.filters import Filter, exactly
from otel_audit.top.model import MAX_RECORDS, OUTSIDE, VIEWS, Model, View
from otel_audit.top.output import Output
from otel_audit.top.presentation import COLUMNS, FIRST_ORDER, ORDERS, RECORD_COLUMNS, Column, Fact, Line
from otel_audit.top.record import Record
from otel_audit.top.text import duration
from otel_audit.top.view.chart import Chart
from otel_audit.top.view.grid import Grid
from otel_audit.top.view.head import Head
from otel_audit.top.view.screens import Details, Groups, Help
from otel_audit.top.view.tabs import Tabs

REFRESH_S = 0.25
"""Between two drawings: a person sees no more."""
_ROOM_FOR_RECORDS = 14
"""Lines of a terminal that shows records below the table."""
_CONDITION: dict[View, str] = {
    "events": "event",
    "traces": "trace",
    "peers": "peer",
    "processes": "process",
    "files": "file",
}
"""By which key a row of a table filters the records."""
_OUTPUT_COLUMNS = (Column("OUTPUT OF THE PROGRAM", 20, 0, 1),)

Numbered = tuple[int, Record]


class Main(Screen[None]):
    """Shows a feed.

    Args:
        feed: read already, or about to be.
        output: of the program, when there is one.
    """

    DEFAULT_CSS = """
    Main { background: $background; color: $foreground; layout: vertical; }
    #empty { height: 1fr; padding: 1 2; color: $foreground 75%; }
    #title { height: 1; padding: 0 1; background: $panel; color: $foreground; }
    #records { height: 1fr; }
    #filter { height: 1; border: none; padding: 0 1; background: $panel; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "app.leave", "Quit"),
        Binding("question_mark", "help", "Help", key_display="?"),  # a narrow terminal shows the first ones only
        Binding("space", "pause", "Pause"),
        Binding("slash", "filter", "Filter", key_display="/"),
        Binding("g", "group", "Group"),
        Binding("s", "sort", "Sort"),
        Binding("r", "reverse", "Reverse", show=False),
        Binding("z", "zoom", "Zoom"),
        Binding("tab", "other_pane", "Records/table", show=False),
        Binding("left", "turn(-1)", show=False),
        Binding("right", "turn(1)", show=False),
        *(Binding(str(at), f"pick({at - 1})", show=False) for at in range(1, 7)),
        Binding("escape", "all", "All", show=False),
    ]

    def __init__(self, feed: Feed, output: Output | None) -> None:
        super().__init__()
        self._feed, self._output = feed, output
        self._titles = [*map(str.capitalize, VIEWS), *(("Output",) if output is not None else ())]
        self._present = 0
        self._orders = dict(FIRST_ORDER)
        self._reversed = dict.fromkeys(VIEWS, False)
        self._group = ""
        self._filter = Filter("")
        self._frozen: Model | None = None
        self._shown: deque[Numbered] = deque(maxlen=MAX_RECORDS)
        self._looked_at = 0
        self._zoomed = ""
        self._table_left = False

    def compose(self) -> ComposeResult:
        yield Head(id="head")
        yield Chart(id="chart")
        yield Tabs(id="tabs")
        yield Grid[Line](lambda line: line.cells, lambda line: line.key, lambda line: line.level, id="table")
        yield Grid[tuple[int, str]](
            lambda row: (row[1],), lambda row: row[0], lambda _: "", following=True, id="output"
        )
        yield Static(id="empty")
        yield Static(id="title")
        yield Grid[Numbered](
            lambda row: presentation.record_cells(row[1]),
            lambda row: row[0],
            lambda row: row[1].level,
            following=True,
            id="records",
        )
        yield Input(placeholder="word  key:word  key=word  -word    Enter keeps it, Esc drops it", id="filter")
        yield Footer()

    def on_mount(self) -> None:
        self.query_one("#filter").display = False
        self.query_one("#table").focus()
        self.draw()
        self.set_interval(REFRESH_S, self.draw)

    def draw(self) -> None:
        """Show what is known now, or, standing still, what was known then."""
        with self._feed.looking() as model:
            newest = model.records
            self._draw(self._frozen or model, newest)

    def _draw(self, model: Model, newest: int) -> None:
        now = time.time()
        self._head(model, now, newest)
        chart = self.query_one(Chart)
        if chart.display:
            chart.show(model.history.last(int(model.clock.time(now)), chart.seconds))
        self._tabs(model)
        self._table(model, now)
        self._records(model)

    def _head(self, model: Model, now: float, newest: int) -> None:
        state = self._feed.state
        since = None if self._frozen is None else newest - model.records
        hidden = not self.query_one("#records").display  # and with them the line that tells what is left out
        left_out = [Fact(f"{name} {value}", "mark") for name, value in self._named_conditions() if hidden]
        self.query_one(Head).show(
            self._feed.source.name,
            Fact(f"{state}  {duration(self._feed.elapsed)}", "" if self._feed.ended else "bold", state),
            since,
            [*left_out, *presentation.facts(model, now)],
        )

    def _tabs(self, model: Model) -> None:
        numbers = [f"{len(model.tables[view].rows):,}" for view in VIEWS]
        if self._output is not None:
            numbers.append(f"{self._output.number:,}")
        self.query_one(Tabs).show(self._titles, numbers, self._present)

    @property
    def _view(self) -> View | None:
        """The table that is shown; None for the program's output."""
        return VIEWS[self._present] if self._present < len(VIEWS) else None

    def _table(self, model: Model, now: float) -> None:
        table, output = self.query_one("#table", Grid), self.query_one("#output", Grid)
        empty = self.query_one("#empty", Static)
        view = self._view
        above = self._zoomed != "records"
        rows: list[Line] | list[tuple[int, str]]
        if view is None:
            assert self._output is not None
            rows = list(enumerate(self._output.lines(), self._output.number))
            output.show(_OUTPUT_COLUMNS, rows)
            said = "The program has printed nothing so far."
        else:
            order = self._orders[view]
            rows = presentation.lines(model, view, order, now, reverse=self._reversed[view], group=self._group)
            table.show(COLUMNS[view], rows, self._mark(COLUMNS[view], view))
            said = presentation.NONE_YET[view]
        if not model.last and view is not None:
            said = presentation.nothing(model, self._feed.source.waiting)
        table.display = above and bool(rows) and view is not None
        output.display = above and bool(rows) and view is None
        empty.display = above and not rows
        empty.update(Text(said))

    def _mark(self, columns: tuple[Column, ...], view: View) -> str:
        order = self._orders[view]
        ascending = (order == "name") != self._reversed[view]
        title = next(column.title for column in columns if column.order == order)
        return title + ("▲" if ascending else "▼")

    def _records(self, model: Model) -> None:
        for numbered in self._unseen(model):
            record = numbered[1]
            if (not self._group or record.group == self._group) and self._filter.matches(record):
                self._shown.append(numbered)
        oldest = model.last[0][0] if model.last else 0
        while self._shown and self._shown[0][0] < oldest:
            self._shown.popleft()
        grid = self.query_one("#records", Grid)
        grid.show(RECORD_COLUMNS, self._shown)
        self._title(model, grid)

    def _unseen(self, model: Model) -> list[Numbered]:
        """Records that came since the last drawing."""
        found: list[Numbered] = []
        for numbered in reversed(model.last):
            if numbered[0] <= self._looked_at:
                break
            found.append(numbered)
        if found:
            self._looked_at = found[0][0]
        return found[::-1]

    def _title(self, model: Model, grid: Grid[Numbered]) -> None:
        text = Text("Records", "bold", end="", no_wrap=True, overflow="ellipsis")
        for name, value in self._named_conditions():
            text.append(f"  {name} ", "dim").append(value, "bold reverse")
        of = f"{len(self._shown):,} of {len(model.last):,}" if self._conditions else f"{len(model.last):,}"
        text.append(f"  {of}{'' if grid.following else ', standing still: End goes on'}", "dim")
        self.query_one("#title", Static).update(text)

    @property
    def _conditions(self) -> bool:
        return bool(self._group or self._filter)

    def _named_conditions(self) -> list[tuple[str, str]]:
        return [(name, text) for name, text in (("group", self._group), ("filter", self._filter.text)) if text]

    def _look_again(self) -> None:
        """Other records are wanted."""
        self._shown.clear()
        self._looked_at = 0
        self.query_one("#records", Grid).start_over()
        self.draw()

    def on_resize(self, event: events.Resize) -> None:
        """What a low terminal has no lines for is left out."""
        height = event.size.height
        chart = self.query_one(Chart)
        chart.display = height >= 18
        chart.styles.height = 3 if height >= 28 else 1
        self._panes(height)
        self.draw()

    def _panes(self, height: int) -> None:
        below = self._zoomed != "table" and (height >= _ROOM_FOR_RECORDS or self._zoomed == "records")
        self.query_one("#title").display = self.query_one("#records").display = below

    def action_turn(self, by: int) -> None:
        self.action_pick((self._present + by) % len(self._titles))

    def action_pick(self, at: int) -> None:
        """Show another table."""
        if at >= len(self._titles):
            return
        if at != self._present:
            self._present = at
            self.query_one("#table", Grid).start_over()
        if self._zoomed == "records":
            self.action_zoom()
        self.draw()
        self._focus_table()

    def _focus_table(self) -> None:
        self.query_one("#output" if self._view is None else "#table").focus()

    def action_other_pane(self) -> None:
        """From the table to the records, and back."""
        records = self.query_one("#records", Grid)
        if self._zoomed or not records.display:
            self._zoomed = "table" if self._zoomed == "records" else "records"
            self._panes(self.size.height)
            self.draw()
        if records.has_focus or not records.display:
            self._focus_table()
        else:
            records.focus()

    def _show_records(self) -> None:
        """They were asked for, so they must be seen: below the table, or in its place until Esc."""
        if self.query_one("#records").display:
            return
        self._table_left = self.size.height < _ROOM_FOR_RECORDS
        self._zoomed = "records" if self._table_left else ""
        self._panes(self.size.height)
        self.draw()
        if self._table_left:
            self.query_one("#records").focus()

    def action_zoom(self) -> None:
        """The pane with the cursor on the whole screen, or both."""
        records = self.query_one("#records", Grid)
        self._zoomed = "" if self._zoomed else ("records" if records.has_focus else "table")
        self._panes(self.size.height)
        self.draw()

    def action_sort(self) -> None:
        view = self._view
        if view is not None:
            at = ORDERS.index(self._orders[view])
            self._orders[view] = ORDERS[(at + 1) % len(ORDERS)]
            self.draw()

    def action_reverse(self) -> None:
        view = self._view
        if view is not None:
            self._reversed[view] = not self._reversed[view]
            self.draw()

    def on_grid_headed(self, event: Grid.Headed) -> None:
        view, order = self._view, event.column.order
        if view is None or order is None:
            return
        self._reversed[view] = not self._reversed[view] if self._orders[view] == order else False
        self._orders[view] = order
        self.draw()

    def on_tabs_picked(self, event: Tabs.Picked) -> None:
        self.action_pick(event.at)

    def action_pause(self) -> None:
        """Stand still, or go on."""
        if self._frozen is None:
            with self._feed.looking() as model:
                self._frozen = model.frozen(time.time())
        else:
            self._frozen = None
        self.draw()

    def action_group(self) -> None:
        with self._feed.looking() as model:
            groups = dict((self._frozen or model).groups)
        self.app.push_screen(Groups(groups, self._group), self._set_group)

    def _set_group(self, group: str | None) -> None:
        if group is not None and group != self._group:
            self._group = group
            self._look_again()

    def action_filter(self) -> None:
        box = self.query_one("#filter", Input)
        box.value = self._filter.text
        box.display = True
        box.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.input.display:
            self._set_filter(event.value)

    def on_input_submitted(self) -> None:
        if self._filter:
            self._show_records()
        self._close_filter()

    def _close_filter(self) -> None:
        self.query_one("#filter").display = False
        records = self.query_one("#records", Grid)
        if records.display:
            records.focus()
        else:
            self._focus_table()

    def _set_filter(self, text: str) -> None:
        if text.strip() != self._filter.text:
            self._filter = Filter(text)
            self._look_again()

    def action_all(self) -> None:
        """Drop filter and group."""
        if self.query_one("#filter").display:
            self._close_filter()
        if self._conditions:
            self._group, self._filter = "", Filter("")
            self._look_again()
        if self._table_left and self._zoomed == "records":
            self.action_zoom()
            self._focus_table()
        self._table_left = False

    def on_grid_chosen(self, event: Grid.Chosen) -> None:
        """A record opens; a row of a table filters the records."""
        if event.grid.id == "records":
            self.app.push_screen(Details(event.row[1]), self._set_trace)
        elif event.grid.id == "table":
            self._drill(event.row.key)

    def _set_trace(self, trace_id: str | None) -> None:
        if trace_id:
            self._set_filter(exactly("trace", trace_id))

    def _drill(self, key: str) -> None:
        view = self._view
        if view is not None and key and key != OUTSIDE:
            self._set_filter(exactly(_CONDITION[view], key))
            self._show_records()

    def action_help(self) -> None:
        self.app.push_screen(Help())
