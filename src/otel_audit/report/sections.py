"""The tables of what the program touched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from otel_audit.report.markup import Markup, element, join, table
from otel_audit.report.tally import MAX_SUBJECTS, OTHER, Entry, Tally

_NAMES_SHOWN = 4
"""Events and requests named in one cell; the rest as a number."""
OUTSIDE = "outside of requests"
_TIED = Markup("&nbsp;")
"""Between a name and its number."""


class Table(NamedTuple):
    """One table.

    Args:
        name: of its tally.
        title: its heading.
        subject: heading of its first column.
        empty: said where there is nothing.
        group: what must be selected to see something.
    """

    name: str
    title: str
    subject: str
    empty: str
    group: str


class Section(NamedTuple):
    """A heading with tables."""

    id: str
    title: str
    tables: tuple[Table, ...]


SECTIONS = (
    Section(
        "network",
        "Network",
        (
            Table(
                "peers", "Outbound peers", "Host or address, port", "No outbound connection was recorded.", "network"
            ),
            Table("names", "DNS look-ups", "Name", "No look-up was recorded.", "dns"),
            Table("listeners", "Local addresses taken", "Address, port", "No socket was bound.", "network"),
        ),
    ),
    Section(
        "processes",
        "Processes",
        (Table("processes", "Started or signalled", "Command line", "No process was started.", "process"),),
    ),
    Section(
        "files",
        "Files",
        (
            Table("written", "Written, made, changed or removed", "Path", "No file was changed.", "filesystem"),
            Table("read", "Opened to read, or listed", "Path", "No file was opened to read.", "filesystem"),
        ),
    ),
    Section(
        "databases",
        "Databases",
        (Table("databases", "Opened", "Database", "No database was opened.", "database"),),
    ),
    Section(
        "code",
        "Code",
        (
            Table("modules", "Imports", "Module", "No import was recorded.", "imports"),
            Table("libraries", "Native libraries", "Library", "No native library was loaded.", "native"),
            Table("code", "Dynamic code and deserialization", "What", "None was recorded.", "dynamic_code"),
        ),
    ),
)

Moment = Callable[[int], str]
Name = Callable[[str], str]


def render(section: Section, tallies: dict[str, Tally], selected: frozenset[str], moment: Moment, name: Name) -> Markup:
    """One section with all its tables."""
    parts = (_one(each, tallies[each.name], selected, moment, name) for each in section.tables)
    return element("section", element("h2", section.title), *parts, id=section.id)


def _one(shown: Table, tally: Tally, selected: frozenset[str], moment: Moment, name: Name) -> Markup:
    rows = tally.ranked()
    number = element("span", f"{len(rows):,}{'+' if tally.other else ''}", class_="badge")
    title = element("h3", shown.title, " ", number) if rows else element("h3", shown.title)
    if not rows:
        return join((title, _nothing(shown, selected)))
    heads = (
        (shown.subject, "wide mono"),
        ("Events", "number"),
        ("What", "text"),
        ("In requests", "text"),
        ("First after", "number"),
    )
    cells = [_cells(_asking(subject, entry.find), entry, moment, name) for subject, entry in rows]
    if tally.other is not None:
        more = f"{OTHER}: past the first {MAX_SUBJECTS:,} that were met"
        cells.append(_cells(more, tally.other, moment, name))
    return join((title, table(shown.title, heads, cells)))


def _nothing(shown: Table, selected: frozenset[str]) -> Markup:
    parts: list[object] = [shown.empty]
    if shown.group not in selected:
        option = element("code", f"--include default,{shown.group}")
        parts += [" Its events were not selected: ", option, " records them."]
    return element("p", *parts, class_="empty")


def _asking(subject: str, find: str) -> Markup:
    """A button that looks for the records about a subject."""
    return element("button", subject, type="button", class_="link", data_find=find, title="Show its records")


def _cells(subject: object, entry: Entry, moment: Moment, name: Name) -> tuple[object, ...]:
    requests: Counter[str] = Counter()
    for request, number in entry.requests.items():
        requests[name(request) if request else OUTSIDE] += number
    return (
        subject,
        f"{entry.total:,}",
        _listed(entry.events.most_common()),
        _listed(requests.most_common()),
        element("span", moment(entry.first_ns), data_sort=entry.first_ns),
    )


def _listed(counts: list[tuple[str, int]]) -> Markup:
    """Names with their numbers; those past the first few open on a click."""
    items = [_item(name, number) for name, number in counts]
    shown, rest = items[:_NAMES_SHOWN], items[_NAMES_SHOWN:]
    if not rest:
        return join(shown)
    return join((*shown, element("details", element("summary", f"and {len(rest):,} more"), *rest)))


def _item(name: str, number: int) -> Markup:
    return join((element("span", name, _TIED, element("b", f"{number:,}"), class_="item"), " "))
