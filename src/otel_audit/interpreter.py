"""Which interpreter this is: the bridge belongs to the main one, whose hook in C sees all of them."""

from __future__ import annotations

from importlib import import_module

_MODULES = ("_interpreters", "_xxsubinterpreters")
"""Where CPython tells: from 3.13, before."""


def is_main() -> bool:
    """Whether this is the main interpreter of the process; also where nothing would say."""
    for name in _MODULES:
        try:
            told = import_module(name)
        except ImportError:  # of another version; or compiled in by nobody
            continue
        return bool(told.get_current() == told.get_main())
    return True
