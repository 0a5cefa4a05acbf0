"""A suite without processes."""

from __future__ import annotations

from pathlib import Path

from tools.suites.origin import Origin
from tools.suites.outcomes import Test as Case
from tools.suites.running import Run
from tools.suites.subject import Subject
from tools.suites.tally import Seen


class Scripted:
    """A suite whose one test ends as it is told, by variant."""

    subject = Subject("scripted", "1", "3.11", "tests")
    origin = Origin("2026-01-02", "abc1234", "d1gest")
    root = Path()

    def __init__(self, **outcomes: str) -> None:
        self._outcomes = outcomes
        self.alone: list[str] = []

    def run(self, variant: str, timeout_s: float, only: tuple[str, ...] = ()) -> Run:
        if only:
            self.alone.append(variant)
        when = f"{variant} alone" if only and f"{variant} alone" in self._outcomes else variant
        outcome = self._outcomes.get(when, "passed")
        cores = (variant,) if variant in ("c", "python") else ()
        tests = {} if outcome == "silent" else {"test": Case("test", outcome, "test")}
        return Run(tests, Seen(len(cores), cores, 10 * len(cores)), 1.0, "code 0")
