"""When all that the processes said has come out at the other end."""

from __future__ import annotations

from tests_stack.history import INSTANCE
from tests_stack.processes import Health
from tools.backends import Stack, until

SAMPLES = 40
"""Of each counter at least: the fewer there are, the further Prometheus extrapolates what it sees between them."""
COUNTERS = f'{{__name__=~"python_audit_(bridge_)?(events|processed)_total", instance!="{INSTANCE}"}}'
ALWAYS_NEW = 'python_audit_bridge_suppressed_total or {__name__=~"python_audit_bridge_status.*", %s="refused"}'
"""One series of each process that gets a sample with every export; a bridge that refused has its status alone."""


def wait_for_counters(backends: Stack, health: dict[str, Health]) -> None:
    """Until Prometheus says of each instance what its process says, and has enough samples."""
    until(lambda: _arrived(backends, health), "all counters have arrived", seconds=60)
    until(lambda: _least(backends, f"count_over_time({COUNTERS}[10m])") >= SAMPLES, "enough samples", seconds=60)


def wait_until_past(backends: Stack, time: float) -> None:
    """Until no sample from before a time, in Unix seconds, can arrive any more: each process's come in order."""
    newest = f"timestamp({ALWAYS_NEW % 'python_audit_bridge_state'})"
    until(lambda: _least(backends, newest) > time, "nothing is under way any more", seconds=60)


def _least(backends: Stack, promql: str) -> float:
    (found,) = backends.query(f"min({promql})")
    return float(found["value"][1])


def _arrived(backends: Stack, health: dict[str, Health]) -> bool:
    seen = {instance: int(said["seen"]) for instance, said in health.items()}
    processed = {instance: _processed(said) for instance, said in health.items()}
    expected = {"events": seen, "bridge_events": seen, "bridge_processed": processed}
    return all(_sums(backends, metric, set(health)) == _positive(said) for metric, said in expected.items())


def _sums(backends: Stack, metric: str, instances: set[str]) -> dict[str, int]:
    rows = backends.query(f"sum by (instance) (python_audit_{metric}_total) > 0")
    return {row["metric"]["instance"]: int(row["value"][1]) for row in rows if row["metric"]["instance"] in instances}


def _positive(numbers: dict[str, int]) -> dict[str, int]:
    return {instance: number for instance, number in numbers.items() if number}


def _processed(health: Health) -> int:
    return sum(sum(account.values()) - account["kept"] for account in health["destinations"].values())
