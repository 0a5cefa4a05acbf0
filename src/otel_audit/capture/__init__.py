"""Chooses the core and says why."""

from __future__ import annotations

import platform
from importlib import import_module
from typing import TYPE_CHECKING, cast

from otel_audit.errors import CoreUnavailable
from otel_audit.model import MESSAGE_ID, OTHER_ID, Core, Kind, Plan

if TYPE_CHECKING:
    from otel_audit.model import FlatGlobs

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
    reason = "asked for by name"
    if wanted != "python":
        try:
            _core = import_module("otel_audit.capture._core")
        except ImportError as error:
            if wanted == "c":
                raise CoreUnavailable(_unavailable(error)) from error
            reason = _unavailable(error)
        else:
            return cast(Core, _core), "compiled for this interpreter" if wanted == "auto" else reason
    from otel_audit.capture import _pycore

    return cast(Core, _pycore), reason


def _unavailable(error: ImportError) -> str:
    version = f"{platform.python_implementation()} {platform.python_version()}"
    missing = isinstance(error, ModuleNotFoundError) and error.name == f"{__name__}._core"
    why = "it was not compiled when the package was installed" if missing else error
    return f"no C core for {version} on {platform.machine()}: {why}"


def load(core: Core, plan: Plan) -> None:
    """Hand a plan to a core, flattened to what both can read without a method call."""
    events = tuple(
        (event.name, event.selected, bytes(event.kinds), int(event.rule.kind), event.rule.value)
        for event in plan.events
    )
    unknown = plan.unknown
    include: FlatGlobs = tuple((glob, 0, 0.0) for glob in unknown.include)
    exclude: FlatGlobs = tuple((glob, 0, 0.0) for glob in unknown.exclude)
    sampling: FlatGlobs = tuple((glob, int(rule.kind), rule.value) for glob, rule in unknown.sampling)
    rule = unknown.rule
    assert [plan.events[id_].name for id_ in (OTHER_ID, MESSAGE_ID)] == ["other", "message"]
    core.configure(
        events,
        (unknown.selected, include, exclude, sampling, int(rule.kind), rule.value, _CUSTOM_KINDS),
        (plan.ring, plan.spans, plan.ring_size, plan.max_span_events),
    )
