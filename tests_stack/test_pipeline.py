"""From the processes over OTLP and the collector into Prometheus: no number is lost or changed on the way."""

from __future__ import annotations

import pytest

from tests_stack import load
from tests_stack.load import Run
from tests_stack.processes import Health


def counters(run: Run, metric: str, *labels: str) -> dict[tuple[str, ...], float]:
    """Last value of a counter that the running processes reported, where it is not zero, by instance and labels."""
    rows = run.backends.query(f'python_audit_{metric}{{instance!="shop-0"}} > 0', run.time)
    names = ("instance", *labels)
    return {tuple(row["metric"].get(name, "") for name in names): float(row["value"][1]) for row in rows}


@pytest.fixture(params=["run", "scraped"])
def either(request: pytest.FixtureRequest) -> Run:
    """The run over remote write, and the scraped one."""
    found: Run = request.getfixturevalue(request.param)
    return found


def test_events_are_counted_exactly(either: Run) -> None:
    assert counters(either, "events_total", "python_audit_event") == either.events


def test_outcomes_are_those_of_the_processes(either: Run) -> None:
    said = {
        (instance, outcome): number
        for instance, health in either.health.items()
        for outcome, number in health["outcomes"].items()
        if number
    }
    assert counters(either, "bridge_events_total", "python_audit_bridge_outcome") == said
    happened = {outcome for _, outcome in said}
    assert happened == {"kept", "sampled_out", "rate_limited", "merged", "dropped"}, (
        "the run provokes all but `counted`"
    )


def test_destinations_are_those_of_the_processes(either: Run) -> None:
    said = {
        (instance, destination, "" if outcome == "delivered" else outcome): number
        for instance, health in either.health.items()
        for destination, account in health["destinations"].items()
        for outcome, number in account.items()
        if number and outcome != "kept"
    }
    found = counters(either, "bridge_processed_total", "python_audit_bridge_destination", "error_type")
    assert found == said


def test_each_process_suffered_what_it_was_meant_to(run: Run) -> None:
    assert run.health["queue-1"]["destinations"]["logs"]["queue_full"] > load.QUEUED / 2
    assert run.health["queue-1"]["queue"]["size"] > 0
    assert run.health["queue-1"]["queue"]["spans"] > 0
    assert run.health["limits-1"]["outcomes"]["rate_limited"] > load.LIMITED / 2
    assert run.health["blind-1"]["dropped"]["first_full"] > load.DISTINCT - load.REMEMBERED - 1
    assert run.health["blind-1"]["destinations"]["logs"]["export_failed"] == load.REMEMBERED
    assert run.health["refused-1"]["status"]["reason"].startswith("OTEL_PYTHON_AUDIT_RING_SIZE=1: expected ")
    assert run.health["paused-1"]["seen"] == load.PAUSED
    assert lost_nothing(run.health["shop-1"])
    assert lost_nothing(run.health["tasks-1"])


def lost_nothing(health: Health) -> bool:
    return not load.losses(health) and not health["dropped"]
