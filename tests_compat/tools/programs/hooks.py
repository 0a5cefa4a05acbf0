"""Another audit hook beside ours: hooks.py BEFORE|AFTER KIND WHAT; it says what its operations met.

KIND is `python`, or the path of a library that adds a hook in C (veto.c). WHAT is `veto`, `raise` or `slow`.
"""

from __future__ import annotations

import ctypes
import json
import sys
import time
from collections import Counter

import otel_audit

EVENTS = 100


class Refused(Exception):
    """No exception that CPython knows."""


def veto(event: str, arguments: tuple[object, ...]) -> None:
    if event == "tools.refused":
        raise PermissionError("not here")


def faulty(event: str, arguments: tuple[object, ...]) -> None:
    if event == "tools.refused":
        raise Refused(arguments)


def slow(event: str, arguments: tuple[object, ...]) -> None:
    if event == "tools.work":
        time.sleep(0.002)


def add(kind: str, what: str) -> None:
    if kind != "python":
        assert ctypes.PyDLL(kind).add_hook(what.encode()) == 0
    else:
        sys.addaudithook({"veto": veto, "raise": faulty, "slow": slow}[what])


def attempt(number: int, met: Counter[str]) -> None:
    try:
        sys.audit("tools.refused", number)
    except Exception as error:
        met[type(error).__name__] += 1
    else:
        met["nothing"] += 1


def main(when: str, kind: str, what: str) -> None:
    add(kind, what)
    if when == "before":  # the variables kept the bridge off until now
        otel_audit.install(enabled=True)
    state = otel_audit.health().status.state
    met: Counter[str] = Counter()
    for number in range(EVENTS):
        sys.audit("tools.work", number)
        attempt(number, met)
    print(json.dumps({"state": state, "met": met}))


if __name__ == "__main__":
    main(*sys.argv[1:])
