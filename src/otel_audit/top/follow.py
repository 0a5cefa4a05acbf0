"""A file that grows, as `tail -F` follows it: it may appear later, be rotated away, be truncated."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

from otel_audit.top.lines import CHUNK, Lines
from otel_audit.top.source import WAIT_S, readable

_HOLD = os.name != "nt"
"""Windows refuses to rename a file that is open: there it is opened anew at each look."""


class Follow:
    """Lines of a file.

    Args:
        path: of the file, or of a named pipe.
        from_start: whether to read what it holds already; what appears later is always read from its start.
        once: whether its end is the end.
    """

    def __init__(self, path: Path, *, from_start: bool = False, once: bool = False) -> None:
        self.name = str(path)
        self._path = path
        self._once = once
        self._lines = Lines()
        self._file: int | None = None
        self._position = 0
        self._identity: tuple[int, int] | None = None
        self._error = ""
        self._ended = False
        if not from_start:
            self._skip()

    def _skip(self) -> None:
        try:
            found = os.stat(self._path)  # noqa: PTH116 - one way of asking, below too
        except OSError:
            return
        if stat.S_ISREG(found.st_mode):
            self._identity, self._position = (found.st_dev, found.st_ino), found.st_size

    @property
    def state(self) -> str:
        if self._ended:
            return "ended: end of file"
        return f"waiting: {self._error}" if self._error else "following"

    @property
    def waiting(self) -> str:
        if self._ended:
            return f"{self.name} holds no record."
        if self._error:
            return f"Waiting for {self.name} ({self._error})."
        return f"Waiting for new lines in {self.name}. --from-start shows what it holds already."

    def read(self, timeout: float = WAIT_S) -> list[bytes] | None:
        if self._ended:
            return None
        try:
            lines = self._look(timeout)
        except OSError as error:
            self._error = (error.strerror or type(error).__name__).lower()
            lines = None
            self._release()
        if lines is None and self._once:
            self._ended = True
            return self._lines.end()
        if lines is None:
            time.sleep(timeout)
            return []
        return lines

    def _look(self, timeout: float) -> list[bytes] | None:
        """Lines that are new; None when there is nothing new."""
        descriptor = self._opened()
        self._error = ""
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return self._pipe(descriptor, timeout)
        cut = self._lines.end() if status.st_size < self._position else []
        if status.st_size < self._position:
            self._position = 0
        os.lseek(descriptor, self._position, os.SEEK_SET)
        data = os.read(descriptor, CHUNK)
        self._position += len(data)
        if not data and self._rotated(status):
            cut += self._lines.end()
            self._release()
            self._position, self._identity = 0, None
            return cut
        if not _HOLD:
            self._release()
        lines = cut + self._lines.feed(data)
        return lines if data or lines else None

    def _pipe(self, descriptor: int, timeout: float) -> list[bytes] | None:
        """A named pipe is at its end while nobody writes, and begins again."""
        if not readable(descriptor, timeout):
            return []
        data = os.read(descriptor, CHUNK)
        return self._lines.feed(data) if data else None

    def _opened(self) -> int:
        if self._file is None:
            self._file = os.open(self._path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
            status = os.fstat(self._file)
            if stat.S_ISDIR(status.st_mode):
                raise IsADirectoryError(0, "is a directory")
            if self._identity != (status.st_dev, status.st_ino):
                self._identity, self._position = (status.st_dev, status.st_ino), 0
        return self._file

    def _rotated(self, held: os.stat_result) -> bool:
        """Whether the path now names another file. While it names none, the old one is read on."""
        try:
            found = os.stat(self._path)  # noqa: PTH116
        except OSError:
            return False
        return (found.st_dev, found.st_ino) != (held.st_dev, held.st_ino)

    def _release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def close(self) -> None:
        self._release()
