"""Where the catalogue and the interpreter disagree, as lines one can act on."""

from __future__ import annotations

import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from otel_audit.model import Event
from tools.drift.explained import ABSENT, DYNAMIC, FEWER, MISNAMED
from tools.drift.interpreter import Found
from tools.drift.sites import Site

PLATFORMS = {"linux": ("all", "posix", "linux"), "darwin": ("all", "posix", "macos"), "win32": ("all", "windows")}
"""Values of `Event.platforms` that hold here, by `sys.platform`."""

VERSION = ".".join(map(str, sys.version_info[:2]))

ONE_OBJECT = ("O", "N")
"""Formats that make one argument of an object, and as many as it holds of a tuple."""


class Difference(NamedTuple):
    """One disagreement.

    Args:
        kind: `new`, `dynamic`, `arguments`, `version`, `platform`, `missing` or `documented`.
        name: of the event.
        line: what is different, and where.
    """

    kind: str
    name: str
    line: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.line}"


class Comparison:
    """A catalogue against what an interpreter can raise.

    Args:
        found: what was found.
        catalogue: rows by name.
        version: of the interpreter, as "3.14".
        platform: `sys.platform`.
    """

    def __init__(
        self,
        found: Found,
        catalogue: Mapping[str, Event],
        version: str = VERSION,
        platform: str = sys.platform,
    ) -> None:
        self.found = found
        self.catalogue = catalogue
        self.version = version
        self.platforms = PLATFORMS.get(platform, ("all", "posix"))
        self.sites: dict[str, list[Site]] = defaultdict(list)
        for site in found.sites:
            if not site.dynamic:
                self.sites[site.name].append(site)

    def differences(self) -> Iterator[Difference]:
        """Every disagreement; none where the catalogue is right."""
        yield from self.unknown()
        for name, sites in sorted(self.sites.items()):
            row = self.catalogue.get(name)
            if row is not None:
                yield from self._of_row(row, sites)
        yield from self._missing()

    def unknown(self) -> Iterator[Difference]:
        """What no row describes: new names, documented ones, and sites whose name nobody knows."""
        for name, sites in sorted(self.sites.items()):
            if name not in self.catalogue:
                yield Difference("new", name, f"{name}({_arguments(sites)}), raised by {_places(sites)}")
        for name in sorted(self.found.documented - self.catalogue.keys() - MISNAMED.keys() - self.sites.keys()):
            yield Difference("documented", name, f"{name}, in the interpreter's documentation")
        explained = Counter[str]()
        for site in self.found.sites:
            text = f"{site.where} ({site.format})"
            if site.dynamic and not _explained(text, explained):
                yield Difference("dynamic", site.name, f"{site.name} at {text}: the name is known only when it runs")

    def _of_row(self, row: Event, sites: list[Site]) -> Iterator[Difference]:
        if not self._current(row):
            span = f"{row.since} to {row.until or 'now'}"
            yield Difference("version", row.name, f"{row.name} is here, its row says {span}: {_places(sites)}")
        if row.platforms not in self.platforms:
            yield Difference(
                "platform", row.name, f"{row.name} is here, its row says {row.platforms}: {_places(sites)}"
            )
        counts = {site.arguments for site in sites if site.arguments is not None}
        most, named = max(counts, default=len(row.args)), len(row.args)
        if most > named or (most < named and not self._may_be_fewer(row, sites)):
            names = ", ".join(arg.name for arg in row.args)
            line = f"{row.name} passes ({_arguments(sites)}), its row has ({names}): {_places(sites)}"
            yield Difference("arguments", row.name, line)

    def _may_be_fewer(self, row: Event, sites: list[Site]) -> bool:
        if any(site.arguments is None or site.format in ONE_OBJECT for site in sites):
            return True
        return row.name in FEWER and _order(self.version) <= _order(FEWER[row.name][0])

    def _missing(self) -> Iterator[Difference]:
        for row in self.catalogue.values():
            expected = row.platforms in self.platforms and self._current(row) and row.name not in ABSENT
            if expected and row.name not in self.sites and (self.found.read or not self.found.holds(row.name)):
                yield Difference("missing", row.name, f"{row.name} has a row, and nothing here raises it")

    def _current(self, row: Event) -> bool:
        since, until, now = _order(row.since), _order(row.until), _order(self.version)
        return since <= now and (not row.until or now <= until)


def _order(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split("."))) if version else ()


def _explained(text: str, used: Counter[str]) -> bool:
    """Whether a pattern explains the site; each does so once an image."""
    image = text.partition(":")[0]
    for pattern in DYNAMIC:
        if re.fullmatch(pattern, text) and not used[image + pattern]:
            used[image + pattern] += 1
            return True
    return False


def _arguments(sites: list[Site]) -> str:
    formats = sorted({site.format for site in sites if site.arguments is not None}) or ["unknown arguments"]
    return " or ".join(each or "no arguments" for each in formats)


def _places(sites: list[Site]) -> str:
    return ", ".join(sorted({site.where for site in sites}))
