"""What every listener pays at least: nobody, a C hook that returns at once, a Python hook that does."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from benchmarks.subjects.subject import EVENT, Batch, Subject


@contextmanager
def bare() -> Iterator[None]:
    """A batch around which nothing happens."""
    yield


def build(name: str, folder: Path) -> Path:
    """Compile an extension beside this file for this interpreter; its path. Made once per folder."""
    target = folder / f"{name}{sysconfig.get_config_var('EXT_SUFFIX')}"
    if not target.exists():
        include = sysconfig.get_paths()["include"]
        source = Path(__file__).with_name(f"{name}.c")
        command = ["cc", "-O2", "-fPIC", "-shared", f"-I{include}", str(source), "-o", str(target)]
        subprocess.run(command, check=True)
    return target


def load(name: str, folder: str) -> ModuleType:
    """Import an extension that was built there."""
    spec = spec_from_file_location(name, build(name, Path(folder)))
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def no_hook(_: str) -> Batch:
    """Nobody listens."""
    return bare


def empty_c(folder: str) -> Batch:
    """A C hook that returns at once."""
    load("_empty_hook", folder).install()
    return bare


def empty_python(_: str) -> Batch:
    """A Python hook that returns at once."""

    def hook(event: str, args: tuple[object, ...]) -> None:
        return

    sys.addaudithook(hook)
    return bare


def asking_python(_: str) -> Batch:
    """A Python hook that looks whether it knows the event's name: CPython makes and hashes that text each time."""
    names = frozenset({EVENT})

    def hook(event: str, args: tuple[object, ...]) -> None:
        if event in names:
            return

    sys.addaudithook(hook)
    return bare


NO_HOOK, EMPTY_C, EMPTY_PYTHON, ASKING = "no hook", "empty C hook", "empty Python hook", "Python hook that asks a set"
ARGUMENTS = {3: "", 1: ", one argument", 0: ", no arguments"}
"""What a row's name ends with, by arguments."""

FLOOR = {
    NO_HOOK: Subject(no_hook),
    **{EMPTY_C + ending: Subject(empty_c, number) for number, ending in ARGUMENTS.items()},
    EMPTY_PYTHON: Subject(empty_python),
    ASKING: Subject(asking_python),
}
