"""What a comparison is about: two with the same subject say the same, and one takes the place of the other."""

from __future__ import annotations

from typing import NamedTuple

from tools.suites.catalogue import SUBINTERPRETERS, Project
from tools.suites.variants import INSTRUMENT, RUN


class Subject(NamedTuple):
    """What is run, on what, and how the bridge gets there.

    Args:
        suite: its name.
        version: of the project; of the interpreter for CPython's own tests.
        python: version of the interpreter.
        selection: which tests, as its runner is told: folders or files, and arguments.
        under: the command that arms the bridge.
    """

    suite: str
    version: str
    python: str
    selection: str
    under: str = INSTRUMENT


def of_project(project: Project, python: str) -> Subject:
    """A project's tests on an interpreter of this version."""
    return Subject(project.name, project.version, python, " ".join((*project.tests, *project.arguments)))


def of_cpython(files: tuple[str, ...], python: str) -> Subject:
    """Files of CPython's own tests, on an interpreter of this version."""
    name = f"CPython's {files[0]}" if len(files) == 1 else "CPython's"
    under = RUN if set(files) <= set(SUBINTERPRETERS) else INSTRUMENT
    return Subject(name, python, python, " ".join(files), under)
