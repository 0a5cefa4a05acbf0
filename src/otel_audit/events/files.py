"""What rows about files share: flags and locks in words, owners, times, paths."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from functools import lru_cache

from otel_audit import semconv
from otel_audit.events import constants
from otel_audit.events.decode import Attributes, arg_key, descriptor, flag_words, number_text
from otel_audit.model import Arg, AttributeValue, Items, Kind, Value

_ACCESS = {0: ("read",), 1: ("write",), 2: ("read", "write"), 3: ()}
"""The low two bits of open's flags (POSIX and Windows alike)."""

# Composite masks first: O_TMPFILE holds O_DIRECTORY, O_SYNC holds O_DSYNC. Without a word: what every open has or no
# operator asks for.
_OPEN_WORDS = (
    ("O_TMPFILE", "unnamed"),
    ("O_APPEND", "append"),
    ("O_CREAT", "create"),
    ("O_TRUNC", "truncate"),
    ("O_EXCL", "exclusive"),
    ("O_NONBLOCK", "nonblocking"),
    ("O_SYNC", "synchronous"),
    ("O_DSYNC", "synchronous"),
    ("O_DIRECT", "direct"),
    ("O_DIRECTORY", "directory"),
    ("O_NOFOLLOW", "no symlink"),
    ("O_PATH", "path only"),
    ("O_TEMPORARY", "temporary"),
    *((name, "") for name in ("O_CLOEXEC", "O_NOCTTY", "O_NOATIME", "O_BINARY", "O_TEXT", "O_NOINHERIT")),
    *((name, "") for name in ("O_LARGEFILE", "O_SEQUENTIAL", "O_RANDOM", "O_EVTONLY", "O_SYMLINK")),
)
_LINUX_LARGE_FILE = 0o100000
"""O_LARGEFILE of x86-64's kernel: glibc says 0, some callers pass it."""
_LOCK_WORDS = ((1, "shared"), (2, "exclusive"), (4, "nonblocking"), (8, "unlock"))  # LOCK_* of flock(2)
_UNCHANGED = (-1, 0xFFFFFFFF)
"""An owner that stays: os.chown's -1, which arrives unsigned."""
_FIRST_SECOND, _LAST_SECOND = -62135596800, 253402300799
"""Years 1 to 9999, all that `datetime` knows."""

LOCKF_COMMANDS = {0: "F_ULOCK", 1: "F_LOCK", 2: "F_TLOCK", 3: "F_TEST"}  # <unistd.h>
SEEK_ORIGINS = {0: "SEEK_SET", 1: "SEEK_CUR", 2: "SEEK_END"}
XATTR_FLAGS = ((1, "create"), (2, "replace"))  # <linux/xattr.h>
FILE_FLAGS = (  # <sys/stat.h> of macOS and BSD: UF_*, and SF_* that only root may set
    (0x00000001, "nodump"),
    (0x00000002, "immutable"),
    (0x00000004, "append"),
    (0x00000008, "opaque"),
    (0x00000010, "nounlink"),
    (0x00000020, "compressed"),
    (0x00008000, "hidden"),
    (0x00010000, "archived"),
    (0x00020000, "system immutable"),
    (0x00040000, "system append"),
    (0x00100000, "system nounlink"),
    (0x00200000, "snapshot"),
)


def open_flags(value: Value) -> Attributes | None:
    """In words; also right where mode is None (os.open)."""
    return {arg_key("open_flags"): [*_open_words(value)]} if isinstance(value, int) else None


@lru_cache(maxsize=256)
def _open_words(value: int) -> Sequence[str]:
    words = flag_words(value & ~3, _open_masks())
    access = () if "path only" in words else _ACCESS[value & 3]
    return [*access, *words]


@lru_cache(maxsize=1)
def _open_masks() -> Sequence[tuple[int, str]]:
    large = [(_LINUX_LARGE_FILE, "")] if sys.platform == "linux" else []
    return [*constants.words(os, _OPEN_WORDS), *large]


def lock_operation(value: Value) -> Attributes | None:
    """flock's operation in words."""
    if not isinstance(value, int):
        return None
    words = flag_words(value, _LOCK_WORDS)
    return {arg_key("operation"): " ".join(words)} if words else {}


def owner(value: Value) -> Attributes | None:
    """A user, by number or by name."""
    return _account(value, semconv.FILE_OWNER_ID, semconv.FILE_OWNER_NAME)


def owner_group(value: Value) -> Attributes | None:
    """A group, by number or by name."""
    return _account(value, semconv.FILE_GROUP_ID, semconv.FILE_GROUP_NAME)


def _account(value: Value, id_key: str, name_key: str) -> Attributes | None:
    if isinstance(value, str):
        return {name_key: value}
    if not isinstance(value, int):
        return None
    return {} if value in _UNCHANGED else {id_key: number_text(value)}


def times(value: Value) -> Attributes | None:
    """os.utime's pair in seconds: last access and last modification, in UTC. None means now."""
    return _times(value, 1)


def times_ns(value: Value) -> Attributes | None:
    """The pair in nanoseconds."""
    return _times(value, 1_000_000_000)


def _times(value: Value, per_second: int) -> Attributes | None:
    if not isinstance(value, Items) or len(value.values) != 2:
        return None
    attributes: dict[str, AttributeValue] = {}
    for key, moment in zip((semconv.FILE_ACCESSED, semconv.FILE_MODIFIED), value.values):
        if not isinstance(moment, (int, float)):
            return None
        if not _FIRST_SECOND * per_second <= moment <= _LAST_SECOND * per_second:
            return None
        attributes[key] = _iso(moment / per_second)
    return attributes


def _iso(seconds: float) -> str:
    from datetime import datetime, timedelta, timezone

    # Not fromtimestamp: Windows refuses what lies before 1970.
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=seconds)
    return moment.isoformat().replace("+00:00", "Z")


def here(value: Value) -> Attributes | None:
    """A directory to list: none given is the working directory."""
    if isinstance(value, str):
        return {semconv.FILE_PATH: value}
    return {semconv.FILE_PATH: "."} if value is None else None


def path(name: str = "path") -> Arg:
    """The file an event is about. Of two, the one that appears or changes; the other keeps its own name."""
    return Arg(name, Kind.PATH, semconv.FILE_PATH)


def dir_fd(name: str = "dir_fd") -> Arg:
    """The directory a relative path starts from, where it is not the working directory."""
    return Arg(name, Kind.INT, decode=descriptor(name))
