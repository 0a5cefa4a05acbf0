"""Events of how an interpreter is started and ended: each needs one of its own, under the bridge from `site` on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple


class Start(NamedTuple):
    """One interpreter.

    Args:
        event: what it raises.
        arguments: of the interpreter.
        stdin: what it reads.
        files: to write first, by name.
        variables: its environment, on top.
        code: exit code; a traceback on standard error is expected of a failure.
        since: first CPython version, as (3, minor).
        debugged: a script that another process makes it run.
    """

    event: str
    arguments: tuple[str, ...]
    stdin: str = ""
    files: Mapping[str, str] = {}
    variables: Mapping[str, str] = {}
    code: int = 0
    since: tuple[int, int] = (3, 8)
    debugged: str = ""

    def prepare(self, directory: Path) -> None:
        """Write its files."""
        for name, text in self.files.items():
            (directory / name).write_text(text, encoding="utf-8")


STARTS = (
    Start("cpython.run_command", ("-c", "password = 'hunter2hunter2'")),
    Start("cpython.run_file", ("report.py",), files={"report.py": "pass\n"}),
    Start("cpython.run_module", ("-m", "json.tool"), stdin="{}"),
    Start("cpython.run_stdin", (), stdin="pass\n"),
    Start(
        "cpython.run_startup",
        ("-i", "-q"),
        files={"startup.py": "pass\n"},
        variables={"PYTHONSTARTUP": "startup.py"},
    ),
    Start("cpython.run_interactivehook", ("-i", "-q", "-c", "pass")),
    Start(
        "sys.excepthook",
        ("report.py",),
        files={"report.py": "raise ValueError('order 42')\n"},
        code=1,
    ),
    Start(
        "cpython.remote_debugger_script",
        ("report.py",),
        # Evaluated between bytecodes of the main thread; it ends when the script has run.
        files={
            "report.py": "import sys\nprint('ready', flush=True)\nwhile not hasattr(sys, 'debugged'): pass\n",
            "debug.py": "import sys\nsys.debugged = True\n",
        },
        since=(3, 14),
        debugged="debug.py",
    ),
)
