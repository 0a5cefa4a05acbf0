"""Rows into a page."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from tests_compat.rows import Row

HEADINGS = {
    "servers": "Servers and workers",
    "processes": "Processes",
    "ends": "Ends",
    "tools": "Beside other tools",
}
"""Groups in the order of the page; others follow by name."""
INTRODUCTION = """# Compatibility

Each line is a test that runs the real program, counts what its application raised, and compares event by event with
what arrived at an OTLP receiver. `make test-compat` runs them all, `make test-compat ARGUMENTS=--write` writes this
page.

*Offered* is what the application says it raised itself, over the runs with each core; *delivered* are distinct events
that arrived. *CPU* is the CPU time of handling the same load with the bridge, as a ratio to the same server with
OpenTelemetry and without the bridge, C core / Python core: of a few hundred requests of some milliseconds, each with
three custom events and a file, all recorded as logs and as span events. It varies by a tenth from run to run; what one
event costs is in [performance.md](performance.md). How each server is set up: [servers.md](servers.md).
"""
COLUMNS = ("program", "mode", "core", "offered", "delivered", "duplicated", "lost", "CPU", "note")


class Line(NamedTuple):
    """One line of the table: the rows of one mode, over cores."""

    group: str
    subject: str
    mode: str
    rows: tuple[Row, ...]

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it another line."""
        return self.group, self.subject, self.mode

    def cells(self) -> tuple[str, ...]:
        """Texts of `COLUMNS`."""
        sums = [sum(column) for column in zip(*((r.offered, r.delivered, r.duplicated, r.lost) for r in self.rows))]
        cores = ", ".join(row.core for row in self.rows if row.core) or "c"
        notes = dict.fromkeys(row.note for row in self.rows if row.note)
        return (self.subject, self.mode, cores, *map(str, sums), self._overhead(), "; ".join(notes))

    def _overhead(self) -> str:
        found = [f"{row.overhead:.2f}" for row in self.rows if row.overhead is not None]
        return " / ".join(found)


def read(path: Path) -> list[Row]:
    """Rows of a JSON-lines file, in the order they were written."""
    return [Row(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]


def lines(rows: Iterable[Row]) -> list[Line]:
    """Merge rows that differ in the core alone; of equal ones the last counts."""
    found: dict[tuple[str, str, str], dict[str, Row]] = {}
    for row in rows:
        found.setdefault((row.group, row.subject, row.mode), {})[row.core] = row
    merged = (Line(*key, tuple(by_core[core] for core in sorted(by_core))) for key, by_core in found.items())
    return sorted(merged, key=lambda line: (_place(line.group), line.subject.lower(), line.mode))


def _place(group: str) -> tuple[int, str]:
    known = list(HEADINGS)
    return (known.index(group) if group in known else len(known), group)


def page(rows: Sequence[Row]) -> str:
    """docs/compatibility.md."""
    parts = [INTRODUCTION]
    table = lines(rows)
    for group in dict.fromkeys(line.group for line in table):
        parts.append(f"## {HEADINGS.get(group, group.capitalize())}\n\n{_markdown(table, group)}")
    versions = ", ".join(sorted({row.python for row in rows if row.python}))
    parts.append(f"CPython {versions}, Linux, {len(table)} lines of {len(rows)} runs.\n")
    return "\n".join(parts)


def _markdown(table: Iterable[Line], group: str) -> str:
    body = (line.cells() for line in table if line.group == group)
    head = (COLUMNS, ("---",) * 3 + ("---:",) * 5 + ("---",))
    return "".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n" for cells in (*head, *body)
    )


def keys_of(text: str) -> set[tuple[str, str]]:
    """(program, mode) of each line of a page, to tell a stale one."""
    found = set()
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| ") and len(cells) == len(COLUMNS) and cells[0] not in (COLUMNS[0], "---"):
            found.add((cells[0], cells[1]))
    return found
