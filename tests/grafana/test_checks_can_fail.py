"""Each check of the dashboards is shown a broken one, and must refuse it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from otel_audit.errors import SettingsError
from tests.grafana import reading
from tests.grafana import test_dashboard_json as checks

Document = dict[str, Any]
Break = Callable[[Document], object]


def panel(document: Document, kind: str = "timeseries", source: str = "prometheus") -> Document:
    """The first panel of a kind that asks a data source."""
    found: Document = next(
        panel for panel in document["panels"] if panel["type"] == kind and panel["datasource"]["type"] == source
    )
    return found


def replaced(old: str, new: str, **where: str) -> Break:
    """In the first panel's first query."""

    def apply(document: Document) -> None:
        target = panel(document, **where)["targets"][0]
        assert old in target["expr"]
        target["expr"] = target["expr"].replace(old, new)

    return apply


def changed(key: str, value: object, **where: str) -> Break:
    """One value of the first panel."""

    def apply(document: Document) -> None:
        inside = panel(document, **where)
        *path, last = key.split(".")
        for step in path:
            inside = inside[step]
        inside[last] = value

    return apply


def first_url(document: Document) -> Document:
    found: Document = panel(document)["fieldConfig"]["defaults"]["links"][0]
    return found


def variable(document: Document, name: str) -> Document:
    found: Document = next(row for row in document["templating"]["list"] if row["name"] == name)
    return found


def only_in_links(document: Document, name: str) -> None:
    """Take a variable out of every query of a panel."""
    for panel in document["panels"]:
        for target in panel.get("targets", ()):
            if "expr" in target:
                target["expr"] = target["expr"].replace(f"${name}", ".*")


STEPS = checks.test_rates_reach_over_the_sdks_export_interval_whatever_the_data_source_says
TABLE = {"kind": "table", "source": "loki"}
HINTS = checks.test_settings_that_the_texts_name_exist_and_take_the_value

BROKEN: list[tuple[Callable[[str], None], Break]] = [
    (checks.test_every_panel_says_what_it_shows_in_which_unit_and_what_to_check_when_empty, changed("description", "")),
    (
        checks.test_every_panel_says_what_it_shows_in_which_unit_and_what_to_check_when_empty,
        changed("fieldConfig.defaults.unit", ""),
    ),
    (
        checks.test_every_panel_says_what_it_shows_in_which_unit_and_what_to_check_when_empty,
        changed("fieldConfig.defaults.noValue", "nothing"),
    ),
    (checks.test_every_panel_leads_somewhere, changed("fieldConfig.defaults.links", [])),
    (checks.test_links_lead_to_logs_and_traces_or_to_our_dashboards, lambda it: first_url(it).update(url="/d/other")),
    (
        checks.test_links_ask_for_what_the_clicked_value_has,
        lambda it: first_url(it).update(url="/d/otel-audit-service?var-x=${__field.labels.nobody}"),
    ),
    (checks.test_data_sources_are_variables, changed("datasource.uid", "prometheus")),
    (checks.test_ids_are_unique_and_panels_do_not_overlap, changed("id", 1)),
    (checks.test_ids_are_unique_and_panels_do_not_overlap, changed("gridPos", {"x": 0, "y": 0, "w": 24, "h": 4})),
    (checks.test_ids_are_unique_and_panels_do_not_overlap, changed("gridPos.w", 25)),
    (checks.test_titles_are_unique_within_a_row_and_say_something, changed("title", "Records by severity")),
    (checks.test_variables_are_shared_defined_and_used, replaced("$service", "$servce")),
    (checks.test_variables_are_shared_defined_and_used, lambda it: it["templating"]["list"].pop(0)),
    (checks.test_variables_are_shared_defined_and_used, lambda it: only_in_links(it, "group")),
    (STEPS, lambda it: panel(it)["targets"][0].update(interval="15s")),
    (STEPS, lambda it: variable(it, "export_interval")["current"].update(value="15s")),
    (
        checks.test_nothing_is_chosen_beforehand,
        lambda it: it["templating"]["list"][0].update(current={"value": "prometheus-1"}),
    ),
    (checks.test_metric_queries_keep_to_the_selection, replaced('job=~"$service", ', "")),
    (checks.test_log_queries_keep_to_the_selection_or_to_the_trace, replaced("${service_name:pipe}", ".+", **TABLE)),
    (
        checks.test_every_metric_and_label_is_published,
        replaced("python_audit_events_total", "python_audit_event_total"),
    ),
    (checks.test_every_metric_and_label_is_published, replaced("sum by (python_audit_event)", "sum by (event)")),
    (checks.test_every_attribute_is_in_the_catalogue, replaced("process_executable_path", "process_path", **TABLE)),
    (
        checks.test_no_metric_is_asked_for_paths_hosts_or_programs,
        replaced("sum by (python_audit_event)", "sum by (file_path)"),
    ),
    (
        checks.test_every_event_and_group_is_in_the_catalogue,
        replaced('python_audit_group="process"', 'python_audit_group="proces"', **TABLE),
    ),
    (checks.test_series_of_events_carry_exemplars, lambda it: panel(it)["targets"][0].update(exemplar=False)),
    (
        checks.test_colours_follow_the_theme,
        changed("fieldConfig.defaults.color", {"mode": "fixed", "fixedColor": "#ff0000"}),
    ),
    (
        checks.test_links_between_the_dashboards_keep_variables_and_time,
        lambda it: it["links"][0].update(keepTime=False),
    ),
    (
        checks.test_tables_name_columns_that_their_queries_have,
        changed("transformations", [{"id": "organize", "options": {"renameByName": {"process": "P"}}}], **TABLE),
    ),
    (HINTS, changed("description", "set OTEL_PYTHON_AUDIT_INCLUD=default")),
]


@pytest.mark.parametrize(("check", "damage"), BROKEN)
def test_a_broken_dashboard_is_refused(
    monkeypatch: pytest.MonkeyPatch, check: Callable[[str], None], damage: Break
) -> None:
    check("service")
    document = copy.deepcopy(reading.DASHBOARDS["service"])
    processes = next(panel for panel in document["panels"] if panel["title"] == "Processes spawned")
    document["panels"].remove(processes)
    document["panels"].insert(0, processes)  # the first table that asks Loki
    damage(document)
    monkeypatch.setitem(reading.DASHBOARDS, "service", document)
    with pytest.raises((AssertionError, ValueError)):
        check("service")


def test_a_setting_that_cannot_be_used_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    document = copy.deepcopy(reading.DASHBOARDS["service"])
    panel(document)["description"] = "set OTEL_PYTHON_AUDIT_SAMPLING=open=often"
    monkeypatch.setitem(reading.DASHBOARDS, "service", document)
    with pytest.raises(SettingsError, match="SAMPLING"):
        HINTS("service")
