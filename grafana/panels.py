"""The kinds of panel that the dashboards use, each dressed alike: description, unit, empty state, colours, links.

Colours are Grafana's palette or its named colours, which each theme renders in its own shade.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, TypeVar

from grafana_foundation_sdk.builders import common, logs, stat, table, timeseries
from grafana_foundation_sdk.builders import dashboard as sdk
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import common as choice
from grafana_foundation_sdk.models.dashboard import (
    DashboardLink,
    DataTransformerConfig,
    DynamicConfigValue,
    FieldColorModeId,
    Panel,
    Threshold,
    ThresholdsMode,
)

from grafana.targets import Target

PanelBuilder = Builder[Panel]
Links = Sequence[Builder[DashboardLink]]
AnyPanel = TypeVar("AnyPanel", sdk.Panel, stat.Panel, table.Panel, timeseries.Panel, logs.Panel)

Color = Literal["text", "green", "orange", "red", "blue", "dark-blue", "yellow", "purple", "dark-purple"]
Colors = tuple[tuple[str, Color], ...]


class Text(NamedTuple):
    """What a panel says of itself.

    Args:
        title: a few words.
        description: what it shows, and where it comes from.
        empty: what stands there when there is nothing, and what to check then.
    """

    title: str
    description: str
    empty: str


class Column(NamedTuple):
    """One column of a table.

    Args:
        source: label or field it comes from.
        title: its heading.
        unit: Grafana unit.
        width: pixels; 0 shares what is left.
        links: where a click leads.
        colors: for values that mean something good or bad.
    """

    source: str
    title: str
    unit: str = "string"
    width: int = 0
    links: Links = ()
    colors: Colors = ()


VALUE = "Value"
SIZE = "size"
"""A column to sort by that nobody needs to see."""
_EXTRA = ("Time", VALUE, "Value #A", SIZE)
"""What a query for a table answers besides its labels."""
_ALSO_CALLED = {VALUE: "Value #A", "Time": "timestamp", "Line": "body"}
"""Loki numbers the value of a single query too; lines have other names where its data plane format is on."""


def number(
    text: Text,
    target: Target,
    *,
    unit: str = "short",
    steps: tuple[tuple[float | None, Color], ...] = ((None, "text"),),
    links: Links = (),
    width: int = 4,
    decimals: int | None = None,
) -> stat.Panel:
    """One number with its threshold colours; a sparkline where the query is over time."""
    calculation = "lastNotNull"
    panel = _dressed(stat.Panel(), text, (target,), unit, links, width, 4)
    panel.reduce_options(common.ReduceDataOptions().calcs([calculation]))
    panel.graph_mode(choice.BigValueGraphMode.NONE if target.instant else choice.BigValueGraphMode.AREA)
    panel.color_mode(choice.BigValueColorMode.VALUE).text_mode(choice.BigValueTextMode.VALUE).wide_layout(False)
    panel.color_scheme(sdk.FieldColor().mode(FieldColorModeId.THRESHOLDS))
    panel.thresholds(
        sdk.ThresholdsConfig()
        .mode(ThresholdsMode.ABSOLUTE)
        .steps([Threshold(value=value, color=color) for value, color in steps])
    )
    return panel if decimals is None else panel.decimals(decimals)


def series(
    text: Text,
    *targets: Target,
    unit: str,
    links: Links = (),
    width: int = 12,
    height: int = 8,
    stacked: bool = False,
    bars: bool = False,
    colors: Colors = (),
    maximum: float | None = None,
) -> timeseries.Panel:
    """Lines, areas or bars over time, with a legend that ranks what it names."""
    panel = _dressed(timeseries.Panel(), text, targets, unit, links, width, height)
    panel.color_scheme(sdk.FieldColor().mode(FieldColorModeId.PALETTE_CLASSIC_BY_NAME))
    panel.min(0).axis_border_show(False).line_width(1).span_nulls(False).show_points(choice.VisibilityMode.AUTO)
    panel.draw_style(choice.GraphDrawStyle.BARS if bars else choice.GraphDrawStyle.LINE)
    panel.fill_opacity(60 if bars else 25 if stacked else 8)
    mode = choice.StackingMode.NORMAL if stacked or bars else choice.StackingMode.NONE
    panel.stacking(common.StackingConfig().group("A").mode(mode))
    panel.tooltip(common.VizTooltipOptions().mode(choice.TooltipDisplayMode.MULTI).sort(choice.SortOrder.DESCENDING))
    panel.legend(
        common.VizLegendOptions()
        .display_mode(choice.LegendDisplayMode.TABLE)
        .placement(choice.LegendPlacement.RIGHT if width > 12 else choice.LegendPlacement.BOTTOM)
        .show_legend(True)
        .calcs(["sum" if bars else "mean", "max"])
        .sort_by("Total" if bars else "Mean")
        .sort_desc(True)
    )
    for name, color in colors:
        panel.override_by_name(name, [_fixed(color)])
    return panel if maximum is None else panel.max(maximum)


def rows(
    text: Text,
    *targets: Target,
    columns: Sequence[Column],
    links: Links = (),
    width: int = 12,
    height: int = 8,
    sort: str | None = "",
    ascending: bool = False,
    before: Sequence[tuple[str, dict[str, Any]]] = (),
) -> table.Panel:
    """A table of exactly the named columns, in their order.

    Args:
        links: on every cell; a column's own links take their place.
        sort: heading to sort by; the last column when empty; None leaves the order to `before`.
        ascending: smallest first.
        before: transformations (id, options) that come first.
    """
    panel = _dressed(table.Panel(), text, targets, "string", links, width, height)
    panel.color_scheme(sdk.FieldColor().mode(FieldColorModeId.THRESHOLDS))
    panel.thresholds(sdk.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps([Threshold(None, "text")]))
    panel.cell_height(choice.TableCellHeight.SM).show_header(True).filterable(True).inspect(True)
    if sort is not None:
        panel.sort_by([common.TableSortByFieldState().display_name(sort or columns[-1].title).desc(not ascending)])
    merged: list[tuple[str, dict[str, Any]]] = [("merge", {})] if len(targets) > 1 and not before else []
    for name, options in (*before, *merged, _organized(columns)):
        panel.with_transformation(DataTransformerConfig(id_val=name, options=options))
    panel.override_by_regexp(".*", [DynamicConfigValue("noValue", "")])  # the default is the whole panel's, no cell's
    for column in columns:
        if properties := _properties(column):
            panel.override_by_name(column.title, properties)
    return panel


def lines(text: Text, target: Target, *, width: int = 24, height: int = 10, oldest_first: bool = False) -> logs.Panel:
    """Records as they are. The way to their traces is the data source's own: its derived field on `trace_id`."""
    panel = _dressed(logs.Panel(), text, (target,), "string", (), width, height)
    order = choice.LogsSortOrder.ASCENDING if oldest_first else choice.LogsSortOrder.DESCENDING
    panel.sort_order(order).show_time(True).show_labels(False).show_common_labels(False)
    panel.wrap_log_message(True).prettify_log_message(False).enable_log_details(True)
    return panel.dedup_strategy(choice.LogsDedupStrategy.NONE).color_scheme(
        sdk.FieldColor().mode(FieldColorModeId.PALETTE_CLASSIC)
    )


