"""Every query of a dashboard: of its panels, of the links that lead out of them, of its variables."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import unquote

from tools.schema.problem import Document

VALUES = {
    "__range": "6h",
    "__rate_interval": "5m",
    "__interval": "1m",
    "__auto": "1m",
    "baseline": "7d",
    "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    "__value": "4bf92f3577b34da6a3ce929d0e0e4736",
}
"""What Grafana would put in place of a variable; any other becomes a word."""

_VARIABLE = re.compile(r"\$\{(\w+)(?:\.[^}]*?)?(?::\w+)?\}|\$(\w+)")
_PANES = re.compile(r"[?&]panes=([^&]*)")
_VARIABLE_QUERY = re.compile(r"^(?:query_result\((.*)\)|label_values\((.*),\s*\w+\))$", re.DOTALL)


class Query(NamedTuple):
    """One query.

    Args:
        where: dashboard, and panel or variable.
        language: `prometheus`, `loki` or `tempo`.
        text: with the variables replaced.
    """

    where: str
    language: str
    text: str


def replaced(text: str) -> str:
    """A query as Grafana would send it."""
    return _VARIABLE.sub(lambda found: VALUES.get(found[1] or found[2], "word"), text)


def queries(name: str, document: Document) -> Iterator[Query]:
    """All of a dashboard."""
    for panel in document["panels"]:
        where = f"{name}: {panel['title']}"
        for target in panel.get("targets", ()):
            yield _query(where, target)
        for url in _urls(panel.get("fieldConfig", {})):
            for target in explored(url):
                yield _query(f"{where}: data link", target)
    for variable in document["templating"]["list"]:
        if variable["type"] == "query":
            yield Query(f"{name}: variable {variable['name']}", "prometheus", _of_variable(variable["query"]["query"]))


def explored(url: str) -> list[dict[str, Any]]:
    """Queries that a link to Explore carries.

    Raises:
        ValueError: what the link carries is no JSON.
    """
    panes = _PANES.search(url)
    if panes is None:
        return []
    return [query for pane in json.loads(unquote(replaced(panes[1]))).values() for query in pane["queries"]]


def _query(where: str, target: dict[str, Any]) -> Query:
    language = target["datasource"]["type"]
    return Query(where, language, replaced(target["query"] if language == "tempo" else target["expr"]))


def _of_variable(text: str) -> str:
    found = _VARIABLE_QUERY.match(text)
    if found is None:
        raise ValueError(f"{text}: expected query_result(...) or label_values(..., label)")
    return replaced(found[1] or found[2])


def _urls(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "url" and isinstance(inner, str):
                yield inner
            else:
                yield from _urls(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _urls(inner)
