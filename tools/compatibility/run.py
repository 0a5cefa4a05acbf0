"""What took part in a run: interpreter, revision, versions."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from platform import python_version
from typing import Final, NamedTuple

from benchmarks.result import revision

EXTRAS: Final = ("compat", "servers")
"""Of this package: servers and tools are what they install."""
SDK: Final = ("opentelemetry-sdk", "opentelemetry-instrumentation")


class Run(NamedTuple):
    """One run of the tests, or of the measurement.

    Args:
        python: version of the interpreter.
        when: date in UTC, as ISO 8601.
        revision: commit, with `+` where files differed from it.
        versions: of installed distributions, by name.
    """

    python: str
    when: str
    revision: str
    versions: dict[str, str]


def this() -> Run:
    """The run that is under way."""
    today = datetime.now(timezone.utc).date().isoformat()
    return Run(python_version(), today, revision(), _versions())


def _versions() -> dict[str, str]:
    lines = (line for line in requires("otel-audit") or () if line.rstrip('"').endswith(_MARKERS))
    names = {name[0] for line in lines if (name := re.match(r"[\w.-]+", line))} | set(SDK)
    return {name: found for name in sorted(names, key=str.lower) if (found := _version(name))}


_MARKERS: Final = tuple(f'extra == "{extra}' for extra in EXTRAS)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def begin(path: Path) -> None:
    """Head the rows of a run with what takes part in it."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"run": this()._asdict()}) + "\n")
