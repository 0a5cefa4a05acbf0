"""The folder that keeps what was fetched or built, outside the clone: a second clone, or CI, finds it there."""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def folder() -> Path:
    """`otel-audit/backends` in the user's cache folder."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "otel-audit" / "backends"


def kept(key: str, make: Callable[[Path], None]) -> Path:
    """The folder `key` of the cache; if it is not there, `make` fills a temporary one, which then gets the name.

    Whoever comes while another process makes it waits, and finds it made. What fails leaves nothing behind.
    """
    ready = folder() / key
    if ready.is_dir():
        return ready
    with _alone(key):
        if ready.is_dir():
            return ready
        made = Path(tempfile.mkdtemp(prefix=f".{key}-", dir=folder()))
        try:
            make(made)
            made.chmod(0o755)
            made.rename(ready)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    return ready


@contextmanager
def _alone(key: str) -> Iterator[None]:
    folder().mkdir(parents=True, exist_ok=True)
    with (folder() / f".{key}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress(f"{key}: waiting for another process that makes it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def progress(text: str) -> None:
    """One line on standard error: fetching and building take their time."""
    print(f"backends: {text}", file=sys.stderr, flush=True)