def waterfall(text: Text, target: Target, *, height: int = 16) -> sdk.Panel:
    """Grafana's trace view; the SDK has no builder for it."""
    return _dressed(sdk.Panel(), text, (target,), "string", (), 24, height).type("traces")


def _dressed(
    panel: AnyPanel, text: Text, targets: Sequence[Target], unit: str, links: Links, width: int, height: int
) -> AnyPanel:
    panel.title(text.title).description(text.description).no_value(text.empty).unit(unit)
    panel.span(width).height(height).datasource(targets[0].datasource)
    for target in targets:
        panel.with_target(target.query)
    if links:
        panel.data_links(list(links))
    return panel


def _organized(columns: Sequence[Column]) -> tuple[str, dict[str, Any]]:
    """Named columns in order, the rest out."""
    names = {column.source: column.title for column in columns}
    names |= {other: names[name] for name, other in _ALSO_CALLED.items() if name in names}
    out = {name: True for name in _EXTRA if name not in names}
    order = {name: at for at, name in enumerate(names)}
    return "organize", {"excludeByName": out, "indexByName": order, "renameByName": names}


def _properties(column: Column) -> list[DynamicConfigValue]:
    found = []
    if column.unit != "string":
        found.append(DynamicConfigValue("unit", column.unit))
    if column.width:
        found.append(DynamicConfigValue("custom.width", column.width))
    if column.links:
        found.append(DynamicConfigValue("links", [link.build().to_json() for link in column.links]))
    if column.colors:
        options = {value: {"color": color, "index": at} for at, (value, color) in enumerate(column.colors)}
        found.append(DynamicConfigValue("mappings", [{"type": "value", "options": options}]))
        found.append(DynamicConfigValue("custom.cellOptions", {"type": "color-text"}))
    return found


def _fixed(color: str) -> DynamicConfigValue:
    return DynamicConfigValue("color", {"mode": "fixed", "fixedColor": color})
