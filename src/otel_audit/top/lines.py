"""Bytes as they come, cut into lines."""

from __future__ import annotations

from otel_audit.top.record import MAX_LINE

CHUNK = 64 * 1024
"""Bytes read at once: what a pipe holds on Linux. Between two chunks the view gets its turn."""


class Lines:
    """Keeps the line that is not yet complete, up to a limit.

    Args:
        limit: bytes of a line; of a longer one only so many are handed on, and no record is that long.
    """

    def __init__(self, limit: int = MAX_LINE) -> None:
        self._limit = limit
        self._rest = b""
        self._skipping = False

    def feed(self, data: bytes) -> list[bytes]:
        """Lines that are complete now, without their ends."""
        *lines, rest = data.split(b"\n")
        if lines:
            lines[0] = self._rest + lines[0]
            self._rest = b""
            if self._skipping:
                del lines[0]
                self._skipping = False
        if self._skipping:
            return lines
        self._rest += rest
        if len(self._rest) > self._limit:
            lines.append(self._rest[: self._limit + 1])
            self._rest, self._skipping = b"", True
        return lines

    @property
    def rest(self) -> bytes:
        """What has no end yet."""
        return self._rest

    def end(self) -> list[bytes]:
        """What had no end: the last line of a stream that is over, or of a file that was cut."""
        rest, self._rest, self._skipping = self._rest, b"", False
        return [rest] if rest else []
