"""Runs a suite in one variant, and tests of it alone."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
import uuid
from pathlib import Path
from typing import NamedTuple, Protocol

from tools.suites import origin, outcomes, prepare, subject, variants
from tools.suites.catalogue import LEFT_OUT, Project
from tools.suites.origin import Origin
from tools.suites.outcomes import Test
from tools.suites.subject import Subject
from tools.suites.tally import Seen, Tally
from tools.suites.variants import RUN

_MARK = "OTEL_AUDIT_SUITES_RUN"
_GRACE_S = 10.0
"""Between asking a run that took too long to end, and ending it."""


class Run(NamedTuple):
    """One run of a suite.

    Args:
        tests: by name.
        seen: what the receiver got.
        seconds: how long it took.
        ended: how: `code 0`, or `timeout`.
        output: what it printed.
    """

    tests: dict[str, Test]
    seen: Seen
    seconds: float
    ended: str
    output: str = ""


class Suite(Protocol):
    """What can be run in several variants."""

    subject: Subject
    origin: Origin
    root: Path

    def run(self, variant: str, timeout_s: float, only: tuple[str, ...] = ()) -> Run:
        """All of it, or some tests alone."""


class PytestSuite:
    """A project's tests.

    Args:
        python: interpreter.
        project: which.
    """

    def __init__(self, python: str, project: Project) -> None:
        self.subject = subject.of_project(project, prepare.version_of(python))
        self._project = project
        self._source, self.root = prepare.project(python, project)
        self.origin = origin.of(self.root)

    def run(self, variant: str, timeout_s: float, only: tuple[str, ...] = ()) -> Run:
        """Under pytest, in the folder of its source distribution."""
        arguments = (*self._project.arguments, *(only or self._project.tests))
        with tempfile.TemporaryDirectory(prefix="suites-") as folder:
            report = Path(folder) / "junit.xml"
            options = ("-o", "junit_family=xunit1", f"--junitxml={report}", f"--basetemp={folder}/tmp", "-q")
            return _execute(self, variant, ("-m", "pytest", *options, *arguments), self._source, report, timeout_s)


class CPythonSuite:
    """Test files of the interpreter's own, each in a process of its own, as `python -m test -j1` does it.

    Under `otel-audit run`, which arms one process, they run in that one, and so they do plain.

    Args:
        python: interpreter.
        names: files; those that are not shipped are left out.
    """

    def __init__(self, python: str, names: tuple[str, ...]) -> None:
        self.subject = subject.of_cpython(names, prepare.version_of(python))
        self.root = prepare.cpython(python)
        self.origin = origin.of(self.root)
        self.files = names

    def run(self, variant: str, timeout_s: float, only: tuple[str, ...] = ()) -> Run:
        """Under regrtest, in a folder of its own."""
        with tempfile.TemporaryDirectory(prefix="suites-") as folder:
            report = Path(folder) / "junit.xml"
            left_out = (word for name in LEFT_OUT for word in ("--ignore", name))
            hung_s = min(600, int(timeout_s * 2 / 3))  # of the one file that runs
            apart = () if self.subject.under == RUN else ("-j1",)
            options = (*apart, f"--timeout={hung_s}", *left_out, f"--tempdir={folder}", f"--junit-xml={report}")
            found = _execute(
                self, variant, ("-m", "test", *options, *self._selection(only)), Path(folder), report, timeout_s
            )
        return found._replace(tests={**found.tests, **outcomes.changed_environments(found.output)})

    def _selection(self, only: tuple[str, ...]) -> tuple[str, ...]:
        files = tuple(name for name in self.files if any(name in test.replace(")", ".").split(".") for test in only))
        if not files or any(" " in test or "." not in test for test in only):  # not of one test: of its class or file
            return files or self.files
        return (*(word for test in only for word in ("-m", test)), *files)


def _execute(
    suite: Suite, variant: str, arguments: tuple[str, ...], folder: Path, report: Path, timeout_s: float
) -> Run:
    mark = f"{_MARK}={uuid.uuid4().hex}"
    with Tally() as receiver, tempfile.TemporaryFile() as printed:
        began = time.monotonic()
        process = subprocess.Popen(
            variants.command(variant, suite.subject.under, suite.root, arguments),
            env={**variants.environment(variant, receiver.env(), suite.root), _MARK: mark.partition("=")[2]},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        ended = _wait(process, timeout_s)
        seconds = time.monotonic() - began
        _end_what_is_left(mark.encode())
        printed.seek(0)
        output = printed.read().decode("utf-8", "backslashreplace")
        return Run(outcomes.read(report), receiver.seen(), seconds, ended, output)


def _wait(process: subprocess.Popen[bytes], timeout_s: float) -> str:
    try:
        return f"code {process.wait(timeout_s)}"
    except subprocess.TimeoutExpired:
        pass
    for number in (signal.SIGINT, signal.SIGKILL):
        process.send_signal(number)
        try:
            process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            continue
        break
    return "timeout"


def _end_what_is_left(mark: bytes) -> None:
    """Processes that a run left behind, in sessions of their own: known by the variable that they inherited."""
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if mark in path.read_bytes().split(b"\0"):
                os.kill(int(path.parent.name), signal.SIGKILL)
        except OSError:  # ended meanwhile, or another user's
            continue
