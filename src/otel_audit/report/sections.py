"""The tables of what the program touched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import NamedTuple

from otel_audit.books import EventCount, keeping
from otel_audit.report.facts import Facts
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
        groups: what to include for it, a comma list; "" where it is about any event.
        main: names of the events without which it says little.
        more: names of further events that make a row in it.
    """

    name: str
    title: str
    subject: str
    empty: str
    groups: str
    main: tuple[str, ...]
    more: tuple[str, ...] = ()


class Section(NamedTuple):
    """A heading with tables."""

    id: str
    title: str
    tables: tuple[Table, ...]


_CONNECTING = (
    "http.client.connect",
    "urllib.Request",
    "ftplib.connect",
    "smtplib.connect",
    "imaplib.open",
    "poplib.connect",
)
_RESOLVING = ("socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo")
_STARTING = ("os.system", "os.exec", "os.posix_spawn", "os.spawn", "pty.spawn")
_CHANGING = (
    "os.mkdir", "os.remove", "os.rmdir", "os.rename", "os.link", "os.symlink", "os.chmod", "os.chown", "os.truncate",
    "tempfile.mkstemp", "shutil.copyfile", "shutil.move", "shutil.rmtree",
)  # fmt: skip

SECTIONS = (
    Section(
        "network",
        "Network",
        (
            Table(
                "peers",
                "Outbound peers",
                "Host or address, port",
                "No outbound connection was recorded.",
                "network",
                ("socket.connect",),
                ("socket.sendto", "socket.sendmsg", *_CONNECTING),
            ),
            Table(
                "names", "DNS look-ups", "Name", "No look-up was recorded.", "dns", ("socket.getaddrinfo",), _RESOLVING
            ),
            Table(
                "listeners",
                "Local addresses taken",
                "Address, port",
                "No socket was bound.",
                "network",
                ("socket.bind",),
            ),
        ),
    ),
    Section(
        "processes",
        "Processes",
        (
            Table(
                "processes",
                "Started or signalled",
                "Command line",
                "No process was started.",
                "process",
                ("subprocess.Popen",),
                _STARTING,
            ),
        ),
    ),
    Section(
        "files",
        "Files",
        (
            Table(
                "written",
                "Written, made, changed or removed",
                "Path",
                "No file was changed.",
                "filesystem",
                ("open",),
                _CHANGING,
            ),
            Table(
                "read",
                "Opened to read, or listed",
                "Path",
                "No file was opened to read.",
                "filesystem",
                ("open",),
                ("os.listdir", "os.scandir"),
            ),
        ),
    ),
    Section(
        "event-loop",
        "Event loop",
        (
            Table(
                "blocking",
                "What an event loop waited for",
                "Line of code",
                "Nothing that was recorded blocked an event loop.",
                "",
                (),
            ),
        ),
    ),
    Section(
        "databases",
        "Databases",
        (Table("databases", "Opened", "Database", "No database was opened.", "database", ("sqlite3.connect",)),),
    ),
    Section(
        "code",
        "Code",
        (
            Table("modules", "Imports", "Module", "No import was recorded.", "imports", ("import",)),
            Table(
                "libraries",
                "Native libraries",
                "Library",
                "No native library was loaded.",
                "native,imports",
                ("ctypes.dlopen", "import"),
                ("os.add_dll_directory", "sqlite3.load_extension"),
            ),
            Table(
                "code",
                "Dynamic code and deserialization",
                "What",
                "None was recorded.",
                "dynamic_code,serialization",
                ("compile", "exec", "pickle.find_class"),
                ("marshal.loads", "marshal.load"),
            ),
        ),
    ),
)

Moment = Callable[[int], str]
Name = Callable[[str], str]


def render(section: Section, tallies: dict[str, Tally], facts: Facts, moment: Moment, name: Name) -> Markup:
    """One section with all its tables."""
    parts = (_one(each, tallies[each.name], facts, moment, name) for each in section.tables)
    return element("section", element("h2", section.title), *parts, id=section.id)


def _one(shown: Table, tally: Tally, facts: Facts, moment: Moment, name: Name) -> Markup:
    rows = tally.ranked()
    number = element("span", f"{len(rows):,}{'+' if tally.other else ''}", class_="badge")
    title = element("h3", shown.title, " ", number) if rows else element("h3", shown.title)
    if not rows:
        return join((title, _nothing(shown, facts)))
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


def _nothing(shown: Table, facts: Facts) -> Markup:
    """Why there is no row: nothing happened, or nothing of it was kept, or nobody listened."""
    counted = [event for event in facts.events if event.name in (*shown.main, *shown.more) and _only_counted(event)]
    parts: list[object] = list(_none_kept(counted, facts)) if counted else [shown.empty]
    missing = [name for name in shown.main if name not in facts.selected]
    if missing:
        parts += [" Not selected: ", element("code", ", ".join(missing)), *_selecting(shown, facts), "."]
    return element("p", *parts, class_="empty")


def _only_counted(event: EventCount) -> int:
    counts = event.counts
    return counts.sampled_out + counts.rate_limited + counts.counted + counts.dropped


def _none_kept(events: list[EventCount], facts: Facts) -> Iterator[object]:
    listed = ", ".join(f"{_only_counted(event):,} {event.name}" for event in events)
    number = sum(map(_only_counted, events))
    most = max(events, key=_only_counted)
    rule = facts.rules.get(most.name, "all")
    why = "" if rule == "all" else f" (sampled: {rule})"
    yield f"None was kept: {listed} {'event was' if number == 1 else 'events were'} only counted{why}."
    if option := keeping(events):
        yield from (" ", element("code", option.rpartition(" keeps ")[0]), f" keeps {option.rpartition(' keeps ')[2]}.")


def _selecting(shown: Table, facts: Facts) -> Iterator[object]:
    if not facts.include:
        yield "; --include and --exclude decide"
        return
    chosen = facts.include.split(",")
    more = [group for group in shown.groups.split(",") if group not in chosen]
    if more:
        yield from (
            "; ",
            element("code", f"--include {','.join([*chosen, *more])}"),
            " records it" if len(shown.main) == 1 else " records them",
        )


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
