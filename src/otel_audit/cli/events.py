"""`otel-audit events`: the catalogue, as a table, one event in detail, or JSON."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches

from otel_audit import events
from otel_audit.cli.event_detail import as_json, detail
from otel_audit.cli.event_facts import facts, mentions
from otel_audit.cli.table import number, table
from otel_audit.model import Event
from otel_audit.selectors import glob_match, is_glob
from otel_audit.visible import visible

_EXAMPLES = """examples:
  otel-audit events                     the whole catalogue
  otel-audit events security            what a public selector or a group holds
  otel-audit events 'socket.*'          what a glob matches
  otel-audit events --search dns        names, meanings, arguments, attributes
  otel-audit events os --search 'file.path owner'
                                        all words, within a selection
  otel-audit events subprocess.Popen    one event in detail, with a record
  otel-audit events --json | jq -r '.[] | select(.default) | .name'
  otel-audit events open --json | jq '.[0].sample.record'

Events that applications raise by sys.audit() need no entry here: they are the
group `custom`; a name that is a sentence is the event `message`.
"""
_NOT_CATALOGUED = {
    "custom": "events of applications and libraries are in no catalogue; any sys.audit() name is recorded",
    "message": "names with white space, or over 128 bytes, are recorded as this event, the name as its text",
}
_SHOWN = 5
"""Names in one line of error."""


def main(arguments: Sequence[str]) -> int:
    """Print what is asked for; 1 when there is no such event."""
    options = _parser().parse_args(arguments)
    rows = select(options.selector)
    if not rows:
        print(f"otel-audit: {_unknown(visible(options.selector))}", file=sys.stderr)
        return 1
    if options.search:
        rows = [row for row in rows if mentions(row.name, options.search)]
    if not rows:
        print(f"otel-audit: --search {visible(options.search)}: no event mentions it", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps([as_json(facts(row.name)) for row in rows], indent=2))
        return 0
    for line in detail(facts(rows[0].name)) if options.selector in events.CATALOGUE else _list(rows):
        print(visible(line))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="otel-audit events",
        description="The audit events CPython raises, and what is recorded of each.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("selector", nargs="?", default="all", metavar="NAME|GROUP|GLOB", help="default: all")
    parser.add_argument("--search", default="", metavar="WORDS", help="only events that mention all of them")
    parser.add_argument("--json", action="store_true", help="a list of objects instead of text")
    return parser


def select(selector: str) -> list[Event]:
    """Rows of a name, a group, a public selector or a glob, by group and name."""
    rows = (row for row in events.CATALOGUE.values() if row.name in _names(selector))
    return sorted(rows, key=lambda row: (row.group, row.name))


def _names(selector: str) -> Iterable[str]:
    public: Mapping[str, Iterable[str]] = {
        "all": events.CATALOGUE,
        "default": events.DEFAULT,
        "security": events.SECURITY,
    }
    if selector in public:
        return public[selector]
    if selector in events.CATALOGUE:
        return (selector,)
    if is_glob(selector):
        return frozenset(name for name in events.CATALOGUE if glob_match(selector, name))
    return events.GROUPS.get(selector, ())


def _unknown(selector: str) -> str:
    if selector in _NOT_CATALOGUED:
        return f"{selector}: {_NOT_CATALOGUED[selector]}"
    known = {name.lower(): name for name in [*events.CATALOGUE, *events.GROUPS, "all", "default", "security"]}
    near = get_close_matches(selector.lower(), known, n=1)
    hint = f" (did you mean {known[near[0]]}?)" if near else ""
    return f"{selector}: expected an event, a group or a glob that matches one{hint}{_found(selector)}"


def _found(words: str) -> str:
    """What a search would have said."""
    names = [] if is_glob(words) or not words.strip() else [name for name in events.CATALOGUE if mentions(name, words)]
    if not names:
        return ""
    shown = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
    return f"\notel-audit: {number(len(names), 'event')} by --search {words}: {shown}"


def _list(rows: Sequence[Event]) -> Iterator[str]:
    """One line each for a pipe or a wide terminal; a narrow one gets the meaning below, wrapped."""
    cells = [
        (row.name, row.group, _default(row), row.frequency, events.severity(row.name), row.meaning) for row in rows
    ]
    # Meanings are sentences: cutting them would take the half that says why.
    wide = list(table(("EVENT", "GROUP", "DEFAULT", "FREQUENCY", "SEVERITY", "MEANING"), cells, width=1 << 10))
    columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else 1 << 10
    if max(map(len, wide)) <= columns:
        yield from wide
        return
    header, *short = table(("EVENT", "GROUP", "DEFAULT", "SEVERITY"), [(*cell[:3], cell[4]) for cell in cells])
    yield header
    for line, row in zip(short, rows):
        yield line
        yield from textwrap.wrap(row.meaning, max(columns, 40), initial_indent="    ", subsequent_indent="    ")


def _default(row: Event) -> str:
    return str(events.DEFAULT.get(row.name, "-"))
