"""A program under `otel-audit run`, as a child: records through a pipe, output kept, its end ours to ask for."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from otel_audit.top.follow import Follow
from otel_audit.top.lines import CHUNK, Lines
from otel_audit.top.output import Output
from otel_audit.top.source import WAIT_S, readable
from otel_audit.top.text import short

GRACE_S = 5.0
"""Between asking a program to end, asking it firmly and ending it: the bridge's last flush alone may take 2 s."""
SETTLE_S = 0.5
"""For the last of its output."""
_MAIN = (
    "import sys\n"
    "if sys.path and not sys.path[0]: sys.path[0] = sys.prefix\n"  # a json.py of the working directory is not ours
    "import signal\n"  # a shell's background job ignores it, and what it starts would too
    "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    "from otel_audit.cli import main\n"
    "sys.exit(main(sys.argv[1:]))\n"
)


class Program:
    """Starts at once.

    Args:
        arguments: of `otel-audit run`: options, target, the program's own.
        name: for the header.
        stdin: for the program: `inherit`, or `null` where the keyboard is the view's.
        capture: whether its output is kept for the view; otherwise it goes to our standard error.
        copy: file for its whole output.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        name: str,
        *,
        stdin: str = "null",
        capture: bool = True,
        copy: Path | None = None,
    ) -> None:
        self.name = short(name, 200)
        file = None if copy is None else copy.open("wb")
        self._folder = Path(tempfile.mkdtemp(prefix="otel-audit-top-"))  # readable by this user only
        self._stream = _Stream(self._folder / "records")
        self._asked = 0
        self._deadline = 0.0
        self._began = time.monotonic()
        self._ended: float | None = None
        options = ("run", "--log-stream", str(self._stream.path), "--log-format", "json", *arguments)
        try:
            self._process = _start(options, stdin, capture)
            pipe = self._process.stdout
            self.output = None if pipe is None else Output(pipe, file)
        except BaseException:
            self._stream.close()
            shutil.rmtree(self._folder, ignore_errors=True)
            raise

    @property
    def code(self) -> int | None:
        """Exit code as a shell tells it; None while it runs."""
        found = self._process.returncode
        return found if found is None or found >= 0 else 128 - found

    @property
    def elapsed(self) -> float:
        """Seconds it has run, or ran."""
        return (time.monotonic() if self._ended is None else self._ended) - self._began

    @property
    def state(self) -> str:
        if self.code is not None:
            return f"ended: exit code {self.code}"
        return ("running", "ending", "ending (SIGTERM sent)", "ending (killed)")[self._asked]

    @property
    def waiting(self) -> str:
        if self.code is None:
            return "The program runs; it has raised no event that is recorded. --include chooses what is."
        said = self.output.said if self.output is not None else ""
        return (
            said
            or f"The program ended with exit code {self.code} and left no record. --include chooses what is recorded."
        )

    def read(self, timeout: float = WAIT_S) -> list[bytes] | None:
        running = self._process.poll() is None
        if running and self._asked and time.monotonic() > self._deadline:
            self.end()
        lines = self._stream.read(timeout if running else 0)
        if lines or running:
            return lines
        if self._ended is None:
            self._ended = time.monotonic()
            if self.output is not None:
                self.output.settle(SETTLE_S)
            return self._stream.end()
        return None

    def end(self) -> None:
        """Ask it to end, each time more firmly: as Ctrl-C does, as `kill` does, at last without asking."""
        if self._process.poll() is not None:
            return
        self._asked = min(3, self._asked + 1)
        self._deadline = time.monotonic() + GRACE_S
        _ask(self._process, self._asked)

    def close(self) -> None:
        """The program does not outlive the view. Called again, it does nothing."""
        while self._process.poll() is None:
            self.end()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE_S)
        self._stream.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def _start(options: Sequence[str], stdin: str, capture: bool) -> subprocess.Popen[bytes]:
    """In a process group of its own, without our terminal: Ctrl-C reaches it through us, and only once."""
    return subprocess.Popen(
        (sys.executable, "-u", "-c", _MAIN, *options),
        stdin=None if stdin == "inherit" else subprocess.DEVNULL,
        stdout=subprocess.PIPE if capture else 2,
        stderr=subprocess.STDOUT if capture else None,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        start_new_session=os.name != "nt",
    )


def _ask(process: subprocess.Popen[bytes], firmness: int) -> None:
    if os.name == "nt":
        if firmness == 1:
            process.send_signal(getattr(signal, "CTRL_BREAK_EVENT", signal.SIGTERM))
        else:
            process.terminate()
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)[firmness - 1])


class _Stream:
    """Between the bridge and us: a named pipe, so that nothing is written to a disk; a file where there are none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lines = Lines()
        self._file: Follow | None = None
        self._pipe = -1
        if not hasattr(os, "mkfifo"):
            path.touch()
            self._file = Follow(path, from_start=True)
        else:
            os.mkfifo(path, 0o600)
            self._pipe = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # before the bridge: it refuses a pipe nobody reads
            self._held = os.open(path, os.O_WRONLY)  # or the pipe would be at its end until the bridge opens it

    def read(self, timeout: float) -> list[bytes]:
        if self._file is not None:
            return self._file.read(timeout) or []
        return self._lines.feed(os.read(self._pipe, CHUNK)) if readable(self._pipe, timeout) else []

    def end(self) -> list[bytes]:
        return self._lines.end()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        elif self._pipe >= 0:
            os.close(self._held)
            os.close(self._pipe)
            self._pipe = -1
