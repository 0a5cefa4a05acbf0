"""`os.exec*`: hands the context to the program that takes this one's place, and delivers before it does.

No exit handler runs, and what waits in memory goes with it. All of `os.exec*`, and `os.spawn*` in the process that it
forked, end in `os.execv` or `os.execve`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from otel_audit.inheritance.spawns import Extend, Wrapped

Deliver = Callable[[], "Callable[[], object] | None"]
"""Hands over what there is; the result is called when the process goes on after all. None: there is no bridge."""


class _Exec(Wrapped):
    """Stands for `os.execv` and `os.execve`.

    Args:
        original: one of them.
        become: `os.execve` itself.
        extend: adds the context of the moment.
        inherited: what the program gets when no environment is given.
        deliver: called last of all.
    """

    def __init__(
        self,
        original: Callable[..., Any],
        become: Callable[..., Any],
        extend: Extend,
        inherited: Mapping[str, str],
        deliver: Deliver,
    ) -> None:
        super().__init__(original)
        self._become, self._extend, self._inherited, self._deliver = become, extend, inherited, deliver

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        named = dict(zip(("path", "argv", "env"), args), **kwargs)
        if not _exists(named.get("path")):
            return self.original(*args, **kwargs)  # one of the places where execvp looks, or a mistake
        sys.audit("os.exec", named["path"], named.get("argv"), named.get("env"))  # now, or it could not be delivered
        go_on = self._deliver()
        try:
            env = self._new(named.get("env"))
            if env is None:
                return self.original(*args, **kwargs)
            return self._become(named["path"], named.get("argv"), env)
        finally:
            if go_on is not None:
                go_on()

    def _new(self, env: Any) -> dict[Any, Any] | None:
        try:
            return self._extend(self._inherited if env is None else env)
        except Exception:  # of the caller's mapping: the call itself will say what is wrong
            return None


def _exists(path: Any) -> bool:
    try:
        return isinstance(path, int) or os.access(path, os.X_OK)
    except (TypeError, ValueError):
        return False


def wrap(extend: Extend, inherited: Mapping[str, str], deliver: Deliver) -> None:
    """Wrap both; arguments as for `_Exec`."""
    execv, execve = os.execv, os.execve
    _Exec(execv, execve, extend, inherited, deliver).put()
    _Exec(execve, execve, extend, inherited, deliver).put()
