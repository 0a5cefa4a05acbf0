"""Hands the current context to programs that are started: wraps `subprocess.Popen` and `os.posix_spawn*`.

A call behaves as it did: whatever goes wrong here is left out, and the call gets what it was given.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping
from functools import update_wrapper, wraps
from typing import Any

_ENV, _PREEXEC = 10, 6
"""Places of `env` and `preexec_fn` among the positional arguments of `Popen`, without self."""

Extend = Callable[[Mapping[Any, Any]], "dict[Any, Any] | None"]
"""Adds the context of the moment to an environment; None where nothing is to be changed."""


class Wrapped:
    """Stands for a function of `os`: an object, because a Python function in a class would become a method.

    Args:
        original: the function.
    """

    def __init__(self, original: Callable[..., Any]) -> None:
        update_wrapper(self, original)  # type: ignore[arg-type]
        self.original = original

    def put(self) -> None:
        """Take the original's place, in the sets of `os` too."""
        setattr(os, self.original.__name__, self)
        for capable in (os.supports_fd, os.supports_dir_fd, os.supports_follow_symlinks, os.supports_effective_ids):
            if self.original in capable:
                capable.add(self)  # type: ignore[arg-type]


class _PosixSpawn(Wrapped):
    def __init__(self, original: Callable[..., Any], extend: Extend, inherited: Mapping[str, str]) -> None:
        super().__init__(original)
        self._extend, self._inherited = extend, inherited

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            if len(args) > 2:
                args = (*args[:2], self._new(args[2]), *args[3:])
            elif "env" in kwargs:
                kwargs["env"] = self._new(kwargs["env"])
        except Exception:  # of the caller's mapping: the call itself will say what is wrong
            pass
        return self.original(*args, **kwargs)

    def _new(self, env: Any) -> Any:
        """None is the environment of this process, from Python 3.13 on."""
        new = self._extend(self._inherited if env is None else env)
        return env if new is None else new


def wrap(extend: Extend, inherited: Mapping[str, str]) -> None:
    """Wrap what starts programs.

    Args:
        extend: adds the context of the moment.
        inherited: what a child gets when no environment is given.
    """
    for name in ("posix_spawn", "posix_spawnp"):
        if hasattr(os, name):
            _PosixSpawn(getattr(os, name), extend, inherited).put()
    subprocess.Popen.__init__ = _popen(subprocess.Popen.__init__, extend, inherited)  # type: ignore[method-assign]


def _popen(original: Callable[..., None], extend: Extend, inherited: Mapping[str, str]) -> Callable[..., None]:
    @wraps(original)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        try:
            args, kwargs = _with_context(args, kwargs, extend, inherited)
        except Exception:  # as above
            pass
        original(self, *args, **kwargs)

    return __init__


def _with_context(
    args: tuple[Any, ...], kwargs: dict[str, Any], extend: Extend, inherited: Mapping[str, str]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    env = args[_ENV] if len(args) > _ENV else kwargs.get("env")
    preexec = args[_PREEXEC] if len(args) > _PREEXEC else kwargs.get("preexec_fn")
    if env is None and preexec is not None:
        return args, kwargs  # what the function puts into the environment would not reach the program
    new = extend(inherited if env is None else env)
    if new is None:
        return args, kwargs
    if len(args) > _ENV:
        return (*args[:_ENV], new, *args[_ENV + 1 :]), kwargs
    return args, {**kwargs, "env": new}
