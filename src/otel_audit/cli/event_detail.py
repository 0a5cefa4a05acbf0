"""One event in detail, for a terminal of 80 columns."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping

from otel_audit import events
from otel_audit.cli.event_facts import Facts
from otel_audit.cli.table import table

WIDTH = 78


def detail(known: Facts) -> Iterator[str]:
    """Lines of text."""
    event = known.event
    yield event.name
    yield from textwrap.wrap(event.meaning, WIDTH, initial_indent="  ", subsequent_indent="  ")
    yield ""
    yield from table(
        ("", ""),
        [
            ("raised by  ", f"{known.versions}, {known.platforms}"),
            ("how often", event.frequency),
            ("severity", events.severity(event.name)),
            ("default", known.default),
            *([("event loop", "waits for it: marked where one runs in the thread")] if event.blocking else ()),
        ],
    )
    selectors = ", ".join(known.selectors)
    yield from textwrap.wrap(f"selected by  {selectors}", WIDTH, subsequent_indent=" " * 13, break_on_hyphens=False)
    yield ""
    yield from _arguments(known)
    yield from _record(known)
    yield ""
    for variable, meaning in known.settings():
        yield f"# {meaning}"
        yield variable
    yield ""
    yield known.page


def _arguments(known: Facts) -> Iterator[str]:
    """Each argument with how it is read, and below it what it becomes."""
    if not known.arguments:
        yield "It has no arguments."
    else:
        yield "ARGUMENT, how it is read, and the attributes it becomes"
    width = max((len(argument.name) for argument in known.arguments), default=0)
    for argument in known.arguments:
        yield f"  {argument.name.ljust(width)}  {argument.captured}"
        yield from _keys(argument.keys)
    if known.others:
        yield "  from what is known together"
        yield from _keys(known.others)


def _keys(keys: Mapping[str, str]) -> Iterator[str]:
    return (f"      {key} ({kind})" for key, kind in keys.items())


def _record(known: Facts) -> Iterator[str]:
    if known.sample is None:
        return
    record, origin = known.sample.record, known.sample.origin
    yield ""
    yield f"{origin[0].upper()}{origin[1:]}, on the console and in the JSON log:"
    yield ""
    yield from textwrap.wrap(str(record["message"]), WIDTH, initial_indent="  ", subsequent_indent="  ")
    yield ""
    yield from (f"  {line}" for line in json.dumps(record, indent=2, ensure_ascii=False).splitlines())


def as_json(known: Facts) -> dict[str, object]:
    """One row for programs."""
    event, rule = known.event, events.DEFAULT.get(known.event.name)
    return {
        "name": event.name,
        "group": event.group,
        "arguments": [argument.name for argument in known.arguments],
        "captured": {arg.name: arg.kind.name.lower() for arg in event.args},
        "attributes": {argument.name: list(argument.keys) for argument in known.arguments if argument.keys},
        "types": known.keys,
        "since": event.since,
        "until": event.until or None,
        "platforms": event.platforms,
        "default": None if rule is None else str(rule),
        "security": event.name in events.SECURITY,
        "selectors": known.selectors,
        "frequency": event.frequency,
        "severity": events.severity(event.name),
        "blocking": event.blocking,
        "meaning": event.meaning,
        "settings": [variable for variable, _ in known.settings()],
        "page": known.page,
        "sample": None if known.sample is None else known.sample._asdict(),
    }
