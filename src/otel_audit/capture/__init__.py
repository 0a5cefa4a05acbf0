"""Chooses the core and says why."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from otel_audit import compiled
from otel_audit.contract import Core
from otel_audit.model import MESSAGE_ID, OTHER_ID, Kind, Plan

if TYPE_CHECKING:
    from otel_audit.contract import FlatEvent, FlatGlobs
    from otel_audit.model import PlanEvent

_CUSTOM_KINDS = bytes([Kind.AUTO]) * 8


def choose(wanted: str) -> tuple[Core, str]:
    """Import the core that was asked for.

    Args:
        wanted: `auto`, `c` or `python`; `auto` takes the C core where it can be loaded.

    Returns:
        The core, and why it is this one.

    Raises:
        CoreUnavailable: `c` was asked for by name and cannot be loaded.
    """
    found, reason = compiled.choose("core", "otel_audit.capture._core", "otel_audit.capture._pycore", wanted)
    return cast(Core, found), reason


def load(core: Core, plan: Plan) -> None:
    """Hand a plan to a core, flattened to what both can read without a method call."""
    events = tuple(flat(event) for event in plan.events)
    unknown = plan.unknown
    include: FlatGlobs = tuple((glob, 0, 0.0) for glob in unknown.include)
    exclude: FlatGlobs = tuple((glob, 0, 0.0) for glob in unknown.exclude)
    sampling: FlatGlobs = tuple((glob, int(rule.kind), rule.value) for glob, rule in unknown.sampling)
    locations: FlatGlobs = tuple((glob, 0, chance) for glob, chance in unknown.locations)
    rule = unknown.rule
    assert [plan.events[id_].name for id_ in (OTHER_ID, MESSAGE_ID)] == ["other", "message"]
    core.configure(
        events,
        (
            unknown.selected,
            include,
            exclude,
            sampling,
            int(rule.kind),
            rule.value,
            _CUSTOM_KINDS,
            locations,
            unknown.location,
        ),
        (1 if plan.ring else 2 if plan.ring_marked else 0, plan.spans, plan.ring_size, plan.max_span_events, plan.code),
    )


def flat(event: PlanEvent) -> FlatEvent:
    """A row of the plan as a core takes it."""
    rule = int(event.rule.kind), event.rule.value
    return event.name, event.selected, bytes(event.kinds), *rule, event.blocking, event.location, event.loop_location
