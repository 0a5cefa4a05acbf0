"""Where lines come from."""

from __future__ import annotations

import os
import select
from typing import Protocol

from otel_audit.top.lines import CHUNK, Lines

WAIT_S = 0.1
"""How long one look at a source may take: the view stays ready to end."""


class Source(Protocol):
    """Something that gives lines, read by one thread.

    Args:
        name: for the header.
    """

    name: str

    @property
    def state(self) -> str:
        """In few words: `running`, `following`, `waiting for …`, `ended: …`."""
        ...

    @property
    def waiting(self) -> str:
        """What is awaited, a sentence for a view without records."""
        ...

    def read(self, timeout: float = WAIT_S) -> list[bytes] | None:
        """Complete lines, after at most `timeout` seconds; None when there will be no more."""

    def close(self) -> None:
        """Give back what is held."""


class Pipe:
    """Lines of a descriptor: standard input, or a named pipe.

    Args:
        descriptor: to read; it is closed at the end.
        name: for the header.
    """

    def __init__(self, descriptor: int, name: str) -> None:
        self.name = name
        self._descriptor = descriptor
        self._lines = Lines()
        self._ended = False

    @property
    def state(self) -> str:
        return "ended: end of input" if self._ended else "reading"

    @property
    def waiting(self) -> str:
        if self._ended:
            return f"No record came from {self.name}: it has ended."
        return f"Waiting for the first line from {self.name}."

    def read(self, timeout: float = WAIT_S) -> list[bytes] | None:
        if self._ended or not readable(self._descriptor, timeout):
            return None if self._ended else []
        data = os.read(self._descriptor, CHUNK)
        if data:
            return self._lines.feed(data)
        self._ended = True
        return self._lines.end()

    def close(self) -> None:
        os.close(self._descriptor)


def readable(descriptor: int, timeout: float) -> bool:
    """Whether reading would not wait. Windows cannot tell: there the reading thread waits."""
    if os.name == "nt":
        return True
    return bool(select.select([descriptor], [], [], timeout)[0])
