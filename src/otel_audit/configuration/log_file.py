"""Opens the file of a log stream: for its owner alone, and never through a symbolic link that somebody laid there."""

from __future__ import annotations

import errno
import os

MODE = 0o600
"""Of a file that is made: records tell what a process does, and to whom."""

_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_SYSTEMS = ("/dev/stdout", "/dev/stderr", "/dev/fd/", "/proc/self/fd/")
"""Links of the system's own, to what the process has open. In `/dev/shm`, say, anybody may lay one."""


def open_for_append(path: str, extra: int = 0, *, create: bool = True) -> int:
    """Open a file, a named pipe or a device.

    Args:
        path: its last part may be a symbolic link only if it is one of the system's, such as `/dev/stdout`.
        extra: further flags of `os.open`.
        create: make it if it is not there, readable and writable by its owner.

    Returns:
        a descriptor that child processes do not inherit.

    Raises:
        OSError: why not; `a symbolic link` for one.
    """
    flags = os.O_WRONLY | os.O_APPEND | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0) | extra
    if not path.startswith(_SYSTEMS):
        flags |= _NO_LINK
    if create:
        flags |= os.O_CREAT
    try:
        return os.open(path, flags, MODE)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EMLINK) and os.path.islink(path):  # noqa: PTH114 - may hold surrogates
            raise OSError(error.errno, "a symbolic link", path) from None
        raise
