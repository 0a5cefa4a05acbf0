"""Queries of the alert rules and of their pages, through Grafana's and Prometheus' grammars: parsed, not run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tools.schema.grammars import check
from tools.schema.packages import packages
from tools.schema.queries import Query

ROOT = Path(__file__).parents[1]
FILES = ROOT / "grafana" / "files"


def of_rules() -> Iterator[Query]:
    for name, language in (("prometheus", "prometheus"), ("loki", "loki")):
        groups = yaml.safe_load((FILES / f"rules/{name}.yaml").read_text(encoding="utf-8"))["groups"]
        for rule in (rule for group in groups for rule in group["rules"]):
            yield Query(rule.get("alert") or rule["record"], language, rule["expr"])


def managed_by_grafana() -> Iterator[Query]:
    for name, language in (("metrics", "prometheus"), ("logs", "loki")):
        file = FILES / f"provisioning/alerting/otel-audit-{name}.yaml"
        for rule in (
            rule for group in yaml.safe_load(file.read_text(encoding="utf-8"))["groups"] for rule in group["rules"]
        ):
            yield Query(f"{rule['title']}, managed by Grafana", language, rule["data"][0]["model"]["expr"])


def of_pages() -> Iterator[Query]:
    """A query of a page ends with its line, unless a bracket is open."""
    for page in sorted((ROOT / "docs/runbooks").glob("*.md")):
        for mark, text in re.findall(
            r"^```(promql|logql)\n(.*?)^```$", page.read_text(encoding="utf-8"), re.DOTALL | re.M
        ):
            for query in statements(text):
                yield Query(page.stem, {"promql": "prometheus", "logql": "loki"}[mark], query)


def statements(text: str) -> Iterator[str]:
    kept = ""
    for line in text.splitlines():
        kept += line + "\n"
        if kept.count("(") == kept.count(")"):
            yield kept.strip()
            kept = ""
    assert not kept, kept


def test_every_query_parses() -> None:
    queries = [*of_rules(), *managed_by_grafana(), *of_pages()]
    assert {query.language for query in queries} == {"prometheus", "loki"}
    assert not [*check(queries, packages())]


@pytest.mark.parametrize("language", ["prometheus", "loki"])
def test_a_query_that_is_wrong_is_found(language: str) -> None:
    broken = [query._replace(text=query.text.replace("sum by (", "sum by ((")) for query in of_rules()]
    chosen = [query for query in broken if query.language == language and "by ((" in query.text]
    assert {problem.where for problem in check(chosen, packages())} == {query.where for query in chosen}
