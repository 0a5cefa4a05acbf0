"""The rule files: current, complete, and about names that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from otel_audit import bridge_health, semconv
from otel_audit.cli.samples import samples
from otel_audit.events import CATALOGUE
from tests.conftest import ROOT
from tools.rules import behaviour, bridge, logs
from tools.rules.__main__ import main
from tools.rules.environment import ENVIRONMENT
from tools.rules.model import Alert
from tools.rules.panels import Panels, UnknownPanel

FILES = ROOT / "grafana" / "files"
METRICS, LOKI = FILES / "rules/prometheus.yaml", FILES / "rules/loki.yaml"
MANAGED = {
    METRICS: FILES / "provisioning/alerting/otel-audit-metrics.yaml",
    LOKI: FILES / "provisioning/alerting/otel-audit-logs.yaml",
}
RECORDED = {behaviour.RATE.name, behaviour.RAISED_BY.name}
UNITS = {"By": "_bytes", "s": "_seconds", "ns": "_nanoseconds"}
LOKI_RULE_KEYS = {"alert", "expr", "for", "labels", "annotations"}
"""Of rulefmt.Rule, which Loki's ruler shares with Prometheus; `record` is the other form."""


def load(file: Path) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return document


def alerts(file: Path) -> list[dict[str, Any]]:
    return [rule for group in load(file)["groups"] for rule in group["rules"] if "alert" in rule]


def managed(file: Path) -> list[dict[str, Any]]:
    return [rule for group in load(MANAGED[file])["groups"] for rule in group["rules"]]


def rows() -> Iterator[Alert]:
    for group in (*bridge.GROUPS, *behaviour.GROUPS, *logs.GROUPS):
        yield from group.alerts


ALL = [(file, rule) for file in (METRICS, LOKI) for rule in alerts(file)]
NAMED = pytest.mark.parametrize(("file", "rule"), ALL, ids=[rule["alert"] for _, rule in ALL])


class Meter:
    """Notes the Prometheus names of the instruments that the bridge makes."""

    def __init__(self) -> None:
        self.names = {"python_audit_events_total"}

    def create_observable_counter(self, name: str, callbacks: Any, unit: str = "", description: str = "") -> None:
        self.names.add(name.replace(".", "_") + UNITS.get(unit, "") + "_total")

    def create_observable_gauge(self, name: str, callbacks: Any, unit: str = "", description: str = "") -> None:
        self.names.add(name.replace(".", "_") + UNITS.get(unit, ""))


def metric_names() -> set[str]:
    meter = Meter()
    bridge_health.register(meter, bridge_health.Health)  # type: ignore[arg-type]
    bridge_health.register_status(meter, lambda: bridge_health.Status("off"))
    return meter.names


def metric_labels() -> set[str]:
    attributes = (
        *(semconv.AUDIT_EVENT, semconv.AUDIT_GROUP, bridge_health.DESTINATION, bridge_health.OUTCOME),
        *(bridge_health.ERROR_TYPE, bridge_health.STATE, bridge_health.REASON, bridge_health.CORE),
    )
    return {"job", "instance", "__name__", ENVIRONMENT, *(attribute.replace(".", "_") for attribute in attributes)}


def log_labels() -> set[str]:
    """Attributes that a record of some event really has, and those of the resource and of the request."""
    attributes = {attribute for sample in samples().values() for attribute in sample.record}
    resource = {"service.name", "service.namespace", "service.instance.id", "deployment.environment.name"}
    return {re.sub(r"\W", "_", name) for name in attributes | resource | {semconv.HTTP_ROUTE}}


def test_the_files_are_current() -> None:
    assert main(["--check"]) == 0, "run python -m tools.rules"


