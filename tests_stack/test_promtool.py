"""promtool: the rules as they are shipped are valid, and each fires when it should and only then; amtool: who hears."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from tools.backends import alertmanager, debian

ROOT = Path(__file__).parents[1]
FILES = ROOT / "grafana" / "files"
ALERTMANAGER = ROOT / "deploy" / "alertmanager" / "alertmanager.yaml"
UNIT_TESTS = sorted((ROOT / "tests" / "rules" / "promtool").glob("*.yaml"))


def promtool(*arguments: str | Path) -> str:
    done = subprocess.run(
        [debian.program("promtool"), *arguments], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("file", UNIT_TESTS, ids=lambda file: file.stem)
def test_rules(file: Path) -> None:
    assert "SUCCESS" in promtool("test", "rules", file)


def test_the_rule_file_is_valid() -> None:
    assert "SUCCESS" in promtool("check", "rules", FILES / "rules" / "prometheus.yaml")


def test_the_expressions_of_the_grafana_managed_rules_are_valid(tmp_path: Path) -> None:
    provisioned = yaml.safe_load((FILES / "provisioning/alerting/otel-audit-metrics.yaml").read_text(encoding="utf-8"))
    rules = [
        {"alert": rule["title"], "expr": rule["data"][0]["model"]["expr"]}
        for group in provisioned["groups"]
        for rule in group["rules"]
    ]
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "grafana", "rules": rules}]}), encoding="utf-8")
    assert f"{len(rules)} rules found" in promtool("check", "rules", file)


@pytest.mark.parametrize(
    ("severity", "environment", "receiver"),
    [
        ("critical", "production", "on-call"),
        ("critical", "city", "on-call"),
        ("critical", "", "on-call"),
        ("warning", "production", "team"),
        ("warning", "", "team"),
        ("info", "production", "nobody"),
        ("critical", "development", "nobody"),
        ("critical", "Staging-2", "nobody"),
        ("warning", "test", "nobody"),
    ],
)
def test_alerts_are_routed_by_severity_and_environment(severity: str, environment: str, receiver: str) -> None:
    labels = {"alertname": "OtelAuditBridgeRefused", "severity": severity, "deployment_environment_name": environment}
    said = [f"{label}={value}" for label, value in labels.items() if value]
    routed = subprocess.run(
        [alertmanager.program("amtool"), "config", "routes", "test", f"--config.file={ALERTMANAGER}", *said],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert routed.stdout.split() == [receiver]
