"""The four ways to have events fired, each for one core: a batch of triggers, an interpreter started for one event, ...

A step answers with one firing per event.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from tools.fire import endings
from tools.fire.judge import faults, unsaid
from tools.fire.processes import CannotProve, Ended, Running, fire, first, start
from tools.fire.result import Firing, How, Job, Line
from tools.fire.stable import real_directory, stable
from tools.fire.starts import Start
from tools.fire.synthetic import arguments, table
from tools.fire.triggers import Trigger

_NOISE = ("Traceback (most recent call last)", "otel-audit:", "Error in sitecustomize", "Fatal Python error")
"""What standard error must not hold."""


def batch(
    triggers: Iterable[Trigger], fed: Iterable[str], wanted: set[str], note: str, running: Running, core: str
) -> list[Firing]:
    """Run triggers, then feed events with arguments, in one process."""
    jobs = [Job(event, each.name, "fired") for each in triggers for event in each.events if event in wanted]
    jobs += [Job(event, [event, index], unfired(event)) for event in fed for index in range(len(arguments(event)))]
    if not jobs:
        return []
    asks = []
    for job in jobs:
        if job.ask not in asks:
            asks.append(job.ask)
    with tempfile.TemporaryDirectory(prefix="fire-") as name:
        directory = real_directory(Path(name))
        ended, windows, errors = fire(running, core, Path(directory), asks)
    by_event: dict[str, list[Job]] = {}
    for job in jobs:
        by_event.setdefault(job.event, []).append(job)
    firings = []
    for event, mine in by_event.items():
        at = [asks.index(job.ask) for job in mine]
        firing = _firing(event, core, mine[0].how, [windows[i] for i in at], directory)
        raised = tuple(f"the trigger raised {errors[i]}" for i in at if errors[i])
        firings.append(firing._replace(problems=firing.problems + raised, note=note))
    return _with_problems(firings, ended)


def started(what: Start, running: Running, core: str) -> list[Firing]:
    """Start an interpreter whose first steps are the event."""
    with tempfile.TemporaryDirectory(prefix="fire-") as name:
        directory = real_directory(Path(name))
        try:
            ended = start(running, core, Path(directory), what)
        except CannotProve as error:
            fed = batch([], [what.event], {what.event}, "", running, core)
            return [each._replace(how="synthetic", note=f"not proven: {error}") for each in fed]
    firing = _firing(what.event, core, "fired", [ended.lines], directory)
    note = "an interpreter of its own, armed by sitecustomize"
    return _with_problems([firing._replace(note=note)], ended, what.code)


def ending(wanted: set[str], running: Running, core: str) -> list[Firing]:
    """What is raised when no record can be kept any more: counted, and fed once to see what its row makes of it."""
    events = {endings.LAST} if core == "c" else {endings.CLEAR, endings.LAST}
    firings = batch([], sorted(events & wanted), wanted, "", running, core)
    with tempfile.TemporaryDirectory(prefix="fire-") as name:
        try:
            seen = endings.counted(core, Path(name))
        except CannotProve as error:
            return [each._replace(how="synthetic", note=f"not proven: {error}") for each in firings]
    return [_counted(each, seen.get(each.event, 0)) for each in firings]


def _counted(firing: Firing, count: int) -> Firing:
    if firing.event == endings.LAST and firing.core == "python":
        return firing._replace(how="synthetic", note="only C hooks hear it")
    if count != 1:
        return firing._replace(problems=(*firing.problems, f"counted {count} times at the interpreter's end"))
    return firing._replace(how="core only", note=endings.WITNESS[firing.core])


def unfired(event: str) -> How:
    """Why an event is fed: this version does not raise it, or this platform or build does not."""
    row = table()[event]
    since, until = row["first_version"], row["last_version"]
    here = sys.version_info[:2]
    return "synthetic" if _version(since) <= here and (not until or here <= _version(until)) else "absent"


def _version(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")))


def _firing(event: str, core: str, how: How, windows: list[list[Line]], directory: str) -> Firing:
    lines, problems = [], []
    for window in windows:
        line = first(window, event)
        if line is None:
            problems.append("no record")
            continue
        problems.extend(faults(event, line))
        lines.append(stable(line, directory))
    problems.extend(unsaid(event, lines[0]) if lines else ())
    return Firing(event, core, how, tuple(lines), tuple(problems))


def _with_problems(firings: list[Firing], ended: Ended, code: int = 0) -> list[Firing]:
    found = [] if ended.code == code else [f"its process ended with exit code {ended.code}, expected {code}"]
    if code == 0 and any(noise in ended.stderr for noise in _NOISE):
        found.append("its process said " + ended.stderr.strip().splitlines()[-1])
    return [firing._replace(problems=(*firing.problems, *found)) for firing in firings]
