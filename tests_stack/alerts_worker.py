"""Does what standard input says, line by line, and answers each line with the bridge's health in JSON."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Callable

import otel_audit

rates: dict[str, threading.Event] = {}


def different(name: str, number: str) -> None:
    """Raise an event so many times, each with a value of its own."""
    for one in range(int(number)):
        sys.audit(name, one)


def flow(name: str, per_second: str) -> None:
    """Raise an event at this pace from now on; 0 ends it."""
    if name in rates:
        rates.pop(name).set()
    if float(per_second):
        rates[name] = threading.Event()
        threading.Thread(target=_flow, args=(name, float(per_second), rates[name]), daemon=True).start()


def _flow(name: str, per_second: float, ended: threading.Event) -> None:
    """Ten times a second where that is enough, so that the pace is even and the machine has time for others."""
    pause = max(0.1, 1 / per_second)
    number = 0
    while not ended.wait(pause):
        for _ in range(round(per_second * pause)):
            number += 1
            sys.audit(name, number)


def system() -> None:
    """Run a shell."""
    os.system("true")


COMMANDS: dict[str, Callable[..., None]] = {
    "different": different,
    "flow": flow,
    "system": system,
    "pause": otel_audit.pause,
    "resume": otel_audit.resume,
    "health": lambda: None,
}

if __name__ == "__main__":
    for line in sys.stdin:
        command, *arguments = line.split()
        COMMANDS[command](*arguments)
        print(json.dumps(otel_audit.health().as_dict()), flush=True)
