"""The program under the bridge. Each line of input is a command, answered with a line of JSON.

`quiet SECONDS`: stop all work; what the application and the bridge counted, the books, the memory. The bridge gets so
long to deliver what is on its way (0: not at all, the collector is away). `go`: on with it. `end`: the last account.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import select
import signal
import sys
import threading
import time
from typing import Any

import otel_audit
from otel_audit import runtime
from tools.soak.books import event_counts, instance, unbalanced, unseen
from tools.soak.children import Children
from tools.soak.gate import Gate
from tools.soak.measure import inside
from tools.soak.offered import Offered
from tools.soak.work import Spans, kinds, veto

FORK_EVERY_S = 1.5
CLOSE_S = 60.0
"""How long a turn may take: one of them starts threads on a loaded machine."""


class Load:
    """All workers, and the main thread that forks and answers."""

    def __init__(self, seed: int, rate: float, plant: list[str]) -> None:
        self.offered, self.gate, self.children = Offered(), Gate(), Children()
        self._chance, self._plant, self._planted = random.Random(seed), plant, [[], []]  # type: ignore[var-annotated]
        self._forking, self._fork_at = self.offered.draw("os.fork"), time.monotonic() + FORK_EVERY_S
        self._kinds = kinds(self.offered, rate)
        self._spans = next(kind for kind in self._kinds if isinstance(kind, Spans))
        self._threads = [
            threading.Thread(target=self._repeat, args=(kind, seed + at), name=f"soak-{type(kind).__name__}")
            for at, kind in enumerate(self._kinds)
        ]
        self._quiet = False
        self.faults: list[str] = []

    def _repeat(self, kind: Any, seed: int) -> None:
        chance = random.Random(seed)
        self.offered.home.add(threading.get_ident())
        self.gate.rest(chance.random() * kind.every_s)
        while self.gate.enter():
            try:
                kind(chance)
            except Exception as error:
                self.faults.append(f"{type(kind).__name__}: {type(error).__qualname__}: {error}")
            finally:
                self.gate.leave()
            self.gate.rest(kind.every_s)

    def serve(self) -> None:
        """Until told to end, or the end of input."""
        for thread in self._threads:
            thread.start()
        held = b""
        while not self.gate.over:
            if select.select([0], [], [], 0.05)[0]:
                data = os.read(0, 4096)
                if not data:
                    self._end()
                *lines, held = (held + data).split(b"\n")
                for line in lines:
                    self._answer(*line.decode().split())
            self._between()

    def _between(self) -> None:
        if self._quiet:  # what the account says is alive has its descriptor until these are counted
            return
        self.children.collect()
        if self.gate.over or time.monotonic() < self._fork_at:
            return
        self._fork_at = time.monotonic() + FORK_EVERY_S
        self._forking()
        self.children.fork(self._chance)
        self._leak()

    def _leak(self) -> None:
        """What a test plants, for the judge to find."""
        if "descriptors" in self._plant:
            self._planted[0].append(os.dup(2))
        if "memory" in self._plant:
            self._planted[1].append(b"x" * (1 << 20))
        if "count" in self._plant:
            self.offered.extra += 1

    def _answer(self, command: str, *arguments: str) -> None:
        if command == "quiet":
            said = self._pause(float(arguments[0]))
        elif command == "go":
            self._quiet, said = False, {}
            self.gate.open()
        else:
            said = self._end()
        print(json.dumps(said), flush=True)

    def _pause(self, patience_s: float) -> dict[str, Any]:
        self._quiet = True
        if not self.gate.close(CLOSE_S):
            self.faults.append("a worker did not stop")
        gc.collect()  # spans that were never ended, finalizers
        if patience_s:
            self._settle(patience_s)
        return self._account()

    def _settle(self, patience_s: float) -> None:
        deadline = time.monotonic() + patience_s
        otel_audit.flush(patience_s)
        while unbalanced(otel_audit.health(), self._spans.open_events()) and time.monotonic() < deadline:
            time.sleep(0.05)

    def _account(self) -> dict[str, Any]:
        bridge, health = runtime.bridge(), otel_audit.health()
        assert bridge is not None
        return {
            **inside(),
            "instance": instance(),
            "offered": self.offered.totals(),
            "seen": event_counts(bridge),
            "health": health.as_dict(),
            "unseen": unseen(health),
            "unbalanced": unbalanced(health, self._spans.open_events()),
            "forked": self.children.forked,
            "alive": self.children.alive,
            "children": self.children.reports(),
            "faults": self.faults + self.children.faults,
        }

    def _end(self) -> dict[str, Any]:
        self._quiet = True
        if not self.gate.close(CLOSE_S):
            self.faults.append("a worker did not stop")
        self._spans.end()
        gc.collect()
        self.children.wait()
        self._settle(60.0)
        said = self._account()
        self.gate.end()
        for thread in self._threads:
            thread.join()
        return said


def main() -> None:
    """Work until told to end."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--rate", type=float, required=True)
    parser.add_argument("--plant", nargs="*", default=[])
    arguments = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the soak decides when it is over
    sys.addaudithook(veto)
    Load(arguments.seed, arguments.rate, arguments.plant).serve()


if __name__ == "__main__":
    main()
