"""Writes docs/events: an index, a page per family, and what was verified where. All of it from rows and samples.

python -m tools.fire.pages
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from pathlib import Path

from otel_audit import events
from otel_audit.cli.event_facts import Facts, anchor, facts
from otel_audit.cli.table import number
from otel_audit.events import CATALOGUE, CUSTOM_GROUP, GROUPS
from tools.fire.verified import page as verified_page

DIRECTORY = Path(__file__).parents[2] / "docs" / "events"
_MADE = "<!-- made by python -m tools.fire.pages; edit the rows in src/otel_audit/events instead -->"
_INDEX = """# Audit events

Every audit event CPython raises, from 3.8 to 3.15, as otel-audit records it: {events} in {families} families.
`otel-audit events NAME` shows the same on a terminal, `otel-audit events --search WORDS` finds what mentions them.

CPython raises an event *before* it acts: a record says what was asked for, not what came of it. Where something was
taken out, `[redacted:<kind>]` stands in its place. Every record also has `python.audit.event`, `python.audit.group`,
`thread.id` and `thread.name`, and in a span its trace: they are in the samples, not in the tables.

- An argument that comes with a type nobody expects is named by it: `python.audit.arg.<argument>.type`. Arguments that
  are missing or too many are counted: `python.audit.missing_arguments`, `python.audit.extra_arguments`.
- *size, never content* means that not a byte is copied.
- The samples are lines of the JSON log, recorded from real events; where a platform or version was not at hand, the
  event was fed with the arguments its documentation names, and the sample says so. Identifiers, times and places in
  them are made up. [Verified](verified.md) lists what was fired on which version, through both cores.
- Events of applications and libraries are in no family here: they are the group `custom`, and
  [custom events](../custom-events.md) tells how to make good ones.
"""


def render() -> dict[str, str]:
    """Text of every page, by file name."""
    pages = {f"{group}.md": _text(_family(group)) for group in sorted(GROUPS) if group != CUSTOM_GROUP}
    return {"README.md": _text(_index()), **pages, "verified.md": _text([_MADE, "", *verified_page()])}


def _text(lines: Iterator[str] | list[str]) -> str:
    return "\n".join(lines).rstrip() + "\n"


def _index() -> Iterator[str]:
    groups = [group for group in sorted(GROUPS) if group != CUSTOM_GROUP]
    yield _MADE
    yield ""
    yield from _INDEX.format(events=number(len(CATALOGUE), "event"), families=len(groups)).splitlines()
    yield ""
    yield from _table("family", "events", "by default", "what it is about")
    for group in groups:
        held = sum(name in events.DEFAULT for name in GROUPS[group])
        yield _row(f"[{group}]({group}.md)", len(GROUPS[group]), held, _about(group))
    yield ""
    yield from _table("event", "family", "by default", "meaning")
    for name in sorted(CATALOGUE, key=str.lower):
        row = CATALOGUE[name]
        link = f"[`{name}`]({row.group}.md#{anchor(name)})"
        yield _row(link, row.group, events.DEFAULT.get(name, "-"), row.meaning)


def _about(group: str) -> str:
    documented = importlib.import_module(f"otel_audit.events.{group}").__doc__ or ""
    return " ".join(documented.partition("\n\n")[0].split())


def _family(group: str) -> Iterator[str]:
    yield _MADE
    yield ""
    yield f"# {group}"
    yield ""
    yield f"{_about(group)} [All families](README.md)"
    for name in sorted(GROUPS[group], key=str.lower):
        yield ""
        yield from _event(facts(name))


def _event(known: Facts) -> Iterator[str]:
    event = known.event
    yield f"## `{event.name}`"
    yield ""
    yield event.meaning
    yield ""
    yield f"- {known.versions}; {known.platforms}; {event.frequency}; severity {events.severity(event.name)}"
    yield f"- by default {known.default}"
    yield "- selected by " + ", ".join(f"`{selector}`" for selector in known.selectors)
    if known.arguments or known.others:
        yield ""
        yield from _arguments(known)
    if known.sample is not None:
        yield ""
        yield f"As the JSON log has it, {known.sample.origin}:"
        yield ""
        yield "```json"
        yield json.dumps(known.sample.record, indent=2, ensure_ascii=False)
        yield "```"


def _arguments(known: Facts) -> Iterator[str]:
    yield from _table("argument", "captured", "attributes")
    for argument in known.arguments:
        yield _row(f"`{argument.name}`", argument.captured, _keys(argument.keys))
    if known.others:
        yield _row("", "from what is known together", _keys(known.others))


def _keys(keys: object) -> str:
    assert isinstance(keys, dict)
    return ", ".join(f"`{key}` ({kind})" for key, kind in keys.items()) or "-"


def _table(*names: str) -> Iterator[str]:
    yield _row(*names)
    yield "|" + "---|" * len(names)


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


def main() -> None:
    """Write the pages, and remove those of families that are gone."""
    pages = render()
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        (DIRECTORY / name).write_text(text, encoding="utf-8")
    for stale in {path.name for path in DIRECTORY.glob("*.md")} - pages.keys():
        (DIRECTORY / stale).unlink()


if __name__ == "__main__":
    main()
