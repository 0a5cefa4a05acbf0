"""Rows into a page."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from tests_compat.rows import Row
from tools.compatibility.overheads import Overhead
from tools.compatibility.run import Run

SERVERS: Final = "servers"
HEADINGS = {
    SERVERS: "Servers and workers",
    "processes": "Processes",
    "ends": "Ends",
    "tools": "Beside other tools",
}
"""Groups in the order of the page; others follow by name."""
INTRODUCTION = """# Compatibility

Each line is a test that runs the real program, counts what its application raised, and compares event by event with
what arrived at an OTLP receiver. `make test-compat` runs them all, `make test-compat ARGUMENTS=--write` writes this
page.

*Offered* is what the application says it raised itself, over the runs with each core and each CPython; *delivered* are
distinct events that arrived. How each server is set up: [servers.md](servers.md). *Overhead* is of servers only: the
other programs last a fraction of a second, and what the bridge costs those is its start, which is in
[performance.md](performance.md#start-up-and-memory).
"""
OVERHEAD = """*Overhead* is the CPU time of a request with the bridge, as a ratio to that of the same server with
OpenTelemetry and without the bridge: C core / Python core, the median over rounds and their quartiles.
A request of the test's application takes about a millisecond and does little but raise three custom
events and read a file, all of them recorded as logs and as span events: what one event costs is in
[performance.md](performance.md). It is the CPU of all the server's processes and threads, description
and export included; the variants take turns. `python -m tools.compatibility overhead` measures it.
There is none of modes without a basis: where workers are forked past Python's handlers nothing is
exported without the bridge, where one starts every few requests its imports are what costs, ends are of
the same servers, and one that flushes rarely would do so in another's turn.
"""
COLUMNS = ("program", "mode", "core", "CPython", "offered", "delivered", "duplicated", "lost", "overhead", "note")
_NUMBERS = ("offered", "delivered", "duplicated", "lost", "overhead")


class Found(NamedTuple):
    """What files of rows say.

    Args:
        rows: of tests, in the order they were written.
        runs: that wrote them.
    """

    rows: list[Row]
    runs: list[Run]


class Line(NamedTuple):
    """One line of the table: the rows of one mode, over cores and interpreters."""

    group: str
    subject: str
    mode: str
    rows: tuple[Row, ...]

    def cells(self, overhead: str = "") -> dict[str, str]:
        """Texts of `COLUMNS`."""
        notes = dict.fromkeys(row.note for row in self.rows if row.note)
        return {
            "program": self.subject,
            "mode": self.mode,
            "core": ", ".join(dict.fromkeys(row.core for row in self.rows if row.core)) or "c",
            "CPython": ", ".join(sorted({minor(row.python) for row in self.rows}, key=_by_number)),
            **{name: str(sum(getattr(row, name) for row in self.rows)) for name in _NUMBERS[:-1]},
            "overhead": overhead,
            "note": "; ".join(notes),
        }


def minor(version: str) -> str:
    """3.11 of 3.11.7."""
    return ".".join(version.split(".")[:2])


def _by_number(version: str) -> list[int]:
    return [int(part) for part in version.split(".") if part]


def read(path: Path) -> Found:
    """What a JSON-lines file has: a line for each run, then its rows."""
    found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return Found(
        [Row(**one) for one in found if "run" not in one], [Run(**one["run"]) for one in found if "run" in one]
    )


def together(parts: Iterable[Found]) -> Found:
    """Several files as one."""
    every = list(parts)
    return Found([row for part in every for row in part.rows], [run for part in every for run in part.runs])


def lines(rows: Iterable[Row]) -> list[Line]:
    """Merge rows that differ in core and interpreter alone; of equal ones the last counts."""
    merged: dict[tuple[str, str, str], dict[tuple[str, str], Row]] = {}
    for row in rows:
        merged.setdefault((row.group, row.subject, row.mode), {})[row.core, minor(row.python)] = row
    every = (Line(*key, tuple(by_run[one] for one in sorted(by_run))) for key, by_run in merged.items())
    return sorted(every, key=lambda line: (_place(line.group), line.subject.lower(), line.mode))


def _place(group: str) -> tuple[int, str]:
    known = list(HEADINGS)
    return (known.index(group) if group in known else len(known), group)


def page(found: Found, overheads: Sequence[Overhead]) -> str:
    """docs/compatibility.md."""
    table = lines(found.rows)
    measured = {(one.subject, one.mode): one.text() for one in overheads}
    parts = [INTRODUCTION]
    for group in dict.fromkeys(line.group for line in table):
        of_group = [line for line in table if line.group == group]
        parts.append(f"## {HEADINGS.get(group, group.capitalize())}\n\n{_markdown(of_group, measured)}")
        if group == SERVERS:
            parts.append(OVERHEAD)
    return "\n".join([*parts, _foot(found, len(table), overheads)])


def _markdown(table: Sequence[Line], measured: dict[tuple[str, str], str]) -> str:
    """A table of one group; only servers have an overhead."""
    columns = [name for name in COLUMNS if name != "overhead" or table[0].group == SERVERS]
    cells = [line.cells(measured.get((line.subject, line.mode), "")) for line in table]
    body = ([texts[name].replace("|", "\\|") for name in columns] for texts in cells)
    head = (columns, ["---:" if name in _NUMBERS else "---" for name in columns])
    return "".join(f"| {' | '.join(row)} |\n" for row in (*head, *body))


def _foot(found: Found, number: int, overheads: Sequence[Overhead]) -> str:
    """When, at which revision, and with what."""
    newest = {run.python: run for run in found.runs}
    said = [_ran(f"CPython {run.python}", run) for run in newest.values()]
    measured = {(one.run.when, one.run.revision, one.run.python): one.run for one in overheads}
    said += [_ran(f"Overhead, CPython {run.python}", run) for run in measured.values()]
    return "\n".join([f"## What ran\n\n{number} lines of {len(found.rows)} runs, on Linux.\n", *said]).rstrip() + "\n"


def _ran(what: str, run: Run) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in run.versions.items())
    return f"- {what}, {run.when}, revision {run.revision or 'unknown'}: {versions}."


def keys_of(text: str) -> set[tuple[str, str, str]]:
    """(program, mode, CPython) of each line of a page, to tell a stale one."""
    found = set()
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| ") and len(cells) >= len(COLUMNS) - 1 and cells[0] not in (COLUMNS[0], "---"):
            found |= {(cells[0], cells[1], version) for version in cells[3].split(", ")}
    return found
