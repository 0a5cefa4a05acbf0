"""What the figures shall reach: one row per target, in the order they are shown."""

from __future__ import annotations

from typing import NamedTuple


class Target(NamedTuple):
    """One row.

    Args:
        text: what is measured.
        bound: in `unit`.
        unit: of the bound and of what is measured.
        at_least: the bound is the smallest that is good, not the largest.
    """

    text: str
    bound: float
    unit: str
    at_least: bool = False


C_HOOK, PYTHON_HOOK = "x an empty C hook", "x an empty Python function hook"
SDK = "of the SDK's own emit and encode"

TARGETS: dict[str, Target] = {
    "ignored": Target("ignored event, total cost", 1.15, C_HOOK),
    "counted": Target("counted event, empty context", 1.25, C_HOOK),
    "counted in a span": Target("counted event, in a span", 1.45, C_HOOK),
    "recorded": Target("recorded, three arguments with a path, in a span: one destination", 2.2, C_HOOK),
    "recorded, merging": Target("the same: span and ring and merging", 2.5, C_HOOK),
    "recorded, limiter": Target("the same with a limiter", 2.7, C_HOOK),
    "naive ratio": Target("(naive - empty C hook) / (ours recorded - empty C hook)", 150, "times", at_least=True),
    "python ignored": Target("Python core: ignored", 1.25, PYTHON_HOOK),
    "python recorded": Target("Python core: recorded", 6, PYTHON_HOOK),
    "span end": Target("span end with 10 audit events", 0.05, "of ten add_event calls"),
    "background http": Target("background CPU per delivered log record, OTLP over HTTP", 1 / 6, SDK),
    "background grpc": Target("background CPU per delivered log record, OTLP over gRPC", 0.2, SDK),
    "flask throughput": Target("Flask service: requests per second", 0.98, "of OpenTelemetry alone", at_least=True),
    "flask cpu": Target("Flask service: 1 / CPU per request", 0.98, "of OpenTelemetry alone", at_least=True),
    "all: deepcopy": Target("`all` events: deepcopy", 1.35, "x plain"),
    "all: pickle": Target("`all` events: pickle", 1.35, "x plain"),
    "all: compile": Target("`all` events: compile", 1.35, "x plain"),
    "offered cost": Target("1 M events/s offered on one thread: what an event costs", 1.15, "x the hook's cost above"),
    "offered account": Target("1 M events/s: offered events that the account misses", 0, "events"),
    "offered memory": Target("1 M events/s: growth of resident memory once the ring is full", 1, "MiB"),
    "start": Target("start-up over OpenTelemetry alone", 40, "ms"),
    "memory": Target("resident memory over OpenTelemetry alone", 10, "MiB"),
}


def met(key: str, judged: float) -> bool:
    """Whether a figure reaches its target."""
    target = TARGETS[key]
    return judged >= target.bound if target.at_least else judged <= target.bound
