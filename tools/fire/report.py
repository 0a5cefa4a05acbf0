"""What was found, as a table for a terminal and as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from itertools import groupby

from otel_audit.cli.samples import attributes
from otel_audit.cli.table import number, table
from otel_audit.events import CATALOGUE
from tools.fire.result import CORES, Firing

_KEYS_WIDTH = 1 << 10


def lines(firings: Sequence[Firing]) -> Iterator[str]:
    """A row per event, then what is wrong, then the sums."""
    rows = []
    for event, both in groupby(firings, lambda firing: firing.event):
        ways = list(both)
        row = CATALOGUE.get(event)
        rows.append((event, row.group if row else "-", *(way.how for way in ways), " ".join(keys(ways))))
    yield from table(("EVENT", "GROUP", "C", "PYTHON", "ATTRIBUTES"), rows, width=_KEYS_WIDTH)
    notes = {(firing.core, firing.note, firing.event) for firing in firings if firing.how == "core only"}
    yield ""
    for core, note, event in sorted(notes):
        yield f"{event} ({core}): {note}"
    wrong = [(firing, problem) for firing in firings for problem in firing.problems]
    yield from (f"WRONG {firing.event} ({firing.core}): {problem}" for firing, problem in wrong)
    yield _sum(firings, len(wrong))


def keys(ways: Sequence[Firing]) -> list[str]:
    """Attribute keys of an event's records, in their order."""
    return list(dict.fromkeys(key for way in ways for line in way.lines for key in attributes(line)))


def _sum(firings: Sequence[Firing], wrong: int) -> str:
    sums = []
    for how in ("fired", "core only", "synthetic", "absent"):
        times = [sum(firing.how == how for firing in firings if firing.core == core) for core in CORES]
        sums.append(f"{how} {times[0]}/{times[1]}")
    events = number(len({firing.event for firing in firings}), "event")
    version = ".".join(map(str, sys.version_info[:3]))
    return f"CPython {version}, {events} (C/Python): {', '.join(sums)}; {number(wrong, 'problem')}"


def as_json(firings: Sequence[Firing]) -> str:
    """All of it, for programs."""
    found = [firing._asdict() for firing in firings]
    return json.dumps({"python": ".".join(map(str, sys.version_info[:3])), "firings": found}, indent=1) + "\n"
