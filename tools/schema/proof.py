"""The checks must be able to fail: each is shown something broken, and has to complain."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tools.schema import grammars, round_trip, shapes
from tools.schema.problem import Document, Problem
from tools.schema.queries import queries

Check = Callable[[Document], Iterator[Problem]]


class Damage(NamedTuple):
    """One way to break a dashboard.

    Args:
        what: in words.
        by: the check that must notice.
        apply: breaks the document in place.
        said: part of the complaint.
    """

    what: str
    by: str
    apply: Callable[[Document], None]
    said: str


def _first(document: Document, *, panel: str = "", source: str = "") -> Any:
    """The first panel of a type, or the first target of a data source."""
    for found in document["panels"]:
        if panel and found["type"] == panel:
            return found
        for target in found.get("targets", ()):
            if source and target["datasource"]["type"] == source:
                return target
    raise LookupError(f"no {panel or source}")


def _set(key: str, value: object, **where: str) -> Callable[[Document], None]:
    def apply(document: Document) -> None:
        inside = _first(document, **where) if where else document
        *path, last = key.split(".")
        for step in path:
            inside = inside[step]
        inside[last] = value

    return apply


_LINE_WIDTH = "fieldConfig.defaults.custom.linewidth"  # it is lineWidth

DAMAGES = (
    Damage("a panel option of another type", "types", _set("options.graphMode", "sideways", panel="stat"), "graphMode"),
    Damage("an option that no table has", "types", _set("options.tabel", True, panel="table"), "tabel"),
    Damage("a field setting that no time series has", "types", _set(_LINE_WIDTH, 1, panel="timeseries"), "linewidth"),
    Damage("a refresh rate that is no text", "types", _set("refresh", 5), "refresh"),
    Damage("a key that no dashboard has", "types", _set("pannels", []), "pannels"),
    Damage("a Tempo limit that is no number", "types", _set("limit", "20", source="tempo"), "limit"),
    Damage("a key that the SDK does not know", "sdk", _set("graphTooltips", 1), "graphTooltips"),
    Damage("an option that the SDK does not know", "sdk", _set("options.shadow", 1, panel="stat"), "shadow"),
    Damage("PromQL with a bracket missing", "grammars", _set("expr", "sum(rate(a[5m])", source="prometheus"), "PromQL"),
    Damage("LogQL with a filter missing", "grammars", _set("expr", '{a="b"} | | c="d"', source="loki"), "LogQL"),
    Damage("TraceQL with a value missing", "grammars", _set("query", "{ event:name = }", source="tempo"), "TraceQL"),
)  # fmt: skip


def unnoticed(document: Document, packages: Path) -> Iterator[Problem]:
    """Damages that the responsible check let pass.

    Args:
        document: a sound dashboard that has all kinds of panels and data sources.
        packages: folder that has `node_modules`.
    """
    broken: dict[str, Document] = {}
    for number, damage in enumerate(DAMAGES):
        broken[f"damage{number}"] = copy.deepcopy(document)
        damage.apply(broken[f"damage{number}"])
    found: dict[str, list[Problem]] = {
        "types": list(shapes.check({name: broken[name] for name in _names("types")}, packages)),
        "sdk": list(round_trip.check({name: broken[name] for name in _names("sdk")})),
        "grammars": [],
    }
    texts = [query for name in _names("grammars") for query in queries(name, broken[name])]
    found["grammars"] = list(grammars.check(texts, packages))
    for number, damage in enumerate(DAMAGES):
        said = [problem for problem in found[damage.by] if f"damage{number}:" in problem.where]
        if not any(damage.said in problem.what for problem in said):
            yield Problem("proof", f"{damage.what}: not noticed by the check of {damage.by}")


def _names(by: str) -> list[str]:
    return [f"damage{number}" for number, damage in enumerate(DAMAGES) if damage.by == by]
