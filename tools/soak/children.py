"""Forked children of the program: each does a little, says what it counted, and ends in one of several ways."""

from __future__ import annotations

import faulthandler
import gc
import json
import os
import random
import signal
import sys
import time
from typing import Any

import otel_audit
from otel_audit import runtime
from tools.soak.books import event_counts, instance, unbalanced
from tools.soak.offered import Offered

PATIENCE_S = 120.0
"""A child that is not over by then hangs. The SDK's own shutdown waits for a dead collector, signal by signal."""
SETTLE_S = 5.0
CODES = {"_exit": 3, "exit": 0, "kill": -signal.SIGKILL, "exception": 1}
"""Exit code of each way to end."""
ENDINGS = tuple(CODES)


class Children:
    """Forks from the main thread while all others go on; collects what the children say.

    Attributes:
        alive: number of those that are not over; each has a descriptor here.
        faults: one line for each child that hung, said nothing, or ended otherwise than it was told.
    """

    def __init__(self) -> None:
        self.forked = 0
        self.faults: list[str] = []
        self._reports: list[dict[str, Any]] = []
        self._alive: dict[int, tuple[int, str, float]] = {}

    @property
    def alive(self) -> int:
        return len(self._alive)

    def fork(self, chance: random.Random) -> None:
        """One more."""
        ending, number = chance.choice(ENDINGS), chance.randint(1, 400)
        readable, writable = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(readable)
            _live(writable, ending, number)
        os.close(writable)
        self.forked += 1
        self._alive[child] = (readable, ending, time.monotonic() + PATIENCE_S)

    def collect(self) -> None:
        """Take the reports of those that are over; end those that hang."""
        for child, (readable, ending, deadline) in list(self._alive.items()):
            over, status = os.waitpid(child, os.WNOHANG)
            if not over and time.monotonic() < deadline:
                continue
            if not over:
                os.kill(child, signal.SIGABRT)  # its faulthandler says where it hangs
                status = os.waitpid(child, 0)[1]
                self.faults.append(f"child {child} hung ({ending})")
            del self._alive[child]
            self._take(child, readable, ending, os.waitstatus_to_exitcode(status))

    def wait(self) -> None:
        """Until all of them are over."""
        while self._alive:
            self.collect()
            time.sleep(0.05)

    def reports(self) -> list[dict[str, Any]]:
        """What children said since the last call: `instance`, `offered`, `seen`, `delivered`, `law`, `settled`."""
        found, self._reports = self._reports, []
        return found

    def _take(self, child: int, readable: int, ending: str, code: int) -> None:
        with os.fdopen(readable, "rb") as pipe:
            said = pipe.read()
        if code == -signal.SIGABRT:
            return
        if code != CODES[ending]:
            self.faults.append(f"child {child} ended with {code}, not {CODES[ending]} ({ending})")
        if said:
            self._reports.append(json.loads(said))
        else:
            self.faults.append(f"child {child} said nothing ({ending})")


def _live(writable: int, ending: str, number: int) -> None:
    """In the child. Does not return."""
    gc.freeze()  # the parent's garbage raises its events there
    faulthandler.enable()
    faulthandler.dump_traceback_later(PATIENCE_S / 2)
    offered = Offered()
    fire = offered.event("soak.child")
    for _ in range(number):
        fire(ending)
    report = _settle(offered)
    os.write(writable, json.dumps(report).encode())
    if ending == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if ending == "_exit":
        os._exit(3)
    faulthandler.cancel_dump_traceback_later()
    sys.stderr = open(os.devnull, "w")  # noqa: SIM115, PTH123 - the traceback is intended; the process ends
    raise SystemExit(0) if ending == "exit" else RuntimeError("intended")


def _settle(offered: Offered) -> dict[str, Any]:
    """What this process counted, once nothing is on its way; `settled` is false while the collector is away."""
    otel_audit.flush(2.0)
    deadline = time.monotonic() + SETTLE_S
    while (open_books := unbalanced(otel_audit.health(), 0)) and time.monotonic() < deadline:
        time.sleep(0.05)
    health = otel_audit.health()
    bridge = runtime.bridge()
    return {
        "instance": instance(),
        "offered": offered.totals(),
        "seen": event_counts(bridge) if bridge is not None else {},
        "delivered": {name: account.get("delivered", 0) for name, account in health.destinations.items()},
        "law": health.seen == sum(health.outcomes.values()),
        "settled": not open_books,
    }