def test_a_stale_file_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--out", str(tmp_path)]) == 0
    assert main(["--check", "--out", str(tmp_path)]) == 0
    (tmp_path / "rules/loki.yaml").write_text("groups: []\n", encoding="utf-8")
    (tmp_path / "rules/prometheus.yaml").unlink()
    assert main(["--check", "--out", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "rules/loki.yaml is not current" in said
    assert "rules/prometheus.yaml is not current" in said


def test_pages_may_be_elsewhere(tmp_path: Path) -> None:
    base = "https://wiki.example.com/audit/"
    assert main(["--out", str(tmp_path), "--runbooks", base]) == 0
    found = re.findall(r"runbook_url: (\S+)", (tmp_path / "rules/loki.yaml").read_text(encoding="utf-8"))
    assert found == [f"{base}{rule['alert']}.md" for rule in alerts(LOKI)]


@NAMED
def test_an_alert_says_what_it_must(file: Path, rule: dict[str, Any]) -> None:
    said = rule["annotations"]
    assert rule["labels"] == {"severity": rule["labels"]["severity"]}
    assert rule["labels"]["severity"] in ("critical", "warning", "info")
    service = "$labels.service_name" if file == LOKI else "$labels.job"
    for text in (said["summary"], said["description"], said["dashboard"]):
        assert service in text
    instance = "$labels.service_instance_id" if file == LOKI else "$labels.instance"
    if (r"job, instance" in rule["expr"] or file == LOKI) and rule["alert"] != "OtelAuditServiceSilent":
        assert instance in said["summary"]
        assert instance in said["description"]
    assert said["runbook_url"] == f"docs/runbooks/{rule['alert']}.md"
    assert (ROOT / said["runbook_url"]).is_file()
    assert said["dashboard"].startswith(f"/d/{said['dashboard_uid']}?")


@NAMED
def test_an_alert_carries_its_environment(file: Path, rule: dict[str, Any]) -> None:
    """Or a laptop pages as production does: Alertmanager routes by it."""
    assert re.search(rf"(by|group_left) \([^)]*\b{ENVIRONMENT}\b[^)]*\)", rule["expr"])
    said = rule["annotations"]
    for text in (said["summary"], said["description"]):
        assert f"{{{{ with $labels.{ENVIRONMENT} }}}} ({{{{ . }}}}){{{{ end }}}}" in text


@NAMED
def test_templates_use_labels_that_the_expression_keeps(file: Path, rule: dict[str, Any]) -> None:
    kept = {label for by in re.findall(r"by \(([^)]*)\)", rule["expr"]) for label in re.split(r",\s*", by)}
    if file == METRICS and any(name in rule["expr"] for name in RECORDED):
        kept |= {label for record in (behaviour.RATE, behaviour.RAISED_BY) for label in labels_by(record.expr)}
    text = " ".join(rule["annotations"].values())
    assert set(re.findall(r"\$labels\.(\w+)", text)) <= kept


def labels_by(expr: str) -> set[str]:
    return {label for by in re.findall(r"by \(([^)]*)\)", expr) for label in re.split(r",\s*", by)}


def test_metric_rules_use_names_that_exist() -> None:
    names, labels = metric_names(), metric_labels()
    for rule in (rule for group in load(METRICS)["groups"] for rule in group["rules"]):
        expr = rule["expr"].replace('"python_audit_bridge_status(_ratio)?"', "")
        for recorded in RECORDED:
            expr = expr.replace(recorded, "")
        without_matchers = re.sub(r"\{[^}]*\}", "", re.sub(r"(by|on) \([^)]*\)", "", expr))
        assert set(re.findall(r"python_\w+", without_matchers)) <= names
        used = {label for inside in re.findall(r"\{([^}]*)\}", expr) for label in re.findall(r"(\w+)\s*[=!]", inside)}
        used |= {label for by in re.findall(r"(?:by|on) \(([^)]*)\)", expr) for label in re.split(r",\s*", by)}
        assert used <= labels


def test_both_names_of_the_status_are_asked_for() -> None:
    (pattern,) = re.findall(r'"(.*)"', bridge.STATUS)
    assert {name for name in metric_names() if re.fullmatch(pattern, name)} == {"python_audit_bridge_status"}
    assert re.fullmatch(pattern, "python_audit_bridge_status_ratio")


def test_log_rules_use_attributes_and_events_that_exist() -> None:
    labels = log_labels()
    for rule in alerts(LOKI):
        used = set(re.findall(r"(\w+) (?:=|!=|=~|!~) [`\"]", rule["expr"])) | labels_by(rule["expr"])
        assert used <= labels, rule["alert"]
    assert {*logs.STARTS, logs.SHELL_ITSELF, *logs.HOOKS, *logs.MOVES, "open", "socket.bind"} <= set(CATALOGUE)


def test_every_outcome_is_a_loss_of_one_kind_or_none() -> None:
    """The design's table of outcomes against the rules: nothing is left out, nothing counts twice."""
    table = (ROOT / "docs/design.md").read_text(encoding="utf-8").split("| outcome | destination | meaning |")[1]
    rows = table.split("\n\n")[0].splitlines()[2:]
    outcomes = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])} | {"OSError", "error"}
    assert len(outcomes) > 10
    export = "|".join(bridge.EXPORT)
    kinds = {
        "none": {name for name in outcomes if name in bridge.NO_LOSS or name == "delivered"},
        "export": {name for name in outcomes if re.fullmatch(export, name)},
    }
    lost = outcomes - kinds["none"] - kinds["export"]
    assert kinds["none"] == {"delivered", "filtered", "late", "over", "no_pipeline"}
    assert kinds["export"] == {"export_failed", "already_shutdown", "OSError"}
    assert lost == {"queue_full", "export_queue_full", "memory_full", "abandoned", "error"}


