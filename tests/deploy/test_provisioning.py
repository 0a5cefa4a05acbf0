"""Data sources and dashboards as Grafana reads them at its start, against the dashboards and the compose file."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FILES = ROOT / "grafana" / "files"
PROVISIONING = FILES / "provisioning"


def read(*path: str) -> Any:
    return yaml.safe_load(PROVISIONING.joinpath(*path).read_text(encoding="utf-8"))


SOURCES: dict[str, dict[str, Any]] = {
    source["uid"]: source for source in read("datasources", "otel-audit.yaml")["datasources"]
}
DASHBOARDS = sorted((FILES / "dashboards").glob("*.json"))


def uids(value: Any) -> set[str]:
    """Data sources that settings lead to."""
    if isinstance(value, dict):
        own = {value["datasourceUid"]} if "datasourceUid" in value else set()
        return own.union(*(uids(item) for item in value.values()))
    return set().union(*(uids(item) for item in value)) if isinstance(value, list) else set()


def test_the_agreed_uids() -> None:
    assert {uid: source["type"] for uid, source in SOURCES.items()} == {
        "prometheus": "prometheus",
        "loki": "loki",
        "tempo": "tempo",
        "jaeger": "jaeger",
        "alertmanager": "alertmanager",
    }


def test_every_link_leads_to_a_data_source_that_is_there() -> None:
    assert uids([source.get("jsonData") for source in SOURCES.values()]) == {"prometheus", "loki", "tempo", "jaeger"}


def test_an_exemplar_opens_its_trace() -> None:
    links = SOURCES["prometheus"]["jsonData"]["exemplarTraceIdDestinations"]
    # The label that OpenTelemetry's exporters give an exemplar: seen in Prometheus behind the collector, both namings.
    assert {link["name"] for link in links} == {"trace_id"}
    assert [link["datasourceUid"] for link in links] == ["tempo", "jaeger"]


def test_a_log_record_opens_its_trace() -> None:
    fields = SOURCES["loki"]["jsonData"]["derivedFields"]
    assert {(field["matcherType"], field["matcherRegex"]) for field in fields} == {("label", "trace_id")}
    assert {field["url"] for field in fields} == {"$${__value.raw}"}
    assert [field["datasourceUid"] for field in fields] == ["tempo", "jaeger"]


@pytest.mark.parametrize("store", ["tempo", "jaeger"])
def test_a_span_leads_to_the_logs_of_its_trace(store: str) -> None:
    settings = SOURCES[store]["jsonData"]["tracesToLogsV2"]
    assert settings["datasourceUid"] == "loki"
    assert settings["customQuery"] is True
    assert settings["tags"] == [{"key": "service.name", "value": "service_name"}]
    assert settings["query"] == '{$${__tags}} | trace_id="$${__trace.traceId}"'


def test_no_dollar_is_taken_for_a_variable_of_the_environment() -> None:
    text = (PROVISIONING / "datasources" / "otel-audit.yaml").read_text(encoding="utf-8")
    settings = "\n".join(line.partition(" #")[0] for line in text.splitlines() if not line.startswith("#"))
    assert re.sub(r"\$\$", "", settings).count("$") == 0


def test_rates_that_are_typed_reach_over_the_same_interval_as_those_of_the_dashboards() -> None:
    interval = SOURCES["prometheus"]["jsonData"]["timeInterval"]
    for file in DASHBOARDS:
        variables = json.loads(file.read_text(encoding="utf-8"))["templating"]["list"]
        (chosen,) = (row["current"]["value"] for row in variables if row["name"] == "export_interval")
        assert chosen == interval, file.name


def test_dashboards_choose_their_sources_by_types_that_are_provisioned() -> None:
    assert DASHBOARDS
    types = {source["type"] for source in SOURCES.values()}
    for file in DASHBOARDS:
        variables = json.loads(file.read_text(encoding="utf-8"))["templating"]["list"]
        chosen = {variable["query"] for variable in variables if variable["type"] == "datasource"}
        assert chosen, file.name
        assert chosen <= types, file.name


def test_dashboards_lie_where_grafana_looks() -> None:
    (provider,) = read("dashboards", "otel-audit.yaml")["providers"]
    compose = yaml.safe_load((ROOT / "deploy" / "compose" / "compose.yaml").read_text(encoding="utf-8"))
    grafana = compose["services"]["grafana"]
    assert f"../../grafana/files/dashboards:{provider['options']['path']}:ro" in grafana["volumes"]
    home = grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert (FILES / "dashboards" / Path(home).name).is_file()
    assert Path(home).parent == Path(provider["options"]["path"])


def test_alert_rules_ask_sources_that_are_there() -> None:
    files = sorted((PROVISIONING / "alerting").glob("*.yaml"))
    assert files
    asked = set().union(*(uids(yaml.safe_load(file.read_text(encoding="utf-8"))) for file in files))
    assert asked - {"__expr__"} <= set(SOURCES)
    assert asked & set(SOURCES)
