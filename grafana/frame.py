"""What makes panels a dashboard: uid, tags, links to the others, variables, rows, ids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count
from typing import NamedTuple

from grafana_foundation_sdk.builders import dashboard as sdk
from grafana_foundation_sdk.models.dashboard import Dashboard, DashboardCursorSync, DashboardLinkType, Panel
from grafana_foundation_sdk.models.table import Options as TableOptions

from grafana.links import TAG
from grafana.panels import PanelBuilder
from grafana.variables import Variable

SCHEMA_VERSION = 39
"""That of Grafana 11.0: 11 and 12 migrate it on import, neither refuses it as too new."""


class Row(NamedTuple):
    """Panels under one heading.

    Args:
        title: of the row; empty for the strip on top, which has none.
        panels: left to right, 24 columns to a line.
    """

    title: str
    panels: Sequence[PanelBuilder]


def framed(
    uid: str, title: str, description: str, variables: Iterable[Variable], rows: Iterable[Row], since: str = "now-6h"
) -> Dashboard:
    """Put a dashboard together.

    Args:
        since: start of the time range that it opens with.
    """
    builder = (
        sdk.Dashboard(f"otel-audit / {title}")
        .uid(uid)
        .description(description)
        .tags([TAG, "python", "opentelemetry"])
        .editable()
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .time(since, "now")
        .refresh("")
        .timezone("browser")
        .version(1)
        .link(_others())
    )
    for variable in variables:
        builder.with_variable(variable)
    for row in rows:
        if row.title:
            builder.with_row(sdk.Row(row.title))
        for panel in row.panels:
            builder.with_panel(panel)
    return _finished(builder.build())


def _others() -> sdk.DashboardLink:
    """The other four, as buttons, with time range and variables."""
    return (
        sdk.DashboardLink("otel-audit")
        .type(DashboardLinkType.DASHBOARDS)
        .tags([TAG])
        .as_dropdown(False)
        .include_vars(True)
        .keep_time(True)
    )


def _finished(dashboard: Dashboard) -> Dashboard:
    """What the SDK has no words for: the schema version, ids, and to leave out the footer that Grafana 12 gave up."""
    dashboard.schema_version = SCHEMA_VERSION
    ids = count(1)
    for panel in dashboard.panels or ():
        panel.id_val = next(ids)
        if isinstance(panel, Panel) and isinstance(panel.options, TableOptions):
            panel.options.footer = None
    return dashboard
