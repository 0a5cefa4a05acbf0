"""Where an interpreter that is just starting comes in: from the start-up file, and from a followed child's path.

Both run inside `site`, before the program's first line. Nothing here may keep an interpreter from starting.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from otel_audit import ENTERED
from otel_audit.interpreter import is_main

if TYPE_CHECKING:
    from otel_audit.bridge import Bridge

_begun = False
_COMMAND, _PACKAGE = "otel-audit", "otel_audit"
_HELPERS = ("from multiprocessing.resource_tracker import",)
"""Python's own processes, which run nothing of the program's."""


def begin() -> None:
    """Called by the start-up file, which asked whether it is wanted: arm the bridge.

    OpenTelemetry's providers come later, from `opentelemetry-instrument` or from the program; records wait for them.
    """
    global _begun
    if _begun or sys.flags.ignore_environment or _is_nobodys():
        return  # -E and -I: the variables are not to be listened to
    _begun = True  # site reads the .pth files of a virtual environment twice
    verb = _verb()
    if verb == "run":
        from otel_audit import blind_spot
        from otel_audit.cli import run

        blind_spot.entered = ENTERED
        run.arm_early(sys.argv[2:])
    elif verb is None:
        _arm()


def begin_child() -> None:
    """Called by `sitecustomize` in a program that a followed one started: as `begin`, and set OpenTelemetry up.

    `otel-audit run` arms by itself, a moment later.
    """
    if _is_nobodys() or _verb() is not None:
        return
    from otel_audit import inheritance, setting_up

    armed = _arm()
    if armed is None or not armed.settings.children or inheritance.way() == "program":
        return
    if not setting_up.comes_by_itself():
        setting_up.set_up(armed, exporting=inheritance.way() == "opentelemetry")()


def _arm() -> Bridge | None:
    from otel_audit import blind_spot, runtime, setting_up

    blind_spot.entered = ENTERED
    if runtime.bridge() is None:
        runtime.install_early()
        armed = runtime.bridge()
        if armed is not None and setting_up.comes_by_itself():
            setting_up.unseen_when_it_comes(armed)
    return runtime.bridge()


def _is_nobodys() -> bool:
    """Python's own process, or a subinterpreter: up to 3.12 one may never end once `threading` is imported there."""
    return any(word.startswith(_HELPERS) for word in sys.orig_argv) or not is_main()


def _verb() -> str | None:
    """The verb of our own command, "" for another module of ours; None where this is any other program."""
    if sys.argv[:1] == ["-m"]:  # as long as the module is not found; behind it stand the same words in both
        module = sys.orig_argv[-len(sys.argv)].removeprefix("-m")
        if module == _PACKAGE:
            return sys.argv[1] if len(sys.argv) > 1 else ""
        return "" if module.startswith(f"{_PACKAGE}.") else None
    if sys.argv and os.path.basename(sys.argv[0]).removesuffix(".exe") == _COMMAND:  # noqa: PTH119
        return sys.argv[1] if len(sys.argv) > 1 else ""
    return None