def test_loki_rules_have_the_form_of_its_ruler() -> None:
    document = load(LOKI)
    assert set(document) == {"groups"}
    for group in document["groups"]:
        assert set(group) == {"name", "interval", "rules"}
        for rule in group["rules"]:
            assert set(rule) == LOKI_RULE_KEYS
            assert re.fullmatch(r"\d+[smhd]", rule["for"])
            assert all(isinstance(value, str) for value in (*rule["labels"].values(), *rule["annotations"].values()))


@pytest.mark.parametrize("file", MANAGED, ids=lambda file: file.stem)
def test_the_grafana_managed_rules_are_the_same_rules(file: Path) -> None:
    theirs = {rule["title"]: rule for rule in managed(file)}
    assert list(theirs) == [rule["alert"] for rule in alerts(file)]
    for rule in alerts(file):
        copy = theirs[rule["alert"]]
        assert copy["for"] == rule["for"]
        assert copy["labels"] == rule["labels"]
        assert copy["annotations"]["runbook_url"] == rule["annotations"]["runbook_url"]
        query = copy["data"][0]["model"]["expr"]
        assert not any(name in query for name in RECORDED)
        if not any(name in rule["expr"] for name in RECORDED):
            assert query == rule["expr"]


@pytest.mark.parametrize("file", MANAGED, ids=lambda file: file.stem)
def test_the_grafana_managed_rules_have_the_form_of_provisioning(file: Path) -> None:
    assert load(MANAGED[file])["apiVersion"] == 1
    source = "loki" if file == LOKI else "prometheus"
    for rule in managed(file):
        assert re.fullmatch(r"[a-z-]{1,40}", rule["uid"])  # Grafana's limit
        query, threshold = rule["data"]
        assert rule["condition"] == threshold["refId"] == threshold["model"]["refId"]
        assert threshold["datasourceUid"] == "__expr__"
        assert threshold["model"]["expression"] == query["refId"]
        assert query["datasourceUid"] == query["model"]["datasource"]["uid"] == source
        assert (rule["noDataState"], rule["execErrState"]) == ("OK", "Error")
        # Grafana refuses one of them without the other; and `${` would be taken for a variable of its environment.
        assert rule["annotations"]["__dashboardUid__"] == rule["dashboardUid"]
        assert rule["annotations"]["__panelId__"] == str(rule["panelId"])
        assert "${" not in str(rule)
        assert "$value " not in str(rule["annotations"])


def test_names_and_identifiers_are_unique() -> None:
    names = [alert.name for alert in rows()]
    assert len({*names}) == len(names)
    assert len({alert.uid for alert in rows()}) == len(names)


def test_an_alert_that_leads_to_no_panel_is_an_error() -> None:
    panels = Panels(FILES / "dashboards")
    assert all(panels.id(alert.dashboard, alert.panel) > 0 for alert in rows())
    with pytest.raises(UnknownPanel, match="expected a panel 'No such'; it has: "):
        panels.id("otel-audit-bridge", "No such")
    with pytest.raises(UnknownPanel, match="no such dashboard"):
        panels.id("no-such", "Kept")


def test_alertmanager_inhibits_alerts_that_exist() -> None:
    config = load(ROOT / "deploy/alertmanager/alertmanager.yaml")
    names = {alert.name for alert in rows()}
    for rule in config["inhibit_rules"]:
        for matcher in (*rule["source_matchers"], *rule["target_matchers"]):
            pattern = re.fullmatch(r'alertname (?:=|=~) "?([^"]+)"?', matcher)
            assert pattern, matcher
            assert any(re.fullmatch(pattern[1], name) for name in names)


def test_alertmanager_routes_to_receivers_that_exist_and_knows_where_people_develop() -> None:
    config = load(ROOT / "deploy/alertmanager/alertmanager.yaml")
    receivers = {receiver["name"] for receiver in config["receivers"]}
    assert {route["receiver"] for route in (config["route"], *config["route"]["routes"])} == receivers
    matchers = [matcher for route in config["route"]["routes"] for matcher in route["matchers"]]
    assert f'{ENVIRONMENT} =~ "{logs.NOT_PRODUCTION}"' in matchers
