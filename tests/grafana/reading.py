"""The committed dashboards, and the names that their queries use. Reads JSON only: no Grafana, no SDK."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import unquote

from tests.conftest import ROOT

FOLDER = ROOT / "grafana/files/dashboards"
DASHBOARDS: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))
}

_NAME = re.compile(r"\b[A-Za-z_]\w*")
_TEXT = re.compile(r'"(?:\\.|[^"\\])*"|`[^`]*`')
_DURATION = re.compile(r"\b\d+[smhdw]\b")
_VARIABLE = re.compile(r"\$\{(\w+)[^}]*\}|\$(\w+)")
_FIELD = re.compile(r"\$\{__(?:field\.labels|data\.fields)\.(\w+)")
_TEMPLATE = re.compile(r"\{\{(.*?)\}\}")
_MADE = re.compile(r"label_format (\w+)=")
_PANES = re.compile(r"[?&]panes=([^&]*)")

PROMQL_WORDS = frozenset(
    re.findall(
        r"\w+",
        "sum count max min by on or and unless group group_left rate increase min_over_time last_over_time"
        " label_replace topk vector offset query_result label_values",
    )
)
LOGQL_WORDS = frozenset(re.findall(r"\w+", "sum by topk count_over_time or and unless offset label_format line_format"))


class Asked(NamedTuple):
    """One query.

    Args:
        panel: title of the panel, or of the variable.
        language: `prometheus`, `loki` or `tempo`.
        text: as it stands in the file.
        linked: it stands in a link, not in the panel.
    """

    panel: str
    language: str
    text: str
    linked: bool = False


def panels(name: str) -> list[dict[str, Any]]:
    """Panels of a dashboard, without row headings."""
    return [panel for panel in DASHBOARDS[name]["panels"] if panel["type"] != "row"]


def title(panel: dict[str, Any]) -> str:
    return str(panel["title"])


def asked(name: str) -> Iterator[Asked]:
    """All queries of a dashboard: of panels, of links, of variables."""
    for panel in panels(name):
        for target in panel["targets"]:
            yield _asked(title(panel), target, linked=False)
        for url in urls(panel["fieldConfig"]):
            for found in _PANES.findall(url):
                for query in json.loads(unquote(found))["audit"]["queries"]:
                    yield _asked(title(panel), query, linked=True)
    for variable in DASHBOARDS[name]["templating"]["list"]:
        if variable["type"] == "query":
            yield Asked(variable["name"], "prometheus", variable["query"]["query"])


def _asked(panel: str, target: dict[str, Any], *, linked: bool) -> Asked:
    language = target["datasource"]["type"]
    return Asked(panel, language, target["query"] if language == "tempo" else target["expr"], linked)


def urls(value: object) -> Iterator[str]:
    """Every link inside a piece of JSON."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "url" and isinstance(inner, str):
                yield inner
            else:
                yield from urls(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from urls(inner)


def variables(text: str) -> set[str]:
    """Names of the variables in a text, Grafana's own (`__range`, ...) left out."""
    names = {first or second for first, second in _VARIABLE.findall(text)}
    return {name for name in names if not name.startswith("__")}


def clicked(text: str) -> set[str]:
    """Labels and columns of the clicked value that a link asks for."""
    return set(_FIELD.findall(text))


def names(query: Asked) -> set[str]:
    """Labels and metrics that a query names, keywords and functions left out.

    Labels that a LogQL query makes itself (`label_format`) are not in it; those that its templates read are.
    """
    templates = " ".join(_TEMPLATE.findall(query.text))
    bare = _VARIABLE.sub(" ", _DURATION.sub(" ", _TEXT.sub(" ", query.text)))
    words = set(_NAME.findall(bare)) - made(query)
    if query.language == "prometheus":
        return words - PROMQL_WORDS
    return (words - LOGQL_WORDS) | set(re.findall(r"\.(\w+)", templates))


def made(query: Asked) -> set[str]:
    """Labels that a LogQL query makes itself."""
    return set(_MADE.findall(query.text))


def values(query: Asked, label: str) -> Iterator[tuple[str, str]]:
    """Operator and value of every matcher on a label, the values that a click fills in left out."""
    for operator, value in re.findall(rf'\b{label}\s*(=~|!~|!=|=)\s*"((?:\\.|[^"\\])*)"', query.text):
        if "$" not in value and value:
            yield operator, value
