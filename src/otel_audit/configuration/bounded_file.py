"""Reads a small file without ever waiting for it: no pipe, no device, no end that never comes."""

from __future__ import annotations

import os
import stat

_OTHERS_WRITE = stat.S_IWOTH
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def read(path: str, limit: int, *, trusted: bool = False) -> bytes:
    """The whole of a regular file.

    Args:
        path: symbolic links are followed.
        limit: bytes it may have.
        trusted: refuse, on POSIX, what every user of the machine may write.

    Raises:
        ValueError: why it cannot be read, in a few words.
    """
    try:
        descriptor = os.open(path, _FLAGS)
    except OSError as error:
        raise ValueError(error.strerror or type(error).__name__) from None
    try:
        _examine(os.fstat(descriptor), trusted)
        return _content(descriptor, limit)
    except OSError as error:
        raise ValueError(error.strerror or type(error).__name__) from None
    finally:
        os.close(descriptor)


def _examine(status: os.stat_result, trusted: bool) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("not a regular file")
    if trusted and os.name == "posix" and status.st_mode & _OTHERS_WRITE:
        raise ValueError("every user may write it: chmod o-w")


def _content(descriptor: int, limit: int) -> bytes:
    parts: list[bytes] = []
    room = limit + 1  # a size of 0 may be a lie (/proc), and a file may grow meanwhile
    while room > 0 and (part := os.read(descriptor, room)):
        parts.append(part)
        room -= len(part)
    if room == 0:
        raise ValueError(f"over {limit} bytes")
    return b"".join(parts)
