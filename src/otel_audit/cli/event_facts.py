"""What there is to say about one row of the catalogue, for text, JSON and pages alike."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from otel_audit import events
from otel_audit.cli.samples import Sample, attributes, samples
from otel_audit.custom.attribute_types import key_types
from otel_audit.events.decode import arg_key
from otel_audit.model import Arg, Event, Kind
from otel_audit.settings import PREFIX

CAPTURED = {
    Kind.SKIP: "not read",
    Kind.TEXT: "text",
    Kind.SIZE: "size, never content",
    Kind.INT: "whole number",
    Kind.FLOAT: "number",
    Kind.BOOL: "true or false",
    Kind.PATH: "path or descriptor",
    Kind.ADDRESS: "socket address",
    Kind.ARGV: "command line",
    Kind.CODE: "where it was written",
    Kind.TYPE: "type name",
    Kind.AUTO: "text and numbers",
    Kind.WORD: "command word and size",
}
_PLATFORMS = {
    "all": "all platforms",
    "posix": "POSIX",
    "linux": "Linux",
    "macos": "macOS and BSD",
    "windows": "Windows",
}
_TYPES = {"str": "string", "int": "int", "float": "double", "bool": "boolean"}
"""OpenTelemetry's words."""


class Argument(NamedTuple):
    """One argument, and what becomes of it.

    Args:
        name: the documentation's.
        captured: how it is read, in words.
        keys: attribute key -> type.
    """

    name: str
    captured: str
    keys: Mapping[str, str]


class Facts(NamedTuple):
    """All of a row that a person may ask for.

    Args:
        event: the row.
        arguments: in CPython's order.
        others: attributes that no single argument makes, key -> type.
        sample: a record; None for a row that nobody fired yet.
    """

    event: Event
    arguments: tuple[Argument, ...]
    others: Mapping[str, str]
    sample: Sample | None

    @property
    def keys(self) -> dict[str, str]:
        """All attributes, key -> type."""
        return {key: kind for argument in self.arguments for key, kind in argument.keys.items()} | dict(self.others)

    @property
    def versions(self) -> str:
        since, until = self.event.since, self.event.until
        return f"CPython {since} to {until}" if until else f"CPython {since} and later"

    @property
    def platforms(self) -> str:
        return _PLATFORMS[self.event.platforms]

    @property
    def default(self) -> str:
        """Its sampling when nothing is set."""
        rule = events.DEFAULT.get(self.event.name)
        return "not recorded" if rule is None else f"recorded, sampling {rule}"

    @property
    def selectors(self) -> list[str]:
        """What selects it, narrow to wide."""
        public = {"default": events.DEFAULT, "security": events.SECURITY}
        held = [name for name, members in public.items() if self.event.name in members]
        return [self.event.name, self.event.group, *held, "all"]

    @property
    def page(self) -> str:
        """Its place in the documentation."""
        return f"docs/events/{self.event.group}.md#{anchor(self.event.name)}"

    def settings(self) -> list[tuple[str, str]]:
        """Variables ready to paste, and what they do."""
        name = self.event.name
        if name in events.DEFAULT:
            choice = (f"{PREFIX}EXCLUDE={name}", "do not record it")
        else:
            choice = (f"{PREFIX}INCLUDE=default,{name}", "record it beside the default")
        rare = self.event.frequency == "rare"
        sampling = ("first", "keep the first of equal ones") if rare else ("100/s", "keep at most 100 a second")
        return [choice, (f"{PREFIX}SAMPLING={name}={sampling[0]}", sampling[1])]


@cache
def facts(name: str) -> Facts:
    """Those of a catalogued event."""
    event, sample = events.CATALOGUE[name], samples().get(name)
    seen = {key: type_word(value) for key, value in attributes(sample.record if sample else {}).items()}
    arguments = tuple(Argument(arg.name, _captured(arg), _keys(arg, seen)) for arg in event.args)
    known = {key for argument in arguments for key in argument.keys}
    odd = {_odd(arg) for arg in event.args}
    found = {key: kind for key, kind in (_words(key_types(event)) | seen).items() if key not in odd}
    others = {key: kind for key, kind in found.items() if key not in known}
    return Facts(event, arguments, others, sample)


def _captured(arg: Arg) -> str:
    return f"redacted: {arg.redact}" if arg.redact else CAPTURED[arg.kind]


def _keys(arg: Arg, seen: Mapping[str, str]) -> dict[str, str]:
    """Attributes of an argument: the one of odd types only where it is the rule, or was seen."""
    odd = _odd(arg)
    found = _words(key_types(Event("", "", (arg,))))
    return {key: kind for key, kind in found.items() if key != odd or arg.kind is Kind.TYPE or key in seen}


def _odd(arg: Arg) -> str:
    """What an argument of any type that its row does not expect becomes."""
    return arg_key(arg.name) + ".type"


def _words(types: Mapping[str, str]) -> dict[str, str]:
    return {key: _TYPES[kind.removesuffix("[]")] + kind[len(kind.removesuffix("[]")) :] for key, kind in types.items()}


def type_word(value: Any) -> str:
    """OpenTelemetry's word for a value's type."""
    if isinstance(value, list):
        return (type_word(value[0]) if value else "string") + "[]"
    return _TYPES[type(value).__name__]


def anchor(heading: str) -> str:
    """What GitHub makes of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def mentions(name: str, words: str) -> bool:
    """Whether name, group, meaning, arguments or attributes of an event hold all words."""
    known = facts(name)
    argument_names = [argument.name for argument in known.arguments]
    text = " ".join([name, known.event.group, known.event.meaning, *argument_names, *known.keys]).lower()
    return all(word in text for word in words.lower().split())
