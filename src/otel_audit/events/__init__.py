"""The catalogue: one row for every audit event CPython raises, and what the public selectors mean.

A new event is one row in one family file.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from otel_audit.events import (
    console,
    database,
    diagnostics,
    dns,
    dynamic_code,
    environment,
    filesystem,
    imports,
    interpreter,
    introspection,
    ipc,
    mail,
    memory,
    native,
    network,
    process,
    serialization,
    thread,
    time,
    web,
    windows,
)
from otel_audit.events.family import Family
from otel_audit.model import Arg, Event, Kind, Rule, RuleKind, Severity

__all__ = [
    "CATALOGUE",
    "CUSTOM_GROUP",
    "CUSTOM_KINDS",
    "CUSTOM_RULE",
    "DEFAULT",
    "GROUPS",
    "MESSAGE",
    "NAMESPACES",
    "SECURITY",
    "generic",
    "severity",
]

CUSTOM_GROUP = "custom"
"""Group of names in no row: events of applications and libraries, and of a CPython newer than this catalogue."""

CUSTOM_KINDS = (Kind.AUTO,) * 8
"""How the arguments of such a name are copied; past the eighth they are counted."""

CUSTOM_RULE = Rule(RuleKind.RATE, 100)
"""Nobody knows how often they come."""

_FAMILIES: tuple[Family, ...] = (
    process.FAMILY,
    network.FAMILY,
    dns.FAMILY,
    web.FAMILY,
    filesystem.FAMILY,
    imports.FAMILY,
    dynamic_code.FAMILY,
    native.FAMILY,
    serialization.FAMILY,
    database.FAMILY,
    introspection.FAMILY,
    interpreter.FAMILY,
    ipc.FAMILY,
    mail.FAMILY,
    diagnostics.FAMILY,
    thread.FAMILY,
    memory.FAMILY,
    console.FAMILY,
    environment.FAMILY,
    time.FAMILY,
    windows.FAMILY,
)

MESSAGE = Event(
    "message",
    CUSTOM_GROUP,
    (Arg("text", Kind.TEXT),),
    "{text}",
    meaning="An event whose name is a message, as tutorials teach it: counted as one, its text kept and redacted.",
)
"""Row of names with white space or over 128 bytes; its argument is the name, what came with it is in no row."""


def _by_group() -> dict[str, frozenset[str]]:
    names: dict[str, set[str]] = {CUSTOM_GROUP: set()}
    for family in _FAMILIES:
        for event in family.events:
            names.setdefault(event.group, set()).add(event.name)
    return {group: frozenset(members) for group, members in names.items()}


CATALOGUE: Mapping[str, Event] = MappingProxyType({row.name: row for family in _FAMILIES for row in family.events})
"""Every row, by name."""

GROUPS: Mapping[str, frozenset[str]] = MappingProxyType(_by_group())
"""Event names by group."""

DEFAULT: Mapping[str, Rule] = MappingProxyType(
    {name: rule for family in _FAMILIES for name, rule in family.default.items()}
)
"""The selector `default`: worth leaving on in production, a handful of records for an ordinary web request."""

SECURITY: frozenset[str] = frozenset().union(*(family.security for family in _FAMILIES))
"""The selector `security`: what an intruder needs."""

NAMESPACES: frozenset[str] = frozenset(name.partition(".")[0] for name in CATALOGUE if "." in name)
"""First components of catalogued names: `os`, `socket`, ..."""


def generic(name: str) -> Event:
    """Row for a name that is in no row: no argument is named, `CUSTOM_KINDS` says how they are copied."""
    return Event(name, CUSTOM_GROUP, meaning="An event that is not in the catalogue: an application's own, or new.")


def severity(name: str) -> Severity:
    """Log severity of an event: `warn` for the selector `security`, `debug` for what is hot."""
    if name in SECURITY:
        return "warn"
    event = CATALOGUE.get(name)
    return "debug" if event is not None and event.frequency == "hot" else "info"
