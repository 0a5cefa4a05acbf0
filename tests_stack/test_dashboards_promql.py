"""Every PromQL query of every dashboard against a real Prometheus, and what it must answer computed without it."""

from __future__ import annotations

import pytest

from tests_stack.asking import EXPECTED, TARGETS, answer, answers, moment
from tests_stack.dashboards import Target
from tests_stack.load import Run
from tests_stack.model import Result

FACTS = [target for target in TARGETS if target.place in EXPECTED and EXPECTED[target.place].facts]
RANGES = [target for target in TARGETS if not target.instant]
CHOICES = [
    {"service": "shop"},
    {"service": "worker", "instance": "tasks-1|queue-1"},
    {"environment": "blind-1|refused-1|paused-1"},
    {"group": "process|network"},
    {"service": "nobody"},
]


def name(target: Target) -> str:
    return " ".join(target.place)


def close(result: Result) -> object:
    """Equal but for the last digits of floating point."""
    return pytest.approx(result, rel=1e-6, abs=1e-9)


def test_every_query_has_an_expectation_and_every_expectation_a_query() -> None:
    assert {target.place for target in TARGETS} == set(EXPECTED)


@pytest.mark.parametrize("target", TARGETS, ids=name)
def test_it_returns_what_the_samples_say(run: Run, target: Target) -> None:
    at = moment(run)
    expected = EXPECTED[target.place].model(at)
    assert expected, "the run provokes every panel"
    assert answer(run, target, at) == close(expected)


@pytest.mark.parametrize("target", FACTS, ids=name)
def test_it_returns_what_the_processes_did(run: Run, target: Target) -> None:
    facts = EXPECTED[target.place].facts
    assert facts is not None
    # Prometheus extrapolates an increase to the ends of its window: here from 40 samples by two intervals at most.
    assert answer(run, target, moment(run)) == pytest.approx(facts(run), rel=0.06, abs=1e-9)


@pytest.mark.parametrize("target", RANGES, ids=name)
def test_its_curve_is_right_at_every_point(run: Run, target: Target) -> None:
    at, model = moment(run), EXPECTED[target.place].model
    curve = answers(run, target, at)
    for time, point in curve.items():
        assert point == close(model(at.at(time))), f"{time - run.start:.0f} s after the start"
    assert sum(bool(point) for point in curve.values()) >= 2


@pytest.mark.parametrize("chosen", CHOICES, ids=str)
@pytest.mark.parametrize("dashboard", ["fleet", "service", "security", "bridge"])
def test_variables_restrict_it(run: Run, dashboard: str, chosen: dict[str, str]) -> None:
    at = moment(run, **chosen)
    for target in TARGETS:
        if target.dashboard == dashboard:
            assert answer(run, target, at) == close(EXPECTED[target.place].model(at)), target.panel
