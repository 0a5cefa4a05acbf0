"""What a check finds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

Document = dict[str, Any]


class Problem(NamedTuple):
    """One thing that is wrong.

    Args:
        where: dashboard and panel.
        what: the checker's own words.
    """

    where: str
    what: str


def load(folder: Path) -> dict[str, Document]:
    """Dashboards by file name without ending.

    Raises:
        FileNotFoundError: there are none.
    """
    found = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}
    if not found:
        raise FileNotFoundError(f"{folder}: expected dashboards, *.json")
    return found
