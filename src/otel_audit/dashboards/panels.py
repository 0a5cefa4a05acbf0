"""What the panels of a dashboard ask for, read from its JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from otel_audit.dashboards.files import packaged


class Query(NamedTuple):
    """One query of a panel.

    Args:
        ref: its letter.
        datasource: `prometheus`, `loki`, `tempo`.
        text: with variables in it.
        instant: one moment instead of values over time.
    """

    ref: str
    datasource: str
    text: str
    instant: bool


class Panel(NamedTuple):
    """A panel that shows data.

    Args:
        row: heading it stands under, or "".
        title: as shown.
        description: what it shows.
        hint: what it says when it is empty.
        queries: in order.
    """

    row: str
    title: str
    description: str
    hint: str
    queries: tuple[Query, ...]

    @property
    def quiet(self) -> bool:
        """Whether it may be empty for a good reason: it shows what ought not to happen, and says that there is none."""
        return self.hint.startswith("None")


class Dashboard(NamedTuple):
    """A dashboard.

    Args:
        name: of its file, without the suffix.
        uid: as links name it.
        title: as shown.
        panels: those with queries.
        variables: as the JSON has them, in the order in which Grafana fills them.
    """

    name: str
    uid: str
    title: str
    panels: tuple[Panel, ...]
    variables: tuple[Mapping[str, Any], ...]


def dashboards() -> tuple[Dashboard, ...]:
    """All that come with the package."""
    folder = PurePosixPath("dashboards")
    return tuple(read(path.stem, data) for path, data in packaged().items() if path.parent == folder)


def read(name: str, data: bytes | str) -> Dashboard:
    """Take a dashboard's JSON apart.

    Args:
        name: of the file.
        data: its content.
    """
    model: Mapping[str, Any] = json.loads(data)
    variables = model.get("templating", {}).get("list", ())
    return Dashboard(name, model["uid"], model["title"], tuple(_panels(model.get("panels", ()))), tuple(variables))


def _panels(models: Sequence[Mapping[str, Any]], row: str = "") -> Iterator[Panel]:
    """Those of open rows follow them; those of closed rows are inside."""
    for model in models:
        if model.get("type") == "row":
            row = str(model.get("title") or "")
            yield from _panels(model.get("panels") or (), row)
            continue
        queries = tuple(_queries(model))
        if queries:
            hint = model.get("fieldConfig", {}).get("defaults", {}).get("noValue", "")
            yield Panel(row, str(model.get("title", "")), str(model.get("description", "")), str(hint), queries)


def _queries(panel: Mapping[str, Any]) -> Iterator[Query]:
    kind = (panel.get("datasource") or {}).get("type", "")
    for target in panel.get("targets") or ():
        text = str(target.get("expr") or target.get("query") or "")
        if not text or target.get("hide"):
            continue
        datasource = str((target.get("datasource") or {}).get("type") or kind)
        instant = bool(target.get("instant")) or target.get("queryType") == "instant"
        yield Query(str(target.get("refId", "A")), datasource, text, instant)
