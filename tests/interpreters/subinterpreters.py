"""CPython's subinterpreters by whatever name this version has them. Imports nothing that one of them could not."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any


def _module() -> Any:
    try:
        return import_module("_interpreters")  # from 3.13
    except ImportError:
        return import_module("_xxsubinterpreters")


def create(*, own_gil: bool) -> Any:
    """A new one. Before 3.12 all of them share one GIL, and an isolated one starts no threads."""
    module = _module()
    if module.__name__ == "_interpreters":
        return module.create("isolated" if own_gil else "legacy")
    return module.create(isolated=own_gil and has_own_gils())


def run_string(interpreter: Any, code: str) -> None:
    """Run code there.

    Raises:
        RuntimeError: it failed.
    """
    failed = _module().run_string(interpreter, code)
    if failed is not None:  # from 3.13; before, it raises
        raise RuntimeError(failed.formatted)


def destroy(interpreter: Any) -> None:
    """End it."""
    _module().destroy(interpreter)


def has_own_gils() -> bool:
    """Whether this version can give each its own."""
    return sys.version_info >= (3, 12)
