"""The course of one soak: look every few seconds, break and mend the collector, end, judge."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from tools.soak import judge
from tools.soak.measure import outside
from tools.soak.outages import Outage, outages
from tools.soak.parts import Part, collector, program

PATIENCE_S = 30.0
"""How long the bridge may take, at a quiet moment, to deliver what is on its way."""


class Options(NamedTuple):
    """What was asked for.

    Args:
        seconds: how long.
        core: `c` or `python`.
        seed: of all chance.
        rate: events per second that the steady workers offer together.
        plant: what a test plants: `descriptors`, `memory`, `count`.
    """

    seconds: float
    core: str
    seed: int
    rate: float
    plant: tuple[str, ...] = ()


class Result(NamedTuple):
    """What became of it."""

    options: Options
    seconds: float
    samples: list[dict[str, Any]]
    end: dict[str, Any]
    arrived: dict[str, Any]
    troubles: list[str]
    children: int
    findings: list[judge.Finding]

    @property
    def right(self) -> bool:
        return all(finding.right for finding in self.findings)


class Course:
    """One soak.

    Args:
        options: what was asked for.
        tell: is given a line of progress.
    """

    def __init__(self, options: Options, tell: Callable[[str], object]) -> None:
        self._options, self._tell = options, tell
        self._samples: list[dict[str, Any]] = []
        self._reports: list[dict[str, Any]] = []
        self._troubles: list[str] = []
        self._every_s = min(10.0, max(2.0, options.seconds / 30))

    def run(self) -> Result:
        """Until the time is over, or an interrupt."""
        options = ["--seed", str(self._options.seed), "--rate", str(self._options.rate)]
        plant = ["--plant", *self._options.plant] if self._options.plant else []
        with tempfile.TemporaryDirectory(prefix="soak-") as name, collector(folder := Path(name)) as receiving:
            with program(folder, receiving.read(), self._options.core, [*options, *plant]) as load:
                seconds = self._endure(load, receiving)
                end = load.tell("end")
                self._reports += end.pop("children")
                code = load.end()
                said = (folder / "program.txt").read_text()
            arrived = receiving.tell("counts")
            receiving.end()
        findings = [
            *judge.laws(self._samples),
            *judge.accounts(end, arrived),
            *judge.children(self._reports, end["forked"], arrived),
            *judge.growth(self._samples, seconds),
            judge.Finding("exit code of the program", str(code), code == 0),
            judge.Finding("crashes and hangs it spoke of", _alarms(said) or "none", not _alarms(said)),
        ]
        return Result(self._options, seconds, self._samples, end, arrived, self._troubles, len(self._reports), findings)

    def _endure(self, load: Part, receiving: Part) -> float:
        start, coming = time.monotonic(), list(outages(self._options.seconds, self._options.seed))
        trouble: Outage | None = None
        look_at = self._every_s
        try:
            while self._goes_on(now := time.monotonic() - start):
                if trouble is not None and now >= trouble.end_s:
                    receiving.tell("heal")
                    trouble = None
                if trouble is None and coming and now >= coming[0].begin_s:
                    trouble = coming.pop(0)
                    receiving.tell(trouble.command)
                    self._troubles.append(trouble.command)
                if now >= look_at:
                    self._look(load, now, trouble)
                    look_at = time.monotonic() - start + self._every_s
                time.sleep(0.1)
        except KeyboardInterrupt:
            self._tell(f"interrupted after {time.monotonic() - start:.0f} s: the verdict so far")
        receiving.tell("heal")
        return time.monotonic() - start

    def _goes_on(self, now: float) -> bool:
        """Until the time is over; on a loaded machine longer, until there is something to judge by."""
        if now < self._options.seconds:
            return True
        enough = len(judge.judged(self._samples, self._options.seconds)) >= judge.MOMENTS_LEAST
        return not enough and now < 3 * self._options.seconds

    def _look(self, load: Part, now: float, trouble: Outage | None) -> None:
        sample = load.tell(f"quiet {0 if trouble else PATIENCE_S}")
        measured = outside(load.pid)
        measured["descriptors"] -= sample["alive"]  # a pipe from each child
        load.tell("go")
        self._reports += sample.pop("children")
        self._samples.append({**sample, **measured, "at_s": now, "settled": trouble is None})
        self._tell(self._progress(now, trouble))

    def _progress(self, now: float, trouble: Outage | None) -> str:
        last, before = self._samples[-1], self._samples[-2] if len(self._samples) > 1 else None
        offered = sum(last["offered"].values()) - (sum(before["offered"].values()) if before else 0)
        rate = offered / (now - (before["at_s"] if before else 0))
        books = last["unseen"] or (last["settled"] and last["unbalanced"]) or "books balance"
        state = f"collector: {trouble.command}" if trouble else "collector well"
        return (
            f"{now:5.0f} s  {rate:7,.0f} events/s  {last['rss_kib'] / 1024:6.1f} MiB  {last['descriptors']:.0f} fds  "
            f"{last['threads']:.0f} threads  {last['forked']} forks  {state}; {books}"
        )


def _alarms(said: str) -> str:
    """Lines of standard error that must not be there; collectors that are away are spoken of too."""
    words = ("Fatal Python error", "Timeout (0:", "Segmentation", "otel-audit: ", "Exception ignored", "deadlock")
    return "; ".join(line for line in said.splitlines() if any(word in line for word in words))[:500]
