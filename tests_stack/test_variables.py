"""The dashboards' template variables, as Grafana fills them from Prometheus."""

from __future__ import annotations

import re

import pytest

from tests_stack import load
from tests_stack.asking import window
from tests_stack.dashboards import fill, names, variables
from tests_stack.load import Run

ALL = {"environment": ".*", "service": ".*", "instance": ".*", "group": ".*", "environment_instances": ".*"}
INSTANCES = set(load.ENVIRONMENTS)
GROUPS = {"custom", "database", "dns", "dynamic_code", "filesystem", "network", "process", "serialization", "web"}
STAGING = {instance for instance, environment in load.ENVIRONMENTS.items() if environment == "staging"}


def options(run: Run, dashboard: str, variable: str, **chosen: str) -> set[str]:
    """What a variable offers.

    Args:
        run: whose Prometheus is asked.
        dashboard: name of its file.
        variable: name.
        chosen: values of the others; All unless given.
    """
    row = variables(dashboard)[variable]
    query = fill(row["query"]["query"], {**ALL, **chosen, "__range": f"{window(run)}s"})
    kind, inner = re.fullmatch(r"(\w+)\((.*)\)", query, re.DOTALL).groups()  # type: ignore[union-attr]
    if kind == "label_values":
        metric, _, label = inner.rpartition(",")
        times = {"start": repr(run.time - window(run)), "end": repr(run.time)}
        return set(run.backends.api(f"label/{label.strip()}/values", **{"match[]": metric}, **times))
    assert kind == "query_result"
    lines = [series(row["metric"]) for row in run.backends.query(inner, run.time)]
    found = [re.search(row["regex"].strip("/"), line) for line in lines]
    return {match[1] for match in found if match}


def series(labels: dict[str, str]) -> str:
    """A line of Grafana's query_result: the series as text, which the variable's regular expression takes apart."""
    inner = ",".join(f'{name}="{value}"' for name, value in labels.items())
    return "{" + inner + "} 1 0"


@pytest.mark.parametrize("dashboard", names())
def test_they_offer_what_there_is(run: Run, dashboard: str) -> None:
    assert options(run, dashboard, "environment") == {"production", "staging"}
    assert options(run, dashboard, "service") == {"shop", "worker"}
    assert options(run, dashboard, "instance") == INSTANCES
    assert options(run, dashboard, "instance", service="shop") == {"shop-1"}
    assert options(run, dashboard, "group") == GROUPS
    assert options(run, dashboard, "group", service="worker") == {"custom", "dynamic_code", "process", "serialization"}


@pytest.mark.parametrize("dashboard", names())
def test_the_environment_restricts_the_others(run: Run, dashboard: str) -> None:
    assert options(run, dashboard, "service", environment="staging") == {"worker"}
    assert options(run, dashboard, "environment_instances", environment="staging") == STAGING
    assert options(run, dashboard, "environment_instances") == {".*"}


@pytest.mark.parametrize("dashboard", names())
def test_logs_are_asked_for_by_the_name_of_the_service(run: Run, dashboard: str) -> None:
    assert options(run, dashboard, "service_name") == {"shop", "worker"}
    assert options(run, dashboard, "service_name", service="shop") == {"shop"}
    assert options(run, dashboard, "service_name", service="nobody") == {".+"}
