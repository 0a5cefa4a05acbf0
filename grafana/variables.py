"""The template variables that all dashboards share, so that links between them keep what was chosen."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from grafana_foundation_sdk.builders import dashboard as sdk
from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    VariableHide,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

Variable = sdk.QueryVariable | sdk.DatasourceVariable | sdk.TextBoxVariable | sdk.CustomVariable

PROMETHEUS = DataSourceRef(type_val="prometheus", uid="${ds_prometheus}")
LOKI = DataSourceRef(type_val="loki", uid="${ds_loki}")
TEMPO = DataSourceRef(type_val="tempo", uid="${ds_tempo}")

ALL = VariableOption(text="All", value="$__all", selected=True)
EXPORT_INTERVAL = "export_interval"
ANY = ".*"
"""Matches an absent label too: a resource without an environment or an instance id is not left out."""

_OF_SERVICE = 'job=~"$service"'
_IN_ENVIRONMENT = 'last_over_time(target_info{deployment_environment_name=~"$environment"}[$__range])'
_NOT_KNOWN = "last_over_time(target_info[$__range])"


CHOICES = ("environment", "service", "instance", "group", EXPORT_INTERVAL)
"""What a reader chooses, beside the data sources."""


def shared(single_service: bool = False, unused: Collection[str] = ()) -> Iterator[Variable]:
    """Data sources, environment, service, instance, group, export interval.

    Args:
        single_service: for the dashboard about one service.
        unused: names of those that no query of the dashboard asks with: hidden, and kept for the links.
    """
    for variable in _shared(single_service):
        yield variable.hide(VariableHide.HIDE_VARIABLE) if variable.build().name in unused else variable


def _shared(single_service: bool) -> Iterator[Variable]:
    yield from sources()
    yield _values(
        "environment",
        "Environment",
        "label_values(target_info, deployment_environment_name)",
        "Resource attribute deployment.environment.name, from target_info. All includes services that have none.",
    )
    service = _values(
        "service", "Service", _jobs(), "Prometheus label job: service.namespace/service.name.", regex=_label("job")
    )
    yield service.multi(False).include_all(False).current(VariableOption()) if single_service else service
    yield _values(
        "instance",
        "Instance",
        f"query_result(group by (instance) ({_audited(_OF_SERVICE)}))",
        "Prometheus label instance: service.instance.id, or the scrape target.",
        regex=_label("instance"),
    )
    yield _values(
        "group",
        "Group",
        'label_values(python_audit_events_total{job=~"$service"}, python_audit_group)',
        "Family of audit events: process, network, filesystem, ...",
    )
    yield _export_interval()
    yield _service_name()
    yield _environment_instances()


def sources() -> Iterator[sdk.DatasourceVariable]:
    """One choice per data source: nothing to edit on import, and no name of a data source in a panel."""
    for kind, what in (("prometheus", "metrics"), ("loki", "logs"), ("tempo", "traces")):
        yield (
            sdk.DatasourceVariable(f"ds_{kind}")
            .type(kind)
            .label(kind.capitalize())
            .description(f"The {kind.capitalize()} data source that has the {what}.")
        )


def baseline() -> sdk.CustomVariable:
    """How far back something must be unseen to be new."""
    description = "First-seen panels list what the time range has and this long before it has not."
    return _choice("baseline", "New against the last", description, "7d", ("1d", "7d", "14d", "28d"))


def _export_interval() -> sdk.CustomVariable:
    """How often metrics are exported: each curve's minimum step.

    Grafana makes `$__rate_interval` at least four of a query's own minimum step; without one, of the data source's
    scrape interval. That is 15 s unless somebody changes it: a minute, in which the SDK's default has one sample.
    """
    description = "How often the services export metrics; OTEL_METRIC_EXPORT_INTERVAL. Rates look back four of these."
    options = ("5s", "10s", "15s", "30s", "60s", "2m", "5m")
    return _choice(EXPORT_INTERVAL, "Export interval", description, "60s", options)


def _choice(name: str, label: str, description: str, default: str, values: tuple[str, ...]) -> sdk.CustomVariable:
    options = [VariableOption(text=value, value=value, selected=value == default) for value in values]
    return (
        sdk.CustomVariable(name)
        .label(label)
        .description(description)
        .values(", ".join(values))
        .options(options)
        .current(options[values.index(default)])
    )


def _audited(*matchers: str) -> str:
    """Series of every process with a bridge in the time range, one that refused to start included."""
    name = '__name__=~"python_audit_(events_total|bridge_status(_ratio)?)"'
    return f"last_over_time({{{', '.join((name, *matchers))}}}[$__range])"


def _jobs() -> str:
    """Audited services of the environment, those whose resource Prometheus does not know included."""
    audited = _audited()
    there = f"{audited} and on (job, instance) {_IN_ENVIRONMENT}"
    unknown = f"{audited} unless on (job, instance) {_NOT_KNOWN}"
    return f"query_result(group by (job) ({there}) or group by (job) ({unknown}))"


def _service_name() -> sdk.QueryVariable:
    """The chosen jobs as Loki and Tempo name them; anything where Prometheus knows none: logs show regardless."""
    audited = _audited(_OF_SERVICE)
    query = f'query_result(group by (job) ({audited}) or on () label_replace(vector(1), "job", ".+", "", ""))'
    return _values(
        "service_name",
        "Service name",
        query,
        "service.name of the chosen services, for Loki and Tempo.",
        regex=r'/job="(?:[^"]*\/)?([^"]*)"/',
        everything="",  # every option by name: `.*` would reach every log there is
    ).hide(VariableHide.HIDE_VARIABLE)


def _environment_instances() -> sdk.QueryVariable:
    """Instances of the chosen environments; anything where these leave none out.

    A job may run in several environments, and no series but `target_info` knows which.
    """
    chosen, other = (f'target_info{{deployment_environment_name{op}"$environment"}}' for op in ("=~", "!~"))
    excluded = f"last_over_time({other}[$__range])"
    listed = f"group by (instance) (last_over_time({chosen}[$__range]) and on () {excluded})"
    anything = f'label_replace(vector(1), "instance", "{ANY}", "", "") unless on () {excluded}'
    return _values(
        "environment_instances",
        "Instances of the environment",
        f"query_result({listed} or {anything})",
        "Instances of the chosen environments, for metrics, which do not carry the environment themselves.",
        regex=_label("instance"),
        everything="",
    ).hide(VariableHide.HIDE_VARIABLE)


def _values(
    name: str, label: str, query: str, description: str, regex: str = "", everything: str = ANY
) -> sdk.QueryVariable:
    variable = (
        sdk.QueryVariable(name)
        .label(label)
        .description(description)
        .datasource(PROMETHEUS)
        .query({"query": query, "refId": f"variable-{name}", "qryType": 3 if query.startswith("query_result") else 1})
        .regex(regex)
        .multi(True)
        .include_all(True)
        .current(ALL)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(VariableSort.ALPHABETICAL_ASC)
    )
    return variable.all_value(everything) if everything else variable


def _label(name: str) -> str:
    return f'/{name}="([^"]*)"/'
