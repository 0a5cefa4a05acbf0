"""What a program prints while the view has the terminal: its last lines, and all of it in a file if one is named."""

from __future__ import annotations

import re
import threading
from collections import deque
from typing import IO

from otel_audit.top.lines import CHUNK, Lines
from otel_audit.top.text import printable

MAX_LINES = 1_000
"""Lines that are kept."""
MAX_WIDTH = 4_096
"""Bytes of one line that are kept."""
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-_])")
"""ECMA-48 control sequences, and what sets a terminal's title."""
_SUMMARY = re.compile(r"otel-audit: [\d,]+ audit events? seen, ")
"""Where the summary of `otel-audit run` begins."""


class Output:
    """Reads a pipe in a thread of its own, so that the program never waits for us.

    Args:
        pipe: standard output and standard error of the program.
        copy: gets every byte, and is closed at the end.
    """

    def __init__(self, pipe: IO[bytes], copy: IO[bytes] | None = None) -> None:
        self._pipe = pipe
        self._copy = copy
        self._lines: deque[str] = deque(maxlen=MAX_LINES)
        self._split = Lines(MAX_WIDTH)
        self._lock = threading.Lock()
        self.number = 0
        """Lines so far."""
        self.error = ""
        """Why the copy is not complete."""
        self._thread = threading.Thread(target=self._read, name="otel-audit-output", daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while data := self._pipe.read1(CHUNK):  # type: ignore[attr-defined]
            self._write(data)
            with self._lock:
                self._add(self._split.feed(data))
        with self._lock:
            self._add(self._split.end())
        self._pipe.close()
        if self._copy is not None:
            self._copy.close()

    def _write(self, data: bytes) -> None:
        """A disk that is full ends the copy, not the view."""
        if self._copy is None or self.error:
            return
        try:
            self._copy.write(data)
            self._copy.flush()
        except OSError as error:
            self.error = error.strerror or type(error).__name__

    def _add(self, lines: list[bytes]) -> None:
        self.number += len(lines)
        self._lines.extend(map(_shown, lines))

    def lines(self) -> list[str]:
        """The last lines, fit for a terminal; that without an end yet among them."""
        with self._lock:
            rest = self._split.rest
            return [*self._lines, _shown(rest)] if rest else list(self._lines)

    def own(self) -> list[str]:
        """The program's, without the summary of `otel-audit run`."""
        lines = self.lines()
        at = _summary_at(lines)
        return lines if at is None else lines[: max(0, at - 1)]  # an empty line stands before it

    def summary(self) -> list[str]:
        """That of `otel-audit run`, once it came."""
        lines = self.lines()
        at = _summary_at(lines)
        return [] if at is None else lines[at:]

    @property
    def said(self) -> str:
        """The last line of otel-audit itself: why there is no bridge, for example."""
        return next((line for line in reversed(self.own()) if line.startswith("otel-audit: ")), "")

    def settle(self, timeout: float) -> None:
        """Wait for the end of the pipe; a child that the program left behind may hold it open."""
        self._thread.join(timeout)


def _summary_at(lines: list[str]) -> int | None:
    return next((at for at in range(len(lines) - 1, -1, -1) if _SUMMARY.match(lines[at])), None)


def _shown(line: bytes) -> str:
    """Without colours and cursor movements; of what a carriage return overwrites the last."""
    text = _ESCAPES.sub("", line[:MAX_WIDTH].decode("utf-8", "replace")).rstrip("\r")
    return printable(text.rpartition("\r")[2].expandtabs(4)).rstrip()
