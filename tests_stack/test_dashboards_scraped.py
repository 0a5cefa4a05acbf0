"""The same queries where Prometheus scrapes the collector's exporter, which names and labels for itself."""

from __future__ import annotations

import pytest

from tests_stack.asking import EXPECTED, TARGETS, answer, moment
from tests_stack.dashboards import Target
from tests_stack.load import Run
from tests_stack.test_dashboards_promql import FACTS, close, name

STATUS_LABELS = ["__name__", "job", "instance"]
STATUS_LABELS += [f"python_audit_bridge_{label}" for label in ("state", "reason", "core", "version")]


def test_both_ways_lead_to_the_same_series(run: Run, scraped: Run) -> None:
    written, exported = (names_and_labels(one) for one in (run, scraped))
    assert written == exported
    assert ("python_audit_bridge_status", frozenset(STATUS_LABELS)) in exported


def names_and_labels(run: Run) -> set[tuple[str, frozenset[str]]]:
    """Each metric with its labels, those of the instrumentation scope aside."""
    rows = run.backends.query('{__name__=~"python_audit_.+|target_info"}', run.time)
    names = [{name for name in row["metric"] if not name.startswith("otel_scope_")} for row in rows]
    return {(row["metric"]["__name__"], frozenset(found)) for row, found in zip(rows, names)}


@pytest.mark.parametrize("target", TARGETS, ids=name)
def test_it_returns_what_the_samples_say(scraped: Run, target: Target) -> None:
    at = moment(scraped)
    expected = EXPECTED[target.place].model(at)
    assert expected
    assert answer(scraped, target, at) == close(expected)


@pytest.mark.parametrize("target", FACTS, ids=name)
def test_it_returns_what_the_processes_did(scraped: Run, target: Target) -> None:
    facts = EXPECTED[target.place].facts
    assert facts is not None
    assert answer(scraped, target, moment(scraped)) == pytest.approx(facts(scraped), rel=0.06, abs=1e-9)
