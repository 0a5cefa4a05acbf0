"""Where the page goes: checked before the program starts, written in one piece when it has ended."""

from __future__ import annotations

import os
from pathlib import Path

MODE = 0o600
"""A page tells what a program did, and to whom: it is its owner's."""


class BadPlace(Exception):
    """A page cannot be written there; says why."""


def check(given: str) -> Path:
    """The file's absolute path, as the program may change its working directory.

    Raises:
        BadPlace: nothing could be written there.
    """
    if not given or given == "-":
        raise BadPlace("expected the path of a file")
    path = Path(given).parent.resolve() / Path(given).name
    if path.is_symlink():  # which somebody may have laid there, to have a file of ours replaced
        raise BadPlace("expected the path of a file: it is a symbolic link")
    if path.exists() and not path.is_file():
        raise BadPlace("expected the path of a file" if not path.is_dir() else "expected a file: it is a directory")
    if not path.parent.is_dir():
        raise BadPlace(f"expected a directory that exists: {path.parent}")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise BadPlace(f"expected a directory that can be written: {path.parent}")
    return path


def write(path: Path, text: str) -> None:
    """Whole or not at all: under another name first, in the same directory.

    Raises:
        OSError: it could not be written; what was there before is still there.
    """
    data = text.encode("utf-8", "backslashreplace")
    beside = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(beside, "xb", opener=_owners) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _owners(path: str, flags: int) -> int:
    return os.open(path, flags, MODE)
