"""The dashboards' questions, asked of Prometheus and of the model."""

from __future__ import annotations

from tests_stack.dashboards import Target, fill, targets
from tests_stack.expectations import FLEET, SECURITY, SERVICE, Expectation
from tests_stack.expectations_bridge import BRIDGE
from tests_stack.load import Run
from tests_stack.model import Moment, Result

EXPECTED: dict[tuple[str, str, str], Expectation] = {
    (dashboard, panel, ref): expectation
    for dashboard, rows in {"fleet": FLEET, "service": SERVICE, "security": SECURITY, "bridge": BRIDGE}.items()
    for (panel, ref), expectation in rows.items()
}
TARGETS = list(targets())
RATE_INTERVAL = 20
"""Seconds. Grafana's is four export intervals at least: this one belongs to 5 s."""
STEP = 2.0
"""Seconds between two points of a range."""


def moment(run: Run, **chosen: str) -> Moment:
    """The end of the run, with what was chosen in the dashboard's variables."""
    return Moment(run.series, run.time, float(window(run)), RATE_INTERVAL, **chosen)


def window(run: Run) -> int:
    """Seconds that the run took: the time range of the dashboards."""
    return int(run.time - run.start) + 5


def filled(target: Target, at: Moment) -> str:
    """The query as Grafana sends it."""
    chosen = {"service": at.service, "instance": at.instance, "group": at.group}
    times = {"__range": f"{at.window:.0f}s", "__rate_interval": f"{at.step:.0f}s"}
    return fill(target.expr, {**chosen, **times, "environment_instances": at.environment})


def answer(run: Run, target: Target, at: Moment) -> Result:
    """What Prometheus says."""
    return {
        frozenset((name, value) for name, value in row["metric"].items() if name != "__name__"): float(row["value"][1])
        for row in run.backends.query(filled(target, at), at.time)
    }


def answers(run: Run, target: Target, at: Moment) -> dict[float, Result]:
    """What Prometheus says over the whole range, by Unix time."""
    start = at.time - at.window
    found = run.backends.api(
        "query_range", query=filled(target, at), start=repr(start), end=repr(at.time), step=repr(STEP)
    )
    steps = int(at.window / STEP) + 1
    by_time: dict[float, Result] = {round(start + number * STEP, 3): {} for number in range(steps)}
    for row in found["result"]:
        labels = frozenset((name, value) for name, value in row["metric"].items() if name != "__name__")
        for time, value in row["values"]:
            by_time[round(float(time), 3)][labels] = float(value)
    return by_time
