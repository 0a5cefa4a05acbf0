"""Names of events in the documentation that came with the interpreter: pydoc's topics, and the table of events."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

SENTENCE = re.compile(r'auditing\s+event\s+(?:\|\s+)*"([\w./]+)"')
ROW = re.compile(r"<tr[^>]*>\s*<td>(?:\s*<p>)?\s*([\w./]+)\s*<")

PLACES = ("share/doc/python{0.major}.{0.minor}*/html/library/audit_events.html", "share/doc/python*/audit_events.html")
"""Where distributions put it, below the prefix."""


def topics() -> Iterator[str]:
    """Names in the topics of `help()`; none where a distribution leaves them out."""
    try:
        texts: dict[str, str] = import_module("pydoc_data.topics").topics
    except ImportError:
        return
    for text in texts.values():
        yield from SENTENCE.findall(text)


def tables(prefix: Path = Path(sys.base_prefix)) -> Iterator[Path]:
    """The installed pages with the table of audit events."""
    for place in PLACES:
        yield from prefix.glob(place.format(sys.version_info))


def rows(page: Path) -> Iterator[str]:
    """Names in the first column of the table."""
    yield from ROW.findall(page.read_text(encoding="utf-8"))
