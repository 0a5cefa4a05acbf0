"""Alertmanager and amtool, built from their Go module.

Debian's package reads its templates from a fixed path below /usr/share and has no web page; the module embeds both.
Cold that takes a minute on two idle cores (measured: 56 s), more on busy ones.
"""

from __future__ import annotations

import platform
from functools import cache
from pathlib import Path

from tools.backends import golang
from tools.backends.cache import kept, progress

VERSION = "0.28.1"
_MODULE = "github.com/prometheus/alertmanager"


@cache
def program(name: str) -> Path:
    """Path of `alertmanager` or `amtool`."""
    return kept(f"alertmanager-{VERSION}-{platform.machine()}", _make) / name


def _make(into: Path) -> None:
    progress(f"alertmanager: building {VERSION} (one to five minutes, once)")
    golang.install(into, *(f"{_MODULE}/cmd/{name}@v{VERSION}" for name in ("alertmanager", "amtool")))
