"""The committed dashboards: what every panel owes its reader, and that all they ask for exists."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any

import pytest

from otel_audit import events
from otel_audit.plan import build_plan
from otel_audit.settings import ROWS, Settings
from tests.grafana import known
from tests.grafana.reading import DASHBOARDS, Asked, asked, clicked, made, names, panels, title, urls, values, variables

UIDS = {name: f"otel-audit-{name}" for name in ("fleet", "service", "trace", "security", "bridge")}
SOURCES = {"prometheus": "${ds_prometheus}", "loki": "${ds_loki}", "tempo": "${ds_tempo}"}
SHARED = {*(f"ds_{kind}" for kind in SOURCES), "environment", "service", "instance", "group", "export_interval"}
SDK_EXPORT_INTERVAL_S = 60
"""The specification's default of OTEL_METRIC_EXPORT_INTERVAL."""

WITHOUT_LINK = {
    "logs": "the records themselves: the way to a trace is the data source's derived field on trace_id",
    "traces": "the trace itself: the way to its logs is the data source's trace-to-logs setting",
}
"""Kinds of panel that owe no data link, and why."""

COLORS = {"text", "transparent"} | {
    f"{shade}{hue}"
    for shade in ("", "super-light-", "light-", "semi-dark-", "dark-")
    for hue in ("red", "orange", "yellow", "green", "blue", "purple")
}
"""Names that each theme renders in a shade of its own."""

every_dashboard = pytest.mark.parametrize("name", list(DASHBOARDS))


def test_there_are_five_with_stable_uids() -> None:
    assert {name: found["uid"] for name, found in DASHBOARDS.items()} == UIDS


@every_dashboard
def test_every_panel_says_what_it_shows_in_which_unit_and_what_to_check_when_empty(name: str) -> None:
    for panel in panels(name):
        defaults = panel["fieldConfig"]["defaults"]
        assert len(panel["description"]) > 20, title(panel)
        assert defaults["unit"], title(panel)
        assert defaults["noValue"], title(panel)
        if panel["type"] not in ("stat",):  # a number has room for a word, and its description
            assert len(defaults["noValue"].split()) > 6, title(panel)


@every_dashboard
def test_every_panel_leads_somewhere(name: str) -> None:
    for panel in panels(name):
        assert panel["type"] in WITHOUT_LINK or list(urls(panel["fieldConfig"])), title(panel)


@every_dashboard
def test_links_lead_to_logs_and_traces_or_to_our_dashboards(name: str) -> None:
    for panel in panels(name):
        for url in urls(panel["fieldConfig"]):
            to_ours = any(url.startswith(f"/d/{uid}?") for uid in UIDS.values())
            assert to_ours or url.startswith("/explore?schemaVersion=1&panes="), url
            assert not to_ours or "${__url_time_range}" in url, url


@every_dashboard
def test_links_to_explore_leave_no_variable_to_it(name: str) -> None:
    for panel in panels(name):
        for url in urls(panel["fieldConfig"]):
            assert "%24" not in url, title(panel)
            assert not re.search(r"\$(?!\{)", url), title(panel)


@every_dashboard
def test_links_ask_for_what_the_clicked_value_has(name: str) -> None:
    for panel in panels(name):
        queries = [query for query in asked(name) if query.panel == title(panel) and not query.linked]
        there = {label for query in queries for label in names(query) | made(query)} | _columns(panel)
        for url in urls(panel["fieldConfig"]):
            assert clicked(url) <= there, title(panel)


@every_dashboard
def test_data_sources_are_variables(name: str) -> None:
    found = list(_data_sources(DASHBOARDS[name]))
    assert len(found) > len(panels(name))
    for source in found:
        assert SOURCES.get(source["type"]) == source["uid"], source


@every_dashboard
def test_ids_are_unique_and_panels_do_not_overlap(name: str) -> None:
    everything = DASHBOARDS[name]["panels"]
    assert max(Counter(panel["id"] for panel in everything).values()) == 1
    taken = Counter(cell for panel in everything for cell in _cells(panel["gridPos"]))
    assert max(taken.values()) == 1
    assert max(column for column, _ in taken) < 24


@every_dashboard
def test_titles_are_unique_within_a_row_and_say_something(name: str) -> None:
    assert max(Counter((title(panel), panel["type"]) for panel in panels(name)).values()) == 1


@every_dashboard
def test_variables_are_shared_defined_and_used(name: str) -> None:
    defined = {variable["name"]: variable for variable in DASHBOARDS[name]["templating"]["list"]}
    assert set(defined) >= SHARED
    assert variables(json.dumps(DASHBOARDS[name])) <= set(defined)
    shown = {key for key, variable in defined.items() if variable.get("hide", 0) == 0}
    assert shown <= _asked_with(name), "one that stands in links alone does nothing here"


