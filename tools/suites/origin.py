"""When a comparison was made, and of which bridge."""

from __future__ import annotations

import subprocess
from datetime import datetime, timezone
from pathlib import Path
from typing import Final, NamedTuple

from tools.suites.prepare import ROOT, wheel_in

_WRITTEN: Final = (":!tools/suites/results.jsonl", ":!docs/suites.md")
"""What the runs themselves change."""


class Origin(NamedTuple):
    """Of one row of results.

    Args:
        date: of the run's beginning, in UTC.
        revision: commit of the clone, with `+changes` where it held others than a run makes.
        wheel: digest of the sources that the bridge was built from: it outlives a commit that is rewritten.
    """

    date: str
    revision: str
    wheel: str


def of(environment: Path) -> Origin:
    """Of a run that begins now.

    Args:
        environment: the virtual environment with the bridge.

    Raises:
        CalledProcessError: this is no clone.
    """
    return Origin(datetime.now(timezone.utc).date().isoformat(), revision(ROOT), wheel_in(environment))


def revision(clone: Path) -> str:
    """The commit that is checked out, and whether files differ from it."""
    changed = _git(clone, "status", "--porcelain", "--", ".", *_WRITTEN)
    return _git(clone, "rev-parse", "--short=10", "HEAD") + ("+changes" if changed else "")


def _git(clone: Path, *words: str) -> str:
    command = ("git", "-C", str(clone), *words)
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
