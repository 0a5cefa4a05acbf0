"""What lies over the view for a while: a record in full, the groups, the help."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from otel_audit.top.filters import WORDS
from otel_audit.top.presentation import details
from otel_audit.top.record import Record


class _Box(ModalScreen[str | None]):
    """A frame in the middle, as large as what is in it."""

    DEFAULT_CSS = """
    _Box { align: center middle; background: $background 60%;
        & > Vertical { width: 90%; max-width: 130; height: auto; max-height: 90%; padding: 1 2;
            border: round $primary; background: $background; color: $foreground; }
        & .hint { dock: bottom; color: $foreground 65%; }
        & VerticalScroll { margin-bottom: 2; height: auto; max-height: 100%; scrollbar-size-vertical: 1;
            background: $background; }
        & Static { width: 1fr; height: auto; color: $foreground; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q", "leave", "Close")]

    def action_leave(self) -> None:
        self.dismiss(None)


class Details(_Box):
    """Every key of a record. Answers the trace id when its records are asked for."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "leave", "Close", show=False),
        Binding("t", "trace", "Its trace"),
    ]

    def __init__(self, record: Record) -> None:
        super().__init__()
        self._record = record

    def compose(self) -> ComposeResult:
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True, style="bold")
        table.add_column(overflow="fold")
        for key, value in details(self._record):
            table.add_row(Text(key), Text(value))
        hint = "Esc closes · t: records of its trace" if self._record.trace_id else "Esc closes"
        with Vertical():
            with VerticalScroll():
                yield Static(table)
            yield Static(Text(hint), classes="hint")

    def action_trace(self) -> None:
        if self._record.trace_id:
            self.dismiss(self._record.trace_id)


class Groups(_Box):
    """Which group's events to show. Answers its name; empty for all."""

    DEFAULT_CSS = """
    Groups > Vertical { width: 38; max-width: 100%; }
    Groups OptionList, Groups OptionList:focus {
        height: auto; max-height: 20; border: none; padding: 0; background: $background; }
    """

    def __init__(self, groups: Mapping[str, int], present: str) -> None:
        super().__init__()
        self._names = ["", *sorted(groups, key=lambda name: -groups[name])]
        self._numbers = groups
        self._present = present

    def compose(self) -> ComposeResult:
        with Vertical():
            yield Static(Text("Show the group\n", style="bold"))
            yield OptionList(*(Option(Text(self._title(name))) for name in self._names))

    def _title(self, name: str) -> str:
        return f"{name:<22.22}{self._numbers[name]:>10,}" if name else "all"

    def on_mount(self) -> None:
        options = self.query_one(OptionList)
        first = min(1, len(self._names) - 1)  # "all" is what is shown already, or what Esc does
        options.highlighted = self._names.index(self._present) if self._present in self._names[1:] else first
        options.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._names[event.option_index])


HELP = (
    ("1 … 6, ← →", "tables: events, traces, peers, processes, files, the program's output"),
    ("Tab", "between the table and the records"),
    ("↑ ↓ Home End …", "move; End in the records goes along with new ones"),
    ("Enter", "on a row: only its records; on a record: all its attributes"),
    ("/", "filter the records"),
    ("g", "only events and records of one group"),
    ("Esc", "show everything again"),
    ("s, r", "sort by the next column; the other way round"),
    ("Space", "stand still; counting goes on"),
    ("z", "the records, or the table, on the whole screen"),
    ("t", "dark or light"),
    ("x", "end the program and stay: Ctrl-C's signal, then SIGTERM, then SIGKILL"),
    ("q, Ctrl-C", "end the program, as x does, and leave with its exit code"),
)
NOTES = (
    "Besides attributes, a filter knows the keys event, group, level, trace, message, peer, process and file.",
    "Numbers are of records that came through the stream, each with the events it stands for (its count). What a "
    "sampler or a rate limit left out is not in the stream: SAMPLER names the rule, and the header says what limits "
    "took away, as far as the bridge has said so.",
    "Rates are means over 10 seconds, by the records' own times. Past 2,000 rows of a table and 5,000 records the "
    "oldest make room: rows join “other”, so sums stay exact.",
)


class Help(_Box):
    """The keys, and what the numbers are."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,question_mark", "leave", "Close", show=False)]

    def compose(self) -> ComposeResult:
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True, style="bold")
        table.add_column()
        for keys, meaning in (*HELP, ("", ""), *WORDS):
            table.add_row(Text(keys), Text(meaning))
        with Vertical():
            with VerticalScroll():
                yield Static(table)
                yield from (Static(Text(f"\n{note}")) for note in NOTES)
            yield Static(Text("Esc closes"), classes="hint")
