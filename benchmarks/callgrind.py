"""Instructions as callgrind counts them: the same whatever else the machine does.

A program runs under valgrind and forks a process per subject, so that the imports are paid once; what lies between the
subjects is not instrumented. Each process counts short and long runs: their difference is free of what a run costs
besides its events. Instructions are the user's only, and valgrind hides the kernel's fast clock: reading the clock
counts as a system call of a few instructions.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from benchmarks.result import ROOT
from benchmarks.subjects.floor import build, load

EVENTS, ONE = (8, 40), (0, 1)
"""Lengths of runs. Many events are the same each; of spans the allocator makes each differ, so that one is counted."""
REPEATED = 12
"""Runs of each length, of which the shortest counts: a thread that wants the GIL, or a clock that is read once in a
thousand events, only adds."""
WARM_UP = 64
"""Runs of each length before: the interpreter specializes code when it ran some dozen times."""
SEED = bytes(range(1, 65))
"""What stands for random bytes: where names lie in a hash table would differ from run to run."""

_COMPILE = """
import compileall, importlib.util
for name in ("benchmarks", "otel_audit"):
    for folder in importlib.util.find_spec(name).submodule_search_locations:
        compileall.compile_dir(folder, quiet=1)
"""
"""Code that a process compiled itself shares other constants than code that was loaded."""

_LABEL = re.compile(r"^desc: Trigger: Client Request: (.*)$", re.MULTILINE)
_COUNT = re.compile(r"^summary: (\d+)$", re.MULTILINE)


class Unavailable(Exception):
    """No valgrind, or no headers of it; says which."""


def count_in_child(
    label: str, folder: str, prepare: Callable[[], Callable[[int], object]], lengths: tuple[int, int] = EVENTS
) -> int:
    """Fork a process that counts what `prepare` makes, and wait for it.

    Args:
        label: of what is counted.
        folder: of the compiled extensions.
        prepare: called in the process; its result is called with the length of a run, and calls `counted` itself.
        lengths: of the short and the long runs.

    Returns:
        The exit code of the process.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    code = 1
    try:
        os.urandom = lambda number: (SEED * (number // len(SEED) + 1))[:number]
        run, callgrind = prepare(), load("_callgrind", folder)
        callgrind.start()
        for length in lengths * WARM_UP:
            run(length)
        callgrind.dump("warm-up")
        for length in lengths:
            for _ in range(REPEATED):
                run(length)
                callgrind.dump(f"{label}|{length}")
        code = 0
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(code)


def counted(folder: str) -> Callable[..., object]:
    """`counted(call, *arguments)`, whose instructions count."""
    found: Callable[..., object] = load("_callgrind", folder).count
    return found


def build_extensions(folder: Path) -> None:
    """Compile what the measured processes load.

    Raises:
        Unavailable: valgrind is not installed, or its headers are not.
    """
    if shutil.which("valgrind") is None:
        raise Unavailable("valgrind is not installed")
    build("_empty_hook", folder)
    try:
        build("_callgrind", folder)
    except subprocess.CalledProcessError as error:
        raise Unavailable("valgrind/callgrind.h was not found, or no compiler") from error


def run(
    module: str, arguments: Sequence[str], folder: Path, variables: Mapping[str, str] = MappingProxyType({})
) -> tuple[dict[str, float], str]:
    """Run a module under callgrind.

    Args:
        module: its processes use `count_in_child`.
        arguments: of the module.
        folder: of the compiled extensions.
        variables: of the environment, on top of this one.

    Returns:
        Instructions per event, by label, and what the processes said.

    Raises:
        SystemExit: the program failed; one process of it that failed is only missing.
    """
    quiet = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    with tempfile.TemporaryDirectory(dir=folder) as dumps:
        command = ["valgrind", "--tool=callgrind", "--quiet", "--instr-atstart=no", "--collect-atstart=no"]
        command += [f"--callgrind-out-file={dumps}/%p", sys.executable, "-m", module, *arguments]
        environment = {**quiet, "PYTHONHASHSEED": "0", **variables}
        subprocess.run([sys.executable, "-c", _COMPILE], cwd=ROOT, env=environment, check=True)
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{module}: exit code {done.returncode}\n{done.stderr[-2000:]}")
        return per_event(path.read_text(errors="replace") for path in Path(dumps).iterdir()), done.stderr


def per_event(dumps: Iterable[str]) -> dict[str, float]:
    """Instructions of one event, by label, from the texts of the dumps."""
    fewest: dict[str, dict[int, int]] = {}
    for text in dumps:
        label, total = _LABEL.search(text), _COUNT.search(text)
        if label is None or total is None or "|" not in label[1]:
            continue  # the last dump of a process, or its warm-up
        name, _, length = label[1].rpartition("|")
        counts = fewest.setdefault(name, {})
        counts[int(length)] = min(int(total[1]), counts.get(int(length), sys.maxsize))
    found = {}
    for name, counts in fewest.items():
        if len(counts) == 2:
            short, long = sorted(counts)
            found[name] = (counts[long] - counts[short]) / (long - short)
    return found
