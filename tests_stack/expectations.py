"""What every PromQL query of the dashboards must answer: by its dashboard, panel and letter.

`model` computes the answer from raw samples, `facts` from what the processes did and say of themselves. A query
without a row here fails the tests.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tests_stack import facts
from tests_stack.load import Run
from tests_stack.model import Labels, Moment, Result, Where, add, count, highest, key

EVENTS, DECIDED, PROCESSED = (
    "python_audit_events_total",
    "python_audit_bridge_events_total",
    "python_audit_bridge_processed_total",
)
BLOCKING = "python_audit_event_loop_blocking_total"
STATUS = "python_audit_bridge_status(_ratio)?"
EVENT, GROUP, OUTCOME = "python_audit_event", "python_audit_group", "python_audit_bridge_outcome"
STATE, REASON, CORE = "python_audit_bridge_state", "python_audit_bridge_reason", "python_audit_bridge_core"
VERSION, DESTINATION = "python_audit_bridge_version", "python_audit_bridge_destination"
HOUR, WEEK = 3600.0, 7 * 24 * 3600.0
NOTHING: Result = {frozenset(): 0.0}


class Expectation(NamedTuple):
    """Two ways to the same answer.

    Args:
        model: from raw samples, at any time.
        facts: from the processes, at the end; None where only the samples know (rates, sizes, times).
    """

    model: Callable[[Moment], Result]
    facts: Callable[[Run], Result] | None = None


def is_in(label: str, *values: str) -> Where:
    return lambda labels: labels.get(label, "") in values


def lost(labels: Labels) -> bool:
    return labels.get("error_type", "") not in ("", "filtered", "late", "over", "no_pipeline")


def secure(labels: Labels) -> bool:
    return labels[EVENT] in facts.SECURITY


DROPPED = is_in(OUTCOME, "dropped")
REFUSED = is_in(STATE, "refused", "off")


def or_zero(result: Result, at: Moment) -> Result:
    """Zero instead of nothing, where any bridge reports."""
    return result or (NOTHING if at.now(STATUS) else {})


def above_zero(result: Result) -> Result:
    return {labels: value for labels, value in result.items() if value > 0}


def refused(at: Moment) -> Result:
    return or_zero(count(at.now(STATUS, REFUSED)), at)


def happened_in(group: str) -> Expectation:
    return Expectation(
        lambda at: or_zero(at.happened(EVENTS, where=is_in(GROUP, group)), at),
        lambda run: facts.events(run, where=lambda event: facts.GROUPS[event] == group) or NOTHING,
    )


def mover(at: Moment, ago: float) -> Result:
    """This hour less an earlier one."""
    now = at.happened(EVENTS, "job", EVENT, window=HOUR)
    then = at.happened(EVENTS, "job", EVENT, window=HOUR, ago=ago)
    return {labels: now.get(labels, 0.0) - then.get(labels, 0.0) for labels in {**now, **then}}


def fullness(at: Moment) -> list[tuple[Labels, float]]:
    """Each process's ring: bytes waiting in it, of its size."""
    capacity = {
        key(labels, "job", "instance"): size for labels, size in at.now("python_audit_bridge_queue_capacity_bytes")
    }
    waiting = at.now("python_audit_bridge_queue_size_bytes")
    return [(labels, size / capacity[key(labels, "job", "instance")]) for labels, size in waiting]


def versions(at: Moment) -> Result:
    """Processes by what they run; those without `target_info` too."""
    names = ("telemetry_sdk_version", "process_runtime_version", "service_version")
    resources = {key(labels, "job", "instance"): labels for labels, _ in at.now("target_info")}
    joined = []
    for labels, value in at.now(STATUS):
        resource = resources.get(key(labels, "job", "instance"), {})
        joined.append(({**labels, **{name: resource[name] for name in names if resource.get(name)}}, value))
    return count(joined, "job", VERSION, CORE, *names)


EVENTS_PER_SECOND = Expectation(lambda at: at.rate(EVENTS))
SECURE = Expectation(
    lambda at: or_zero(at.happened(EVENTS, where=secure), at),
    lambda run: facts.events(run, where=facts.SECURITY.__contains__),
)
LOST = Expectation(lambda at: or_zero(at.happened(PROCESSED, where=lost), at), facts.lost)
REFUSED_NUMBER = Expectation(refused, lambda run: {frozenset(): float(len(facts.in_state(run, "refused")))})

FLEET = {
    ("Services", "A"): Expectation(
        lambda at: count([(dict(labels), 1.0) for labels in add(at.now(EVENTS), "job")]),
        lambda run: {frozenset(): float(len({run.jobs[instance] for instance, _ in run.events}))},
    ),
    ("Bridges armed", "A"): Expectation(
        lambda at: count(at.now(STATUS, is_in(STATE, "armed"))),
        # The paused one was armed until just before.
        lambda run: {frozenset(): float(len(facts.in_state(run, "armed", "paused")))},
    ),
    ("Bridges refused or off", "A"): REFUSED_NUMBER,
    ("Events per second", "A"): EVENTS_PER_SECOND,
    ("Security events", "A"): SECURE,
    ("Records lost", "A"): LOST,
    ("Events by service", "A"): Expectation(lambda at: at.rate(EVENTS, "job")),
    ("Events by group", "A"): Expectation(lambda at: at.rate(EVENTS, GROUP)),
    ("Events by service and name", "A"): Expectation(
        lambda at: at.happened(EVENTS, "job", GROUP, EVENT), lambda run: facts.events(run, "job", GROUP, EVENT)
    ),
    ("Top movers", "A"): Expectation(lambda at: at.happened(EVENTS, "job", EVENT, window=HOUR), facts.moved),
    ("Top movers", "B"): Expectation(lambda at: mover(at, HOUR), lambda run: facts.moved(run, "hour")),
    ("Top movers", "C"): Expectation(lambda at: mover(at, WEEK), lambda run: facts.moved(run, "week")),
    ("Bridges refused or off (table)", "A"): Expectation(
        lambda at: highest(at.now(STATUS, REFUSED), "job", "instance", STATE, REASON), facts.refusals
    ),
    ("Versions", "A"): Expectation(versions),
}

SERVICE = {
    ("Events per second", "A"): EVENTS_PER_SECOND,
    ("Process events", "A"): happened_in("process"),
    ("Network events", "A"): happened_in("network"),
    ("DNS look-ups", "A"): happened_in("dns"),
    ("File events", "A"): happened_in("filesystem"),
    ("Dynamic code", "A"): happened_in("dynamic_code"),
    ("Native code", "A"): happened_in("native"),
    ("Deserialization", "A"): happened_in("serialization"),
    ("Events by name", "A"): Expectation(lambda at: at.rate(EVENTS, EVENT)),
    ("What blocks the event loop", "A"): Expectation(lambda at: at.rate(BLOCKING, EVENT)),
    ("Where it is blocked", "A"): Expectation(
        lambda at: at.happened(BLOCKING, EVENT, "code_file_path", "code_function_name"), facts.blocked
    ),
}

SECURITY = {
    ("Security events", "A"): Expectation(lambda at: at.rate(EVENTS, EVENT, where=secure)),
    ("Security events by service", "A"): Expectation(
        lambda at: at.happened(EVENTS, "job", EVENT, where=secure),
        lambda run: facts.events(run, "job", EVENT, where=facts.SECURITY.__contains__),
    ),
}
