"""Answers to the dashboards' questions from what the processes did and say of themselves, without any metric."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

from otel_audit import scope
from tests_stack.history import Past
from tests_stack.load import BLOCKED, WORKER, Run, losses
from tests_stack.model import Labels, Result, add, highest

GROUPS = {
    "code.__new__": "dynamic_code",
    "http.client.connect": "network",
    "open": "filesystem",
    "os.system": "process",
    "pickle.find_class": "serialization",
    "shop.user.login": "custom",
    "shop.user.register": "custom",
    "socket.bind": "network",
    "socket.connect": "network",
    "socket.getaddrinfo": "dns",
    "sqlite3.connect": "database",
    "subprocess.Popen": "process",
    "urllib.Request": "web",
    "worker.event": "custom",
}
SECURITY = frozenset(("code.__new__", "os.system", "pickle.find_class", "socket.bind", "subprocess.Popen"))
"""Of these, what an intruder needs."""


def events(run: Run, *by: str, where: Callable[[str], object] = lambda event: True) -> Result:
    """Number of audit events by labels of the counter."""
    return add(((_labels(run, *place), float(n)) for place, n in run.events.items() if where(place[1])), *by)


def blocked(run: Run) -> Result:
    """What an event loop waited for, by where it was done."""
    place = {"python_audit_event": "os.system", "code_file_path": str(WORKER), "code_function_name": "system"}
    return {frozenset(place.items()): float(BLOCKED)}


def moved(run: Run, ago: Literal["hour", "week"] | None = None) -> Result:
    """Events of this hour, less those of an hour ago or a week ago."""
    past = run.past or Past(0, 0, 0)
    then = {"hour": past.hour, "week": past.week}[ago] if ago else 0
    before = {"job": "shop", "python_audit_event": "subprocess.Popen"}
    now = ((_labels(run, *place), float(number)) for place, number in run.events.items())
    return add([*now, (before, float(past.recent - then))], "job", "python_audit_event")


def lost(run: Run, *by: str) -> Result:
    """Records that a destination lost."""
    return add(_losses(run), *by) or {frozenset(): 0.0}


def dropped(run: Run, *by: str) -> Result:
    """Events that the hook dropped."""
    rows = (
        ({"job": run.jobs[instance], "python_audit_bridge_outcome": "dropped", "error_type": cause}, float(number))
        for instance, health in run.health.items()
        for cause, number in health["dropped"].items()
    )
    return add(rows, *by)


def in_state(run: Run, *states: str) -> list[str]:
    """Instances whose bridge is in one of these states."""
    return [instance for instance, health in run.health.items() if health["status"]["state"] in states]


def refusals(run: Run) -> Result:
    """Why each bridge that refused did."""
    labels = ("job", "instance", "python_audit_bridge_state", "python_audit_bridge_reason")
    return highest(((_status(run, instance), 1.0) for instance in in_state(run, "refused")), *labels)


def processes(run: Run) -> Result:
    """Every process with its state; the paused one was armed until just before, and both are still on record."""
    found = [_status(run, instance) for instance in run.health]
    armed = next(status for status in found if status["python_audit_bridge_state"] == "armed")
    before = {**armed, "job": run.jobs["paused-1"], "instance": "paused-1"}
    return {frozenset((name, value) for name, value in row.items() if value): 1.0 for row in [*found, before]}


def fullest(run: Run) -> Result:
    queues = [health["queue"] for health in run.health.values() if health["queue"]]
    return {frozenset(): max(queue["size"] / queue["capacity"] for queue in queues)}


def span_buffers(run: Run) -> Result:
    sizes = ((run.jobs[one], health["queue"]["spans"]) for one, health in run.health.items() if health["queue"])
    return highest((({"job": job}, float(size)) for job, size in sizes), "job")


def mean_hook_time(run: Run) -> Result:
    hooks = [health["hook"] for health in run.health.values() if health["hook"]]
    return {frozenset(): sum(hook["time_ns"] for hook in hooks) / sum(hook["timed"] for hook in hooks)}


def _labels(run: Run, instance: str, event: str) -> Labels:
    return {"job": run.jobs[instance], "python_audit_group": GROUPS[event], "python_audit_event": event}


def _status(run: Run, instance: str) -> dict[str, str]:
    status = run.health[instance]["status"]
    return {
        "job": run.jobs[instance],
        "instance": instance,
        "python_audit_bridge_state": status["state"],
        "python_audit_bridge_reason": status["reason"],
        "python_audit_bridge_core": status["core"],
        "python_audit_bridge_version": scope.VERSION,
    }


def _losses(run: Run) -> Iterator[tuple[Labels, float]]:
    for instance, health in run.health.items():
        for (destination, cause), number in losses(health).items():
            labels = {"job": run.jobs[instance], "python_audit_bridge_destination": destination, "error_type": cause}
            yield labels, float(number)
