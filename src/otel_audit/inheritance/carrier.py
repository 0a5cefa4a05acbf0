"""Trace context and baggage as environment variables: TRACEPARENT, TRACESTATE, BAGGAGE.

OpenTelemetry's convention ("environment variables as context propagation carriers"): names of the propagator's fields
in upper case, with `_` for what a variable's name cannot hold. Which fields there are, `OTEL_PROPAGATORS` decides.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

VALUE_MAX = 8192
"""Characters of one variable: W3C Baggage ends there, and a larger environment may keep a program from starting."""


def variable(field: str) -> str:
    """Name of the variable for a propagator's field."""
    name = re.sub(r"[^A-Z0-9_]", "_", field.upper())
    return f"_{name}" if name[:1].isdigit() else name


def names() -> tuple[str, ...]:
    """All variables that the propagators in use may read or write."""
    from opentelemetry import propagate

    return tuple(sorted(map(variable, propagate.get_global_textmap().fields)))


def current() -> dict[str, str]:
    """The current context as variables; empty outside traces and without baggage."""
    from opentelemetry import propagate

    carrier: dict[str, str] = {}
    propagate.inject(carrier)
    return {
        variable(field): value
        for field, value in carrier.items()
        if isinstance(value, str) and "\0" not in value and len(value) <= VALUE_MAX
    }


def extended(given: Mapping[Any, Any], variables: Mapping[str, str], own: Mapping[str, str]) -> dict[Any, Any] | None:
    """A child's environment with the context of the moment.

    Args:
        given: what the child would get; keys and values may be bytes.
        variables: as `current` made them.
        own: what this process was itself started with: handed on by habit, not by decision.

    Returns:
        A new environment, or None where nothing is to be changed: there is no context, or the caller chose one.
    """
    if not variables:
        return None
    carrying = {spelled: name for name in names() for spelled in (name, os.fsencode(name))}
    new = dict(given.items())  # the process's own refuses to be asked for bytes
    for spelled, name in carrying.items():
        if spelled in new and os.fsdecode(new.pop(spelled)) != own.get(name):
            return None
    new.update(variables)
    return new


def attach(environment: Mapping[str, str]) -> bool:
    """Make the context that the environment carries the current one, unless there is a span already.

    Returns:
        Whether there was one to attach.
    """
    from opentelemetry import baggage, context, propagate, trace

    if trace.get_current_span().get_span_context().is_valid:
        return False
    fields = propagate.get_global_textmap().fields
    carrier = {field: environment[variable(field)] for field in fields if variable(field) in environment}
    if not carrier:
        return False
    found = propagate.extract(carrier, context=context.get_current())
    if not (trace.get_current_span(found).get_span_context().is_valid or baggage.get_all(found)):
        return False
    context.attach(found)
    return True
