"""The log rules pick out what they should from the records of a real process, by their own LogQL."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

import pytest
import yaml

from tests.conftest import ROOT, run
from tests.rules.logql import NotRead, filters, metadata

RULES = {
    rule["alert"]: rule["expr"]
    for group in yaml.safe_load((ROOT / "grafana/files/rules/loki.yaml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
}
CAUGHT = {
    "OtelAuditShellFromRequest": {
        "os.system in a request",
        "sh by path in a request",
        "sh by name in a request",
    },
    "OtelAuditMetadataFromRequest": {
        "connect to the metadata address in a request",
        "request its URL in a request",
    },
    "OtelAuditMetadataAddress": {
        "connect to the metadata address",
        "connect to the metadata address, IPv6",
        "request its URL",
        "look its name up",
    },
    "OtelAuditUnexpectedListener": {"bind every interface", "bind an address", "bind every interface, IPv6"},
    "OtelAuditTracingHook": {"set a tracer"},
    "OtelAuditStartupFile": {
        "write a .pth file",
        "write a .pth file of Debian's",
        "write sitecustomize",
        "move a .pth file into place",
    },
}
"""Deeds of deeds.py that each rule must catch; it must leave all others alone."""

Line = dict[str, Any]


class Done(NamedTuple):
    """What the program did.

    Args:
        deeds: names of all.
        records: the deed it belongs to, and the line, of each record.
    """

    deeds: set[str]
    records: list[tuple[str, Line]]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    folder = tmp_path_factory.mktemp("deeds")
    log = folder / "log.jsonl"
    spans: dict[str, str] = run("rules/deeds.py", str(log), str(folder)).result
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    return Done({*spans.values()}, [(spans[line["span_id"]], line) for line in lines if line.get("span_id") in spans])


@pytest.mark.parametrize("name", RULES)
def test_a_rule_catches_its_deeds_and_no_other(name: str, done: Done) -> None:
    counts = filters(RULES[name])
    assert {deed for deed, line in done.records if counts(metadata(line))} == CAUGHT[name]


def test_every_deed_left_records(done: Done) -> None:
    """Or a rule that leaves it alone would prove nothing."""
    assert {deed for deed, _ in done.records} == done.deeds


def test_the_security_dashboard_shows_the_start_up_files_that_were_written(done: Done) -> None:
    """The panel takes all events, so that reading shows as well; of those that write it agrees with the rule."""
    document = json.loads((ROOT / "grafana/files/dashboards/security.json").read_text(encoding="utf-8"))
    panels = [inner for panel in document["panels"] for inner in (panel, *panel.get("panels", []))]
    (panel,) = (panel for panel in panels if panel["title"] == "Start-up activity")
    (text,) = {found for target in panel["targets"] for found in re.findall(r'file_path=~"([^"]*)"', target["expr"])}
    pattern = re.compile(json.loads(f'"{text}"'))
    shown = {deed for deed, line in done.records if pattern.fullmatch(metadata(line).get("file_path", ""))}
    assert shown == CAUGHT["OtelAuditStartupFile"] | {"read a .pth file"}


@pytest.mark.parametrize(
    ("path", "starts"),
    [
        (r"C:\app\.venv\Lib\site-packages\evil.pth", True),
        (r"C:\app\.venv\Lib\SITE-PACKAGES\evil.pth", True),
        ("/usr/lib/python3/dist-packages//evil.pth", True),
        ("/app/usercustomize.py", True),
        (r"C:\models\resnet50.pth", False),
        ("/app/not-site-packages.d/resnet50.pth", False),
        ("resnet50.pth", False),
    ],
)
def test_start_up_files_by_their_path(path: str, starts: bool) -> None:
    counts = filters(RULES["OtelAuditStartupFile"])
    assert counts({"python_audit_event": "os.rename", "file_path": path}) == starts


@pytest.mark.parametrize("environment", ["development", "dev2", "Test", "staging-2", "ci"])
def test_a_tracer_is_no_news_where_people_develop(environment: str, done: Done) -> None:
    counts = filters(RULES["OtelAuditTracingHook"])
    line = next(metadata(line) for deed, line in done.records if deed == "set a tracer" and counts(metadata(line)))
    assert not counts({**line, "deployment_environment_name": environment})
    for elsewhere in ("production", "city", "devices", "testimony"):
        assert counts({**line, "deployment_environment_name": elsewhere})


def test_the_reader_refuses_what_it_does_not_know() -> None:
    with pytest.raises(NotRead):
        filters('sum by (a) (rate({service_name=~".+"}[5m])) > 0')
    with pytest.raises(NotRead):
        filters('sum by (a) (count_over_time({service_name=~".+"} | json | a="b"[5m])) > 0')
