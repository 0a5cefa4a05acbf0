"""Whose code a frame runs, by where its file lies. What was neither installed nor built in is the application."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from enum import IntEnum

_INSTALLED = ("site-packages", "dist-packages")
_FROZEN = "<frozen "
"""How the names of modules begin that are part of the interpreter's executable."""
_RUNNERS = ("events.py", "runners.py")
"""What of asyncio calls the application: `Handle._run`, and `Runner.run` where the loop itself is native code."""


class Code(IntEnum):
    """Whose a file is, as the walk from the newest frame to older ones takes it."""

    LIBRARY = 0
    """The standard library: stepped over."""
    INSTALLED = 1
    """Of site-packages: did it, though it is not the place to say."""
    APPLICATION = 2
    """The place to say."""
    LOOP = 3
    """asyncio: before anybody else's frame, what happens is the loop's own doing."""
    RUNNER = 4
    """Where the loop calls what it runs: older frames only started it."""


def prefixes(skip: Iterable[str] = ()) -> tuple[tuple[str, int], ...]:
    """What the names of files begin with, and whose they are; the first that fits decides.

    The standard library, what was installed into site-packages or dist-packages, OpenTelemetry wherever it lies (the
    Kubernetes operator puts it on `PYTHONPATH`), this package, scripts beside the interpreter, and frozen modules are
    not the application. What none of these holds is.

    Args:
        skip: further absolute paths of directories and files that are not; those with `!` before them are after all.
    """
    found: dict[str, int] = {_FROZEN: Code.LIBRARY}
    for library in _standard():
        found.update(dict.fromkeys(_spellings(library), Code.LIBRARY))
        loop = os.path.join(library, "asyncio")  # noqa: PTH118 - pathlib would be an import at start, here as below
        found.update(dict.fromkeys(_spellings(loop), Code.LOOP))
        runners = (spelling for name in _RUNNERS for spelling in _spellings(os.path.join(loop, name)))  # noqa: PTH118
        found.update(dict.fromkeys(runners, Code.RUNNER))
    for directory in _installed():
        found.update(dict.fromkeys(_spellings(directory), Code.INSTALLED))
        uvloop = os.path.join(directory, "uvloop")  # noqa: PTH118 - native: of its loop no frame is seen
        found.update(dict.fromkeys(_spellings(uvloop), Code.RUNNER))
    for item in skip:
        whose = Code.APPLICATION if item.startswith("!") else Code.INSTALLED
        found.update(dict.fromkeys(_spellings(item.removeprefix("!")), whose))
    return tuple((prefix, int(found[prefix])) for prefix in sorted(found, key=lambda prefix: (-len(prefix), prefix)))


def _standard() -> Iterator[str]:
    yield os.path.dirname(os.__file__)  # noqa: PTH120
    if directory := getattr(sys, "_stdlib_dir", None):
        yield directory


def _installed() -> Iterator[str]:
    yield from (path for path in sys.path if os.path.basename(path.rstrip("/\\")) in _INSTALLED)  # noqa: PTH119
    for package in ("opentelemetry", "otel_audit"):
        yield from getattr(sys.modules.get(package), "__path__", ())  # a namespace package has several
    if sys.executable:
        yield os.path.dirname(sys.executable)  # noqa: PTH120


def _spellings(path: str) -> Iterator[str]:
    """A path as file names may have it: as written, and without symbolic links."""
    for spelling in (os.path.abspath(path), os.path.realpath(path)):  # noqa: PTH100
        yield spelling if spelling.endswith(".py") else spelling.rstrip(os.sep) + os.sep
