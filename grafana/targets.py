"""Queries of a panel, each bound to its data source variable."""

from __future__ import annotations

from typing import NamedTuple

from grafana_foundation_sdk.builders import loki as loki_query
from grafana_foundation_sdk.builders import prometheus as prometheus_query
from grafana_foundation_sdk.builders import tempo as tempo_query
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.dashboard import DataSourceRef
from grafana_foundation_sdk.models.loki import LokiQueryDirection
from grafana_foundation_sdk.models.loki import QueryEditorMode as LokiEditor
from grafana_foundation_sdk.models.prometheus import PromQueryFormat
from grafana_foundation_sdk.models.prometheus import QueryEditorMode as PrometheusEditor
from grafana_foundation_sdk.models.tempo import SearchTableType

from grafana.variables import EXPORT_INTERVAL, LOKI, PROMETHEUS, TEMPO


class Target(NamedTuple):
    """One query.

    Args:
        query: what the SDK builds.
        datasource: where it goes.
        instant: whether it has one value instead of values over time.
    """

    query: Builder[Dataquery]
    datasource: DataSourceRef
    instant: bool


def metric(expression: str, legend: str = "", *, ref: str = "A", exemplars: bool = False) -> Target:
    """PromQL over time.

    Args:
        legend: `{{label}}` template.
        ref: names the query within its panel.
        exemplars: ask for them too; they lead from a point to a trace.
    """
    query = _prometheus(expression, ref).range().legend_format(legend or "__auto").exemplar(exemplars)
    query.interval(f"${EXPORT_INTERVAL}")
    return Target(query.format(PromQueryFormat.TIME_SERIES), PROMETHEUS, False)


def metric_now(expression: str, *, ref: str = "A") -> Target:
    """PromQL at the end of the range: a number, or the rows of a table."""
    return Target(_prometheus(expression, ref).instant().format(PromQueryFormat.TABLE), PROMETHEUS, True)


def log_series(expression: str, legend: str, *, ref: str = "A") -> Target:
    """LogQL metric query over time."""
    return Target(_loki(expression, ref).query_type("range").legend_format(legend), LOKI, False)


def log_count(expression: str, *, ref: str = "A") -> Target:
    """LogQL metric query at the end of the range: a number, or the rows of a table."""
    return Target(_loki(expression, ref).query_type("instant"), LOKI, True)


def log_lines(expression: str, *, limit: int = 500, oldest_first: bool = False) -> Target:
    """LogQL: the records themselves."""
    direction = LokiQueryDirection.FORWARD if oldest_first else LokiQueryDirection.BACKWARD
    query = _loki(expression, "A").query_type("range").max_lines(limit).direction(direction)
    return Target(query, LOKI, False)


def search(traceql: str, *, limit: int = 20) -> Target:
    """TraceQL: a list of traces; a bare trace id instead of a query is that trace."""
    query = tempo_query.TempoQuery().query(traceql).query_type("traceql").ref_id("A").datasource(TEMPO)
    return Target(query.limit(limit).table_type(SearchTableType.TRACES).filters([]), TEMPO, False)


def _prometheus(expression: str, ref: str) -> prometheus_query.Dataquery:
    query = prometheus_query.Dataquery().expr(expression).ref_id(ref).datasource(PROMETHEUS)
    return query.editor_mode(PrometheusEditor.CODE)


def _loki(expression: str, ref: str) -> loki_query.Dataquery:
    return loki_query.Dataquery().expr(expression).ref_id(ref).datasource(LOKI).editor_mode(LokiEditor.CODE)
