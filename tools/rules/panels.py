"""Ids of dashboard panels by title: Grafana links an alert to a panel by its number."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


class UnknownPanel(Exception):
    """An alert leads to a panel that its dashboard does not have."""


class Panels:
    """The panels of the generated dashboards.

    Args:
        directory: of the dashboards' JSON, `<name>.json` with the uid inside.
    """

    def __init__(self, directory: Path) -> None:
        documents = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(directory.glob("*.json"))]
        self._titles = {document["uid"]: dict(_titles(document["panels"])) for document in documents}

    def id(self, dashboard: str, title: str) -> int:
        """Number of the panel with this title; of several the last, for figures come first and their tables after.

        Raises:
            UnknownPanel: the dashboard, or the panel in it, does not exist.
        """
        try:
            return self._titles[dashboard][title]
        except KeyError:
            known = ", ".join(sorted(self._titles.get(dashboard, ()))) or "no such dashboard"
            raise UnknownPanel(f"{dashboard}: expected a panel {title!r}; it has: {known}") from None


def _titles(panels: list[dict[str, Any]]) -> Iterator[tuple[str, int]]:
    for panel in panels:
        if panel["type"] != "row":
            yield panel["title"], panel["id"]
        yield from _titles(panel.get("panels", []))
