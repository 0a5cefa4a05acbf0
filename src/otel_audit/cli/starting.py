"""How long the blind spot is: starts an interpreter and asks it when the hook was armed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import NamedTuple

from otel_audit import settings

VARIABLE = f"{settings.PREFIX}STARTUP"
TIMEOUT_S = 60
"""As for the other children of `doctor`."""
_ASK = """
import json, sys
runtime = sys.modules.get("otel_audit.runtime")
health = runtime and runtime.health()
status = health and health.status
print(json.dumps([status.state, health.notes[0] if health.notes else status.reason] if health else []))
"""
_QUIET = ("--no-summary", "--log-stream", "none", "--signals", "none")


class Start(NamedTuple):
    """One way to start.

    Args:
        armed: whether the hook was there.
        text: when, or why not.
    """

    armed: bool
    text: str


def by_startup_file() -> Start:
    """An interpreter with the variable set."""
    found = _ask(["-c", _ASK], {VARIABLE: "true"})
    if found.text:
        return found
    return found._replace(text=f"not armed: otel_audit is not found when the file is read, or {VARIABLE} is ignored")


def by_run() -> Start:
    """`otel-audit run`."""
    found = _ask(["-m", "otel_audit", "run", *_QUIET, "-c", _ASK], {VARIABLE: "false"})
    return found if found.text else found._replace(text="not armed")


def _ask(arguments: list[str], variables: Mapping[str, str]) -> Start:
    environment = {**settings.without_ours(), **variables, f"{settings.PREFIX}SIGNALS": "none"}
    try:
        done = subprocess.run(
            [sys.executable, *arguments],
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
            env=environment,
        )
        found = json.loads(done.stdout.splitlines()[-1])
    except (OSError, subprocess.TimeoutExpired, ValueError, IndexError) as error:
        return Start(False, f"could not be tried: {type(error).__name__}")
    if not found:
        return Start(False, "")
    state, text = found
    return Start(state == "armed", f"{state}; {text}")
