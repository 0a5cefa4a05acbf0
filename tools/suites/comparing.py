"""Runs a suite with and without the bridge, finds every test that ended otherwise, and tells whose difference it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from tools.suites import outcomes
from tools.suites.known import reason_for
from tools.suites.origin import Origin
from tools.suites.outcomes import Test
from tools.suites.running import Run, Suite
from tools.suites.subject import Subject
from tools.suites.variants import CONTROLS, CORES, PLAIN

ALONE: Final = 2
"""How often the tests that differ run without the others, in each variant."""
MISSING: Final = "not run"
WHOLE: Final = "all of them"
"""In place of a test's name, where a run ended without a result."""


class Difference(NamedTuple):
    """A test that did not end as it does without the bridge.

    Args:
        test: its name.
        core: under which.
        plain, bridged: outcomes.
        whose: `flaky` (alone it ends alike), the control that ends as the bridge does, `known` (a reason is on
            record), `bridge` (ours).
        why: how that was found.
        said: what the test says.
    """

    test: str
    core: str
    plain: str
    bridged: str
    whose: str
    why: str
    said: str = ""


class Result(NamedTuple):
    """What a suite made of it.

    Args:
        subject: what was run.
        origin: when, and with which bridge.
        runs: by variant.
        differences: of every core.
        problems: why the runs say nothing, where they do not.
    """

    subject: Subject
    origin: Origin
    runs: dict[str, Run]
    differences: list[Difference]
    problems: list[str]


Say = Callable[[str], None]


def compare(suite: Suite, timeout_s: float, say: Say, cores: tuple[str, ...] = CORES) -> Result:
    """Run it plain and with each core; what differs is run alone.

    Args:
        suite: which.
        timeout_s: for each run of the whole suite.
        say: is given a line about each step.
        cores: which of them.
    """
    what = suite.subject
    runs: dict[str, Run] = {}
    for variant in (PLAIN, *cores):
        run = runs[variant] = suite.run(variant, timeout_s)
        counts = " ".join(f"{number} {kind}" for kind, number in sorted(outcomes.totals(run.tests).items()))
        say(
            f"{what.suite} {what.version} on {what.python}, {variant}: {counts or 'no result'}; {run.seconds:.0f} s, "
            f"{run.ended}; {run.seen.events:,} events in {run.seen.processes} processes"
        )
    silent = [core for core in cores if runs[PLAIN].tests and not runs[core].tests]
    differences = _silenced(suite, silent, timeout_s, say) if silent else []
    for core in cores:
        differences += [] if core in silent else _judged(suite, runs, core, timeout_s, say)
    return Result(what, suite.origin, runs, differences, problems(runs, silent))


def problems(runs: dict[str, Run], silent: Sequence[str] = ()) -> list[str]:
    """What makes a comparison worthless: a run without results, a bridge that was not there.

    Args:
        runs: by variant.
        silent: cores whose want of a result is told of as a difference.
    """
    found = [
        f"{variant}: {run.ended}, no result" for variant, run in runs.items() if not run.tests and variant not in silent
    ]
    for variant, run in runs.items():
        if run.ended == "timeout" and variant not in silent:
            found.append(f"{variant}: timeout")
        if variant in CORES and run.seen.cores != (variant,):
            found.append(f"{variant}: cores that reported: {', '.join(run.seen.cores) or 'none'}")
        if variant in CORES and not run.seen.events:
            found.append(f"{variant}: no event was counted")
        if variant == PLAIN and run.seen.processes:
            found.append("plain: the bridge was armed")
    return found


def _silenced(suite: Suite, cores: Sequence[str], timeout_s: float, say: Say) -> list[Difference]:
    """Runs that hung or died before they could tell of any test: the control that does so too says whose it is."""
    whose, why = "bridge", "no control ends so"
    for control in CONTROLS:
        run = suite.run(control, timeout_s)
        if not run.tests:
            whose, why = control, f"without the bridge, {control}: no result either, {run.seconds:.0f} s, {run.ended}"
            break
    for core in cores:
        say(f"  {core}: {WHOLE}: no result: {whose}, {why}")
    return [Difference(WHOLE, core, "a result", "none", whose, why) for core in cores]


def differing(plain: dict[str, Test], bridged: dict[str, Test]) -> list[tuple[str, str, str]]:
    """Tests that ended otherwise: name, outcome without, outcome with."""
    absent = Test("", MISSING)
    pairs = ((name, plain.get(name, absent), bridged.get(name, absent)) for name in sorted({*plain, *bridged}))
    return [(name, one.outcome, other.outcome) for name, one, other in pairs if one.outcome != other.outcome]


def _judged(suite: Suite, runs: dict[str, Run], core: str, timeout_s: float, say: Say) -> list[Difference]:
    plain, bridged = runs[PLAIN].tests, runs[core].tests
    unlike = differing(plain, bridged)
    tests = {name: bridged.get(name) or plain[name] for name, _, _ in unlike}
    alone = _Alone(suite, tests, timeout_s)
    found = []
    for name, without, with_it in unlike:
        known = reason_for(suite.subject.suite, name)
        whose, why = ("known", known) if known else _whose(alone, name, core)
        found.append(Difference(name, core, without, with_it, whose, why, tests[name].said))
        say(f"  {core}: {name}: {without} -> {with_it}: {whose}, {why}")
    return found


class _Alone:
    """The tests that differ, run without the others: only in the variants that somebody asks about.

    Args:
        suite: theirs.
        tests: by name.
        timeout_s: for each run.
    """

    def __init__(self, suite: Suite, tests: dict[str, Test], timeout_s: float) -> None:
        self._suite, self._timeout_s = suite, timeout_s
        self._only = tuple(dict.fromkeys(test.rerun for test in tests.values()))
        self._runs: dict[str, list[dict[str, Test]]] = {}

    def outcomes(self, name: str, variant: str) -> set[str]:
        """What became of a test, in all of the runs."""
        if variant not in self._runs:
            times = range(ALONE)
            self._runs[variant] = [self._suite.run(variant, self._timeout_s, self._only).tests for _ in times]
        return {tests[name].outcome if name in tests else MISSING for tests in self._runs[variant]}


def _whose(alone: _Alone, name: str, core: str) -> tuple[str, str]:
    ours, plain = alone.outcomes(name, core), alone.outcomes(name, PLAIN)
    seen = {PLAIN: plain, core: ours}
    if ours <= plain or len(plain) > 1:
        return "flaky", _words(seen)
    for control in CONTROLS:
        seen[control] = alone.outcomes(name, control)
        if ours <= seen[control]:
            return control, _words(seen)
    return "bridge", _words(seen)


def _words(seen: dict[str, set[str]]) -> str:
    found = "; ".join(f"{variant} {' or '.join(sorted(outcomes))}" for variant, outcomes in seen.items())
    return f"alone, {ALONE} times: {found}"
