"""Rates show where services export once a minute, the SDK's default, and nobody has set anything in Grafana."""

from __future__ import annotations

import pytest

from tests_stack.asking import TARGETS, filled
from tests_stack.dashboards import Target
from tests_stack.history import HOUR, MINUTE
from tests_stack.load import Run
from tests_stack.model import Moment

SCRAPE_INTERVAL = 15
"""Seconds: that of a Prometheus data source in Grafana of which nobody said anything else."""
RATES = [
    target for target in TARGETS if "python_audit_events_total" in target.expr and "$__rate_interval" in target.expr
]


def rate_interval(min_step: int) -> int:
    """`$__rate_interval` in seconds over a short range, by calculateRateInterval in Grafana's pkg/promlib.

    Args:
        min_step: the query's own, in seconds; 0 without one.
    """
    scrape = min_step or SCRAPE_INTERVAL
    return max(SCRAPE_INTERVAL + scrape, 4 * scrape)


def shown(run: Run, target: Target, interval: int) -> list[bool]:
    """Whether there is a value, every minute of the past in which the shop exported once a minute.

    Args:
        run: whose past it is.
        target: a query over time.
        interval: `$__rate_interval` in seconds.
    """
    at = Moment(run.series, run.time, HOUR, interval)
    # The past lies between 50 and 10 minutes before the run; its first two minutes make no rate yet. Asked halfway
    # between two samples.
    first, last = run.start - 46.5 * MINUTE, run.start - 11 * MINUTE
    times = range(int(first), int(last), MINUTE)
    found = run.backends.api(
        "query_range", query=filled(target, at), start=str(times[0]), end=str(times[-1]), step=str(MINUTE)
    )
    there = {int(float(time)) for row in found["result"] for time, _ in row["values"]}
    return [time in there for time in times]


@pytest.mark.parametrize("target", RATES, ids=lambda target: " ".join(target.place))
def test_there_is_a_rate_at_every_minute(run: Run, target: Target) -> None:
    assert all(shown(run, target, rate_interval(target.min_step)))


def test_without_a_step_of_its_own_a_query_has_gaps(run: Run) -> None:
    (target,) = (one for one in RATES if one.place == ("service", "Events by name", "A"))
    assert not any(shown(run, target, rate_interval(0)))


def test_every_dashboard_with_rates_of_events_is_among_them() -> None:
    assert {target.dashboard for target in RATES} == {"fleet", "service", "security"}
