"""Fires events on this interpreter, through both cores."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from tools.fire import endings, steps
from tools.fire.judge import disagreements, types
from tools.fire.processes import Running
from tools.fire.result import CORES, Firing
from tools.fire.starts import STARTS
from tools.fire.triggers import TRIGGERS, Trigger

WORKERS = 2
Step = Callable[[Running, str], list[Firing]]
"""One process or two, for one core."""


def verify(names: Iterable[str], running: Running, progress: Callable[[int, int], None]) -> list[Firing]:
    """Fire events and judge the records.

    Args:
        names: of events.
        running: ends with it when it is interrupted.
        progress: called after each step with how many are done, and of how many.

    Returns:
        One firing per event and core, by event.
    """
    wanted = set(names)
    jobs = [(step, core) for step in _steps(wanted) for core in CORES]
    done = iter(range(1, len(jobs) + 1))

    def run(job: tuple[Step, str]) -> list[Firing]:
        step, core = job
        firings = step(running, core)
        progress(next(done), len(jobs))
        return firings

    with ThreadPoolExecutor(WORKERS) as pool:
        try:
            found = {(each.event, each.core): each for firings in pool.map(run, jobs) for each in firings}
        except BaseException:
            running.stop()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    for event in wanted:
        for core in CORES:
            missing = Firing(event, core, "fired", (), ("nothing fires it",))
            found.setdefault((event, core), missing)
        one, other = found[event, "c"], found[event, "python"]
        found[event, "c"] = one._replace(problems=(*one.problems, *disagreements(one, other)))
    return sorted(_one_type(found.values()), key=lambda each: (each.event, each.core))


def _steps(wanted: set[str]) -> Iterator[Step]:
    triggers = [each for each in TRIGGERS.values() if each.works_here() and not wanted.isdisjoint(each.events)]
    starts = [each for each in STARTS if each.since <= sys.version_info[:2]]
    real = {event for each in triggers for event in each.events} | {each.event for each in starts}
    fed = sorted(wanted - real - {endings.LAST})
    yield partial(steps.batch, [each for each in triggers if not each.alone], fed, wanted, "")
    for trigger in triggers:
        if trigger.alone:
            yield partial(_alone, trigger, wanted)
    for each in starts:
        if each.event in wanted:
            yield partial(steps.started, each)
    if wanted & {endings.CLEAR, endings.LAST}:
        yield partial(steps.ending, wanted)


def _alone(trigger: Trigger, wanted: set[str], running: Running, core: str) -> list[Firing]:
    if trigger.name == endings.CLEAR and core == "python":
        return []  # a subinterpreter's end reaches C hooks only; `steps.ending` has the main one's
    return steps.batch([trigger], [], wanted, "a process of its own", running, core)


def _one_type(firings: Iterable[Firing]) -> Iterator[Firing]:
    known = list(firings)
    seen = types(line for firing in known for line in firing.lines)
    for firing in known:
        mixed = [f"{key} is {' and '.join(sorted(seen[key]))}" for key in types(firing.lines) if len(seen[key]) > 1]
        yield firing._replace(problems=(*firing.problems, *mixed))
