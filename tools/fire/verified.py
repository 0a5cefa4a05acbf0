"""What was fired where, over all interpreters: docs/events/verified.json, and the page made of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from otel_audit.events import CATALOGUE
from tools.fire.report import keys
from tools.fire.result import CORES, VERSION, Firing

FILE = Path(__file__).parents[2] / "docs" / "events" / "verified.json"
Verified = dict[str, dict[str, dict[str, Any]]]
"""version -> event -> `c` and `python`: how; `attributes`: keys; `notes`: how it was proven."""


def load() -> Verified:
    """All versions seen so far."""
    found: Verified = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    return found


def column(firings: Iterable[Firing]) -> dict[str, dict[str, Any]]:
    """What this version adds."""
    by_event: dict[str, list[Firing]] = {}
    for firing in firings:
        by_event.setdefault(firing.event, []).append(firing)
    return {
        event: {**{way.core: way.how for way in ways}, "attributes": keys(ways), **_notes(ways)}
        for event, ways in sorted(by_event.items())
    }


def _notes(ways: Iterable[Firing]) -> dict[str, Any]:
    notes = {way.core: way.note for way in ways if way.note}
    return {"notes": notes} if notes else {}


def write(firings: Iterable[Firing]) -> None:
    """Replace this version's part of the file."""
    found = load()
    mine = {**found.get(VERSION, {}), **column(firings)}
    found[VERSION] = {event: mine[event] for event in sorted(mine) if event in CATALOGUE}
    versions = sorted(found, key=lambda version: int(version.partition(".")[2]))
    parts = []
    for version in versions:
        events = ",\n".join(f"  {json.dumps(event)}: {json.dumps(what)}" for event, what in found[version].items())
        parts.append(f"{json.dumps(version)}: {{\n{events}\n}}")
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")


_PAGE = """# Verified

What `python -m tools.fire` saw on each version: every event of CPython's list, fired through the real hook and the
whole pipeline, once with the C core and once with the Python core. Both cores made the same attributes; none came from
the generic decoder.

- **fired**: the interpreter raised it and a record came out. Most triggers share a process; those that change it, and
  those of an interpreter's start, have one of their own.
- **core only**: raised while the interpreter ends, when no record can be kept any more: found in the core's counters.
- **synthetic**: this platform or build does not raise it: fed by `sys.audit()` with the documented arguments, each type
  they may have in turn.
- **absent**: this version does not raise it: fed likewise.

Two words in one cell are the C and the Python core's.
"""


def page() -> Iterator[str]:
    """docs/events/verified.md."""
    found = load()
    names = sorted({event for events in found.values() for event in events}, key=str.lower)
    yield from _PAGE.splitlines()
    yield ""
    yield "| event | " + " | ".join(["family", *found, "attributes"]) + " |"
    yield "|" + "---|" * (len(found) + 3)
    for name in names:
        ways = [found[version].get(name, {}) for version in found]
        attributes = dict.fromkeys(f"`{key}`" for way in ways for key in way.get("attributes", ()))
        cells = [CATALOGUE[name].group, *(_cell(way) for way in ways), " ".join(attributes) or "-"]
        yield f"| `{name}` | " + " | ".join(cells) + " |"
    yield ""
    yield "What was not fired among others in one process, and how it was proven:"
    yield ""
    for note, names_ in sorted(_notes_of(found).items()):
        yield f"- {note}: " + ", ".join(sorted(names_))


def _cell(way: Mapping[str, Any]) -> str:
    if not way:
        return "-"
    return str(way["c"]) if way["c"] == way["python"] else f"{way['c']} / {way['python']}"


def _notes_of(found: Verified) -> dict[str, set[str]]:
    """Notes, and the events they are about; with the core's name where the other has another."""
    about: dict[str, set[str]] = {}
    for events in found.values():
        for name, way in events.items():
            notes = way.get("notes", {})
            for core, note in notes.items():
                alike = set(notes.values()) == {note} and len(notes) == len(CORES)
                about.setdefault(note, set()).add(f"`{name}`" if alike else f"`{name}` ({core})")
    return about
