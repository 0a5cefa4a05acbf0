"""The dashboards' PromQL as Grafana would send it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1] / "grafana" / "files" / "dashboards"


@dataclass(frozen=True)
class Target:
    """One query of a panel.

    Args:
        dashboard: name of the file, without ending.
        panel: title; of a second panel with the same title followed by its type in parentheses.
        ref: the query's letter.
        expr: PromQL with Grafana's variables.
        instant: asked for the end of the time range only.
        min_step: the query's own, in seconds, as the dashboard opens; 0 without one.
    """

    dashboard: str
    panel: str
    ref: str
    expr: str
    instant: bool
    min_step: int = 0

    @property
    def place(self) -> tuple[str, str, str]:
        return self.dashboard, self.panel, self.ref


def targets() -> Iterator[Target]:
    """Every PromQL query of every dashboard."""
    for dashboard in names():
        read, titles = _read(dashboard), set[str]()
        opens_with = {row["name"]: row["current"]["value"] for row in _variables(read) if row["type"] == "custom"}
        for panel in _panels(read["panels"]):
            title = f"{panel['title']} ({panel['type']})" if panel["title"] in titles else panel["title"]
            for target in panel.get("targets", ()):
                titles.add(panel["title"])
                if target["datasource"]["type"] == "prometheus":
                    step = fill(target.get("interval", "0s"), opens_with)
                    asked = target["refId"], target["expr"], bool(target.get("instant")), int(step.removesuffix("s"))
                    yield Target(dashboard, title, *asked)


def variables(dashboard: str) -> dict[str, dict[str, Any]]:
    """A dashboard's template variables that ask Prometheus, by name."""
    return {row["name"]: row for row in _variables(_read(dashboard)) if row["type"] == "query"}


def names() -> list[str]:
    return sorted(file.stem for file in FOLDER.glob("*.json"))


def fill(expr: str, values: Mapping[str, str]) -> str:
    """The expression with every variable replaced.

    Raises:
        KeyError: a variable without a value.
    """
    # Grafana's three notations: $name, ${name}, ${name:format}. The time variables come first in its own order too.
    return re.sub(r"\$(?:\{(\w+)(?::\w+)?\}|(\w+))", lambda found: values[found[1] or found[2]], expr)


def _variables(read: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = read["templating"]["list"]
    return rows


def _read(dashboard: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((FOLDER / f"{dashboard}.json").read_text(encoding="utf-8"))
    return read


def _panels(panels: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for panel in panels:
        yield panel
        yield from _panels(panel.get("panels", []))  # of a collapsed row
