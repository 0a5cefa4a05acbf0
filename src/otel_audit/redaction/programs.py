"""What a word of a command line says about the words around it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from otel_audit.lazy import lazy
from otel_audit.redaction.program_rows import FAMILIES, ROWS, Row


class Option(NamedTuple):
    """A secret behind an option."""

    kind: str
    separator: str = ""
    glued_only: bool = False


class After(NamedTuple):
    """A secret among the words behind a word."""

    nth: int
    following: bool
    separator: str


class Program(NamedTuple):
    """A row, ready for look-ups; `when` is empty where it always holds."""

    options: Mapping[str, Option]
    after: Mapping[str, After]
    when: frozenset[str]
    cluster: bool
    loose: bool
    common: bool
    windows: bool


_AFTER = lazy(r"(?P<word>\S*):(?P<nth>\d)(?P<following>\+?)(?P<separator>[^\s\d+]?)")
FAMILY_BEGINNINGS = tuple(beginning for beginning, _ in FAMILIES)
SUFFIXES = (".exe", ".cmd", ".bat", ".com")


def _options(row: Row) -> dict[str, Option]:
    options = {name: Option("password", row.separator) for name in row.pair.split()}
    options |= {name: Option("password", glued_only=True) for name in row.glued.split()}
    for word in row.secret.split():
        kind, colon, name = word.rpartition(":")
        # Of a cookie the name may stay; without one it is the name of a file.
        options[name] = Option(kind, "=" if kind == "cookie" else "") if colon else Option("password")
    return options


def _after(row: Row) -> dict[str, After]:
    found = {}
    for word in row.after.split():
        if match := _AFTER.fullmatch(word):
            found[match["word"]] = After(int(match["nth"]), bool(match["following"]), match["separator"])
    return found


@lru_cache(maxsize=1)
def programs() -> Mapping[str, Program]:
    """All there are, by name; made when a command line is first looked at closely: most programs start none."""
    table: dict[str, Program] = {}
    for row in ROWS:
        when = frozenset(row.when.split())
        program = Program(_options(row), _after(row), when, row.cluster, row.loose, row.common, row.windows)
        for name in row.names.split():
            known = table.get(name)
            table[name] = program if known is None else _both(known, program)
    return table


def _both(one: Program, other: Program) -> Program:
    """Two rows of one name."""
    return Program(
        {**one.options, **other.options},
        {**one.after, **other.after},
        one.when | other.when,
        one.cluster or other.cluster,
        one.loose or other.loose,
        one.common or other.common,
        one.windows or other.windows,
    )


def program(word: str) -> Program | None:
    """The program a word names, wherever it lies."""
    name = word
    if "/" in name or "\\" in name:
        name = re.split(r"[/\\]", name)[-1]
    known = programs()
    found = known.get(name)
    if found is not None:
        return found
    if not name.islower():
        name = name.lower()
    if name.endswith(SUFFIXES):
        name = name[:-4]
    if name.startswith(FAMILY_BEGINNINGS):
        like = next(like for beginning, like in FAMILIES if name.startswith(beginning))
        return known.get(name, known[like])
    return known.get(name) if name is not word else None
