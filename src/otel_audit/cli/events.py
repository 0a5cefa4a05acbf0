"""`otel-audit events`: the catalogue, as a table, one event in detail, or JSON."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from otel_audit import events, semconv
from otel_audit.cli.table import table
from otel_audit.events.decode import arg_key
from otel_audit.model import Arg, Event, Items, Kind, Value
from otel_audit.selectors import glob_match, is_glob

_CAPTURED = {
    Kind.SKIP: "not read",
    Kind.TEXT: "text",
    Kind.SIZE: "length and type, never the content",
    Kind.INT: "whole number",
    Kind.FLOAT: "number",
    Kind.BOOL: "true or false",
    Kind.PATH: "path or descriptor",
    Kind.ADDRESS: "socket address",
    Kind.ARGV: "command line, item by item",
    Kind.CODE: "file, name and line of a code object",
    Kind.TYPE: "type name",
    Kind.AUTO: "text and numbers as they are, all else by size or type",
}
_EXAMPLES = """examples:
  otel-audit events                   the whole catalogue
  otel-audit events security          what a public selector or a group holds
  otel-audit events 'socket.*'        what a glob matches
  otel-audit events subprocess.Popen  one event in detail
  otel-audit events --json | jq -r '.[] | select(.default) | .name'

Events that applications raise by sys.audit() need no entry here: they are the group `custom`.
"""


def main(arguments: Sequence[str]) -> int:
    """Print what is asked for; 1 when there is no such event."""
    options = _parser().parse_args(arguments)
    rows = select(options.selector)
    if not rows:
        print(f"otel-audit: {_unknown(options.selector)}", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps([as_json(row) for row in rows], indent=2))
        return 0
    for line in _detail(rows[0]) if options.selector in events.CATALOGUE else _list(rows):
        print(line)
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
    if selector == events.CUSTOM_GROUP:
        return "custom: events of applications and libraries are in no catalogue; any sys.audit() name is recorded"
    known = {name.lower(): name for name in [*events.CATALOGUE, *events.GROUPS, "all", "default", "security"]}
    near = get_close_matches(selector.lower(), known, n=1)
    hint = f" (did you mean {known[near[0]]}?)" if near else ""
    return f"{selector}: expected an event, a group or a glob that matches one{hint}"


def as_json(row: Event) -> dict[str, Any]:
    """One row for programs."""
    rule = events.DEFAULT.get(row.name)
    return {
        "name": row.name,
        "group": row.group,
        "arguments": [arg.name for arg in row.args],
        "captured": {arg.name: arg.kind.name.lower() for arg in row.args},
        "attributes": {arg.name: attribute_keys(arg) for arg in row.args if arg.kind is not Kind.SKIP},
        "default": None if rule is None else str(rule),
        "security": row.name in events.SECURITY,
        "frequency": row.frequency,
        "severity": events.severity(row.name),
        "meaning": row.meaning,
    }


def _default(row: Event) -> str:
    return str(events.DEFAULT.get(row.name, "-"))


def _list(rows: Sequence[Event]) -> Iterator[str]:
    cells = [
        (row.name, row.group, _default(row), row.frequency, events.severity(row.name), row.meaning) for row in rows
    ]
    # Meanings are sentences: cutting them would take the half that says why; a pipe or a wide terminal gets all of it.
    yield from table(("EVENT", "GROUP", "DEFAULT", "FREQUENCY", "SEVERITY", "MEANING"), cells, width=1 << 10)


def _detail(row: Event) -> Iterator[str]:
    sampling = _default(row)
    facts = [
        ("group", row.group),
        ("default", f"recorded, sampling {sampling}" if row.name in events.DEFAULT else "not in the selector default"),
        ("security", "in the selector security" if row.name in events.SECURITY else "not in the selector security"),
        ("frequency", row.frequency),
        ("severity", events.severity(row.name)),
    ]
    yield row.name
    yield from (f"  {line}" for line in table(("", ""), facts))
    yield ""
    yield row.meaning
    yield ""
    if not row.args:
        yield "It has no arguments."
        return
    cells = [(arg.name, _CAPTURED[arg.kind], ", ".join(attribute_keys(arg)) or "-") for arg in row.args]
    yield from table(("ARGUMENT", "CAPTURED", "ATTRIBUTES"), cells, width=1 << 10)


def attribute_keys(arg: Arg) -> list[str]:
    """Keys an argument may end under. A decoder is asked with values of the kinds it may meet."""
    if arg.kind is Kind.SKIP:
        return []
    if arg.decode is None:
        if arg.kind is Kind.CODE:
            return _CODE_KEYS
        if arg.kind is Kind.SIZE:
            return [arg_key(arg.name) + ".size"]
        if arg.kind is Kind.TYPE and arg.attribute is None:
            return [arg_key(arg.name) + ".type"]
        return [arg.attribute or arg_key(arg.name)]
    found: dict[str, None] = {}
    for value in _SAMPLES.get(arg.kind, _NUMBERS + _TEXTS):
        try:
            found.update(dict.fromkeys(arg.decode(value)))
        except (TypeError, ValueError, LookupError):  # a value this decoder never meets
            continue
    return list(found) or [arg.attribute or arg_key(arg.name)]


_CODE_KEYS = [semconv.CODE_FILE_PATH, semconv.CODE_FUNCTION_NAME, semconv.CODE_LINE_NUMBER]
_NUMBERS: tuple[Value, ...] = (1, 2)
_TEXTS: tuple[Value, ...] = ("/x", "x")
_SAMPLES: Mapping[Kind, tuple[Value, ...]] = {
    Kind.TEXT: _TEXTS,
    Kind.INT: _NUMBERS,
    Kind.PATH: ("/x", 3),
    Kind.ADDRESS: (Items(("127.0.0.1", 443), 2), "/x"),
    Kind.ARGV: (Items(("x", "y"), 2), "x y"),
}
