"""Random loads from several threads on one core, then the books: every law that must hold at a quiet moment."""

from __future__ import annotations

import random
import sys
import threading
from typing import Any

from otel_audit.model import Counts, Rule, RuleKind
from tests.capture.programs import driver

SPAN_OUTCOMES = ("span_over", "span_late", "span_memory_full", "span_abandoned")


class Load:
    """What one thread does."""

    def __init__(self, core: Any, seed: int) -> None:
        self.core, self.random = core, random.Random(seed)
        self.taken = self.represented = 0

    def __call__(self) -> None:
        for _ in range(12):
            self.span()

    def span(self) -> None:
        who = b"w" * self.random.randrange(600)
        span = driver.open_span(self.core, self.random.randrange(1, 4), self.random.randrange(1, 9), who=who)
        with driver.within(span):
            for _ in range(self.random.randrange(60)):
                self.event()
            if self.random.random() < 0.8:
                taken, _ = driver.close_span(self.core, span)
                self.taken += len(taken)
                self.event()  # late, or not kept

    def event(self) -> None:
        names = ("all", "ratio", "rate", "first", "trace", "custom.a", "custom.é", "é" * 5000, "a message", "late")
        name = self.random.choice(names)
        if self.random.random() < 0.02:
            self.core.add("late", self.random.random() < 0.9, bytes(driver.AUTO), 0, 0.0)
        value: Any = self.random.choice((1, 1, 1, self.random.random(), "x" * self.random.randrange(2000)))
        if self.random.random() < 0.1:
            with driver.suppressing(True):
                sys.audit(name, value)
        else:
            sys.audit(name, value)


def books(core: Any, loads: list[Load], drained: int) -> dict[str, Any]:
    stats, counts = core.stats(), driver.counts(core)
    total = Counts(*(sum(column) for column in zip(*counts.values())))
    return {
        "per event": [name for name, (seen, *outcomes) in counts.items() if seen != sum(outcomes)],
        "seen": total.seen,
        "causes": total.dropped - sum(stats[f"dropped_{cause}"] for cause in ("first_full", "no_memory", "reentrant")),
        "ring kept": total.kept - stats["ring_kept"],
        "ring": stats["ring_kept"] - stats["ring_queue_full"] - drained,
        "ring lost": stats["ring_queue_full"],
        "spans": stats["span_kept"] - sum(stats[name] for name in SPAN_OUTCOMES) - sum(each.taken for each in loads),
        "left": [stats["ring_bytes"], stats["span_bytes"]],
        "causes met": [name for name in SPAN_OUTCOMES if stats[name]],
    }


def main(name: str, seed: int, reading: bool) -> dict[str, Any]:
    rules = {
        "all": driver.ALL,
        "ratio": Rule(RuleKind.RATIO, 0.5),
        "rate": Rule(RuleKind.RATE, 100.0),
        "first": driver.FIRST,
        "trace": driver.IN_TRACE,
    }
    events = [driver.row(each, rule=rule) for each, rule in rules.items()]
    core = driver.start(name, *events, others=driver.unknown(), ring_size=65536, max_span_events=8)
    loads = [Load(core, seed * 100 + at) for at in range(4)]
    threads = [threading.Thread(target=load) for load in loads]
    drained = 0
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        core.wait(1)
        if reading:
            drained += len(driver.records(core))
            core.turn()
    for thread in threads:
        thread.join()
    core.pause()
    return books(core, loads, drained + len(driver.records(core)))


if __name__ == "__main__":
    driver.report(main(sys.argv[1], int(sys.argv[2]), sys.argv[3] == "reading"))
