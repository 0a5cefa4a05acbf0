"""A page per alert, complete and true: sections, severities, queries, commands, links."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from otel_audit.plan import build_plan
from otel_audit.settings import PREFIX, ROWS, Settings
from tests.conftest import ROOT
from tests.rules.test_rules import LOKI, METRICS, alerts, log_labels, metric_labels, metric_names
from tools.rules.behaviour import RAISED_BY, RATE

PAGES = ROOT / "docs" / "runbooks"
SECTIONS = ["Meaning", "Impact", "How to look", "Causes", "Mending", "Silencing"]
RULES = {rule["alert"]: (file, rule) for file in (METRICS, LOKI) for rule in alerts(file)}
TARGET_INFO = {"service_version", "deployment_environment_name"}
"""What a resource puts on `target_info`, and we ask for."""
OF_PROMETHEUS = {"alertname", "alertstate"}


def text(name: str) -> str:
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_there_is_a_page_for_every_alert_and_no_other() -> None:
    assert {page.stem for page in PAGES.glob("*.md")} == {*RULES, "README"}


def test_the_index_lists_every_alert_with_its_severity() -> None:
    rows = re.findall(r"^\| \[(\w+)\]\((\w+)\.md\) \| (\w+) \| (\w+) \|", text("README"), re.MULTILINE)
    sources = {METRICS: "metrics", LOKI: "logs"}
    assert rows == [(name, name, rule["labels"]["severity"], sources[file]) for name, (file, rule) in RULES.items()]


@pytest.mark.parametrize("name", RULES)
def test_a_page_has_its_sections_and_says_when_the_alert_fires(name: str) -> None:
    page, (file, rule) = text(name), RULES[name]
    assert page.startswith(f"# {name}\n\n")
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == SECTIONS
    assert all(re.split(r"^## .+$", page, flags=re.MULTILINE)[1:]), "an empty section"
    first = page.split("\n\n")[1].replace("\n", " ")
    assert first.startswith(f"Severity `{rule['labels']['severity']}`, fires after `{rule['for']}`. From ")
    assert ("From logs." in first) == (file == LOKI)
    assert blocks(page, "logql" if file == LOKI else "promql")


@pytest.mark.parametrize("name", RULES)
def test_queries_ask_for_what_exists(name: str) -> None:
    known = metric_names() | {RATE.name, RAISED_BY.name, "target_info", "ALERTS"}
    for query in blocks(text(name), "promql"):
        bare = re.sub(r"\{[^}]*\}|(by|on) \([^)]*\)|\[[^]]*\]", "", query)
        assert set(re.findall(r"\b(?:\w+:)*(?:python_audit\w*|target_info|ALERTS)(?::\w+)*", bare)) <= known
        used = {label for part in re.findall(r"\{([^}]*)\}", query) for label in re.findall(r"(\w+)\s*[=!]~?\"", part)}
        used |= {label for by in re.findall(r"by \(([^)]*)\)", query) for label in re.split(r",\s*", by)}
        assert used <= metric_labels() | TARGET_INFO | OF_PROMETHEUS
    for query in blocks(text(name), "logql"):
        used = set(re.findall(r"(\w+)\s*(?:=|!=|=~|!~)\s*[`\"]", query))
        assert used <= log_labels() | {"service_name", "trace_id"}


@pytest.mark.parametrize("name", RULES)
def test_a_silence_names_the_alert_one_of_its_labels_an_end_and_a_reason(name: str) -> None:
    (command,) = [line for block in blocks(text(name).split("## Silencing")[1], "sh") for line in block.splitlines()]
    words = shlex.split(command)
    assert words[:3] == ["amtool", "silence", "add"]
    assert f"alertname={name}" in words
    options = dict(word.lstrip("-").split("=", 1) for word in words if word.startswith("--"))
    assert set(options) == {"duration", "comment"}
    assert len(options["comment"]) > 5
    expr = RULES[name][1]["expr"]
    kept = {
        label
        for by in re.findall(r"by \(([^)]*)\)", expr + RATE.expr + RAISED_BY.expr)
        for label in re.split(r",\s*", by)
    }
    named = {word.split("=", 1)[0] for word in words[3:] if not word.startswith("--")} - {"alertname"}
    assert named
    assert named <= kept


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.md")), ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        path, _, anchor = link.partition("#")
        target = page.parent / path
        assert target.is_file(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.md")), ids=lambda page: page.stem)
def test_settings_and_commands_that_a_page_names_exist(page: Path) -> None:
    said = page.read_text(encoding="utf-8")
    rows = {row.variable: row.name for row in ROWS}
    assert set(re.findall(rf"{PREFIX}[A-Z_]*[A-Z]", said)) <= set(rows)
    for variable, quoted, bare in re.findall(rf"({PREFIX}[A-Z_]+)=(?:'([^']*)'|([\w,]+))", said):
        build_plan(Settings(**{rows[variable]: quoted or bare}))
    assert set(re.findall(r"(?:`|^)otel-audit (\w+)", said, re.MULTILINE)) <= {"doctor", "events", "run"}