@every_dashboard
def test_rates_reach_over_the_sdks_export_interval_whatever_the_data_source_says(name: str) -> None:
    """Grafana's `$__rate_interval` is four times the query's own minimum step; the data source's only without one."""
    (variable,) = (row for row in DASHBOARDS[name]["templating"]["list"] if row["name"] == "export_interval")
    assert variable["current"]["value"] == f"{SDK_EXPORT_INTERVAL_S}s"
    for panel in panels(name):
        for target in panel["targets"]:
            if "$__rate_interval" in target.get("expr", "") or target.get("range"):
                assert target["interval"] == "$export_interval", title(panel)
                assert not target["instant"], "at one moment there is no step"


@every_dashboard
def test_nothing_is_chosen_beforehand(name: str) -> None:
    for variable in DASHBOARDS[name]["templating"]["list"]:
        current = variable.get("current", {}).get("value")
        assert variable["type"] == "custom" or current in (None, "", "$__all", {}), variable["name"]


@every_dashboard
def test_metric_queries_keep_to_the_selection(name: str) -> None:
    for query in asked(name):
        if query.language == "prometheus" and query.panel in map(title, panels(name)):
            braces = re.findall(r"(?<!\$)\{([^$}]*(?:\$\{[^}]*\}[^}]*|\$[^}]*)*)\}", query.text)
            assert braces, query
            for selector in braces:
                assert 'job=~"$service", instance=~"$instance"' in selector, query


@every_dashboard
def test_log_queries_keep_to_the_selection_or_to_the_trace(name: str) -> None:
    for query in asked(name):
        if query.language == "loki":
            wanted = "${trace_id}" if name == "trace" else "${service_name:pipe}"
            assert {"trace_id"} <= variables(query.text) if name == "trace" else wanted in query.text, query


@every_dashboard
def test_every_metric_and_label_is_published(name: str) -> None:
    metrics = known.metrics()
    allowed = set(metrics) | {label for labels in metrics.values() for label in labels}
    for query in asked(name):
        if query.language == "prometheus":
            assert names(query) <= allowed | {"__name__", "job", "instance"}, query


@every_dashboard
def test_status_is_found_under_either_name(name: str) -> None:
    for query in asked(name):
        if "bridge_status" in query.text:
            patterns = [value for _, value in values(query, "__name__")]
            for plain in ("python_audit_bridge_status", "python_audit_bridge_status_ratio"):
                assert all(re.fullmatch(pattern, plain) for pattern in patterns), query


@every_dashboard
def test_every_attribute_is_in_the_catalogue(name: str) -> None:
    for query in asked(name):
        if query.language == "loki":
            assert names(query) <= known.attributes(), query


@every_dashboard
def test_no_metric_is_asked_for_paths_hosts_or_programs(name: str) -> None:
    bounded = {"job", "instance", "python_audit_event", "python_audit_group", "code_file_path"}  # of 200 places at most
    for query in asked(name):
        if query.language == "prometheus":
            others = names(query) - bounded
            assert not [label for label in others if re.search("path|address|host|url|args|executable", label)], query


@every_dashboard
def test_every_event_and_group_is_in_the_catalogue(name: str) -> None:
    for query in asked(name):
        for operator, value in values(query, "python_audit_event"):
            for event in _alternatives(operator, value):
                assert event in events.CATALOGUE, query
        for operator, value in values(query, "python_audit_group"):
            for group in _alternatives(operator, value):
                assert group in events.GROUPS, query
        for event in _span_events(query):
            assert event in events.CATALOGUE, query
        attributes = set(re.findall(r"\bevent\.([a-z_.]+)", query.text)) if query.language == "tempo" else set()
        assert attributes <= known.event_attributes(*events.CATALOGUE) | set(known.own()), query


@every_dashboard
def test_an_argument_is_asked_of_events_that_have_it(name: str) -> None:
    """Where a query is about named events only."""
    for query in asked(name):
        named = {
            event for operator, value in values(query, "python_audit_event") for event in _alternatives(operator, value)
        }
        if query.language != "loki" or not named or "(python_audit_" in query.text:
            continue
        there = {known.underscored(key) for key in known.event_attributes(*named)}
        wanted = {label for label in names(query) if label.startswith("python_audit_arg_")}
        assert wanted <= there, query


def test_the_security_events_are_those_of_the_selector() -> None:
    found = {
        frozenset(_alternatives(*pair))
        for name in ("fleet", "security")
        for query in asked(name)
        for pair in values(query, "python_audit_event")
        if query.language == "prometheus"
    }
    assert found == {events.SECURITY}


