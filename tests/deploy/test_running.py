"""The stack's plan: who is configured to talk to whom."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tools.backends import BackendError, Stack, configs, running, stack
from tools.backends.errors import PortTaken


def components(config: dict[str, Any], kind: str) -> set[str]:
    return {name for pipeline in config["service"]["pipelines"].values() for name in pipeline[kind]}


@pytest.mark.parametrize("exported", [None, "127.0.0.1:9"])
@pytest.mark.parametrize("aspire", [None, "127.0.0.1:8"])
def test_pipelines_name_the_parts_that_are_there(exported: str | None, aspire: str | None) -> None:
    addresses = ("127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3", "127.0.0.1:4", exported, aspire)
    config = configs.collector(configs.Pipelines(*addresses))
    for kind in ("receivers", "processors", "exporters"):
        assert components(config, kind) == set(config[kind])
    assert ("prometheus" in config["exporters"]) is (exported is not None)
    pipelines = {name: " ".join(parts["exporters"]) for name, parts in config["service"]["pipelines"].items()}
    assert all(("aspire" in exporters) is (aspire is not None) for exporters in pipelines.values())


def test_the_exporter_keeps_the_service_s_job_and_instance() -> None:
    (job,) = configs.prometheus("1s", "2s", scraped="127.0.0.1:9")["scrape_configs"]
    assert job["honor_labels"] is True


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[Exception | Stack]:
    """What each attempt to start comes to."""
    outcomes: list[Exception | Stack] = []

    def attempt(started: ExitStack, plan: object) -> Stack:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(running, "attempt", attempt)
    return outcomes


def test_a_taken_port_means_other_ports(tmp_path: Path, answers: list[Exception | Stack]) -> None:
    up = Stack(tmp_path, "http://127.0.0.1:1", None, None, "http://127.0.0.1:2", "http://127.0.0.1:3", {})
    answers += [PortTaken("a"), PortTaken("b"), up]
    with stack(tmp_path) as backends:
        assert backends is up


def test_it_gives_up_in_the_end(tmp_path: Path, answers: list[Exception | Stack]) -> None:
    answers += [PortTaken("a"), PortTaken("b"), PortTaken("c")]
    with pytest.raises(PortTaken, match="c"):
        stack(tmp_path).__enter__()


def test_rules_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(BackendError, match=r"none\.yaml: expected a file of rules"):
        stack(tmp_path, rules=tmp_path / "none.yaml").__enter__()


def test_a_program_is_told_where_to_send_and_who_it_is(tmp_path: Path) -> None:
    backends = Stack(tmp_path, "http://127.0.0.1:1", None, None, "http://127.0.0.1:2", "http://127.0.0.1:3", {})
    variables = backends.environment("shop", instance="shop-1", deployment="laptop")
    assert variables["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://127.0.0.1:2"
    assert variables["OTEL_RESOURCE_ATTRIBUTES"] == (
        "service.name=shop,service.instance.id=shop-1,deployment.environment.name=laptop"
    )
