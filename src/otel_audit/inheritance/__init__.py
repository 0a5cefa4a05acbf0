"""What the setting `children` does: programs that this one starts get the bridge, its settings, and the trace.

Python programs come by `path/sitecustomize.py`, which `PYTHONPATH` names; every program gets the context of the moment
in its environment. A program whose environment was replaced gets the context only, one started under `-I`, `-E` or `-S`
no bridge.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping
from pathlib import Path
from typing import Any, Literal

from otel_audit import settings
from otel_audit.configuration.rows import ROWS
from otel_audit.inheritance import carrier, processes, replacement, spawns
from otel_audit.inheritance.replacement import Deliver
from otel_audit.settings import STREAMS, Settings

FOLDER = str(Path(__file__).parent / "path")
"""Holds `sitecustomize.py` and nothing else."""
VARIABLE = "_OTEL_AUDIT_CHILDREN_SET_UP"
"""Private: how a child sets OpenTelemetry up."""

SetUp = Literal["program", "opentelemetry", "stream"]
"""By the program itself; as `opentelemetry-instrument` does; as `otel-audit run` without an endpoint does."""

_wrapped = False


def begin(chosen: Settings, deliver: Deliver) -> None:
    """Have children follow from now on; take over the context that this process was itself started with.

    Args:
        chosen: the settings of this process.
        deliver: called before this process becomes another program.
    """
    environment = settings.environment()
    carrier.attach(environment)
    _hand_on(chosen, environment)
    global _wrapped
    if _wrapped:
        return
    _wrapped = True
    own = {name: environment[name] for name in carrier.names() if name in environment}

    def extend(given: Mapping[Any, Any]) -> dict[Any, Any] | None:
        return carrier.extended(given, carrier.current(), own)

    spawns.wrap(extend, environment)
    replacement.wrap(extend, environment, deliver)
    processes.wrap(carrier.current, carrier.attach)


def _hand_on(chosen: Settings, environment: MutableMapping[str, str]) -> None:
    for row in ROWS:
        text = handed_on(chosen, row.name)
        if text and environment.get(row.variable) != text:
            environment[row.variable] = text
    environment.setdefault(VARIABLE, "program")
    there = environment.get("PYTHONPATH", "").split(os.pathsep)
    if FOLDER not in there:
        environment["PYTHONPATH"] = os.pathsep.join([FOLDER, *filter(None, there)])


def handed_on(chosen: Settings, name: str) -> str:
    """Text of a setting that a child would not find by itself: an argument, another default, a path from here."""
    text = chosen.text(name)
    if name in ("config_file", "log_stream") and text and text not in STREAMS:
        return os.path.abspath(text)  # noqa: PTH100 - a path may hold surrogates
    found_by_all = chosen.origin(name) != "argument" and text == _default(name)
    return "" if found_by_all else text if chosen.origin(name) in ("argument", "default") else ""


def _default(name: str) -> str:
    return next(row.default for row in ROWS if row.name == name)


def set_up_as(way: SetUp) -> None:
    """Tell children how OpenTelemetry was set up here."""
    settings.environment()[VARIABLE] = way


def way() -> SetUp:
    """How the parent says that OpenTelemetry is to be set up."""
    said = settings.environment().get(VARIABLE)
    return "opentelemetry" if said == "opentelemetry" else "stream" if said == "stream" else "program"