@every_dashboard
def test_series_of_events_carry_exemplars(name: str) -> None:
    for panel in panels(name):
        for target in panel["targets"]:
            counts = re.search("python_audit_(events|event_loop_blocking)_total", target.get("expr", ""))
            if panel["type"] == "timeseries" and counts:
                assert target["exemplar"], title(panel)


def test_some_series_carry_exemplars() -> None:
    assert (
        sum(
            bool(target.get("exemplar")) for name in DASHBOARDS for panel in panels(name) for target in panel["targets"]
        )
        > 3
    )


@every_dashboard
def test_colours_follow_the_theme(name: str) -> None:
    found = set(_colors([panel.get("fieldConfig", {}) for panel in DASHBOARDS[name]["panels"]]))
    assert found
    assert found <= COLORS


@every_dashboard
def test_links_between_the_dashboards_keep_variables_and_time(name: str) -> None:
    (link,) = DASHBOARDS[name]["links"]
    assert link["type"] == "dashboards"
    assert link["includeVars"]
    assert link["keepTime"]
    assert all(set(link["tags"]) <= set(other["tags"]) for other in DASHBOARDS.values())


@every_dashboard
def test_tables_name_columns_that_their_queries_have(name: str) -> None:
    for panel in panels(name):
        if panel["type"] != "table" or panel["datasource"]["type"] == "tempo":
            continue
        queries = [query for query in asked(name) if query.panel == title(panel) and not query.linked]
        there = {label for query in queries for label in names(query) | made(query)} | known.attributes()
        wanted = {column for column in _columns(panel) if not column.startswith("Value")}
        assert wanted - {"Time", "Line", "timestamp", "body"} <= there, title(panel)


@every_dashboard
def test_tables_show_nothing_but_their_columns(name: str) -> None:
    """Labels that a query groups by and no column takes would come under their own names."""
    for panel in panels(name):
        if panel["type"] == "table" and any("expr" in target for target in panel["targets"]):
            kept = _columns(panel)
            for query in asked(name):
                if query.panel == title(panel) and not query.linked and "sum by" in query.text:
                    labels = re.findall(r"(?:sum|max|count) by \(([^)]*)\)", query.text)[0].split(", ")
                    assert set(labels) <= kept, title(panel)


@every_dashboard
def test_settings_that_the_texts_name_exist_and_take_the_value(name: str) -> None:
    rows = {row.variable: row.name for row in ROWS}
    for variable, value in re.findall(r"(OTEL_PYTHON_AUDIT_[A-Z_]+)(?:=([\w.,=/*]+))?", json.dumps(DASHBOARDS[name])):
        assert variable in rows, variable
        if value:
            build_plan(Settings(**{rows[variable]: value.rstrip(".,")}))


def _asked_with(name: str) -> set[str]:
    """Variables that queries depend on: those of panels and variables, and those that links open in Explore.

    What a link to another dashboard only hands on is none.
    """
    queries = [target for panel in panels(name) for target in panel["targets"]]
    queries += [
        {"datasource": row["datasource"], "query": row["query"]}
        for row in DASHBOARDS[name]["templating"]["list"]
        if row["type"] == "query"
    ]
    opened = [url for panel in panels(name) for url in urls(panel["fieldConfig"]) if url.startswith("/explore")]
    return variables(json.dumps([queries, opened]))


def _columns(panel: dict[str, Any]) -> set[str]:
    """Fields that a table keeps, under the names that they come with."""
    for transformation in panel.get("transformations", ()):
        if transformation["id"] == "organize":
            return set(transformation["options"]["renameByName"])
    return set()


def _data_sources(value: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "datasource" and isinstance(inner, dict):
                found.append(inner)
            else:
                found += _data_sources(inner)
    elif isinstance(value, list):
        for inner in value:
            found += _data_sources(inner)
    return found


def _cells(place: dict[str, int]) -> list[tuple[int, int]]:
    columns, lines = range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"])
    return [(column, line) for column in columns for line in lines]


def _alternatives(operator: str, value: str) -> list[str]:
    """Exact values of a matcher; of a regular expression, its alternatives."""
    return value.replace("[.]", ".").split("|") if operator in ("=~", "!~") else [value]


def _span_events(query: Asked) -> list[str]:
    """Audit events that a TraceQL query names."""
    exact = re.findall(r'event:name = "python\.audit\.([^"$]+)"', query.text)
    any_of = re.findall(r'event:name =~ "python\[\.\]audit\[\.\]\(([^)]*)\)"', query.text)
    return [*exact, *(event for text in any_of for event in _alternatives("=~", text))]


def _colors(value: object) -> list[str]:
    found: list[str] = []
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("color", "fixedColor") and isinstance(inner, str):
                found.append(inner)
            else:
                found += _colors(inner)
    elif isinstance(value, list):
        for inner in value:
            found += _colors(inner)
    return found
