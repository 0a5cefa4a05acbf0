"""One row of docs/compatibility.md per test, written where the test knows the numbers."""

from __future__ import annotations

import json
import os
import sys
from typing import Final, NamedTuple

VARIABLE: Final = "COMPATIBILITY_ROWS"
"""Names the JSON-lines file that rows go to (the pytest option --rows sets it); without it they go nowhere."""


class Row(NamedTuple):
    """What became of the events of one run of a real program.

    Args:
        group: heading of the table, such as `servers`, `processes`, `tools`.
        subject: the program, such as `gunicorn`.
        mode: how it ran, such as `gthread, --preload`.
        offered: events the application counted itself.
        delivered: distinct ones of them that arrived at the receiver.
        duplicated: those that arrived more than once.
        lost: those that did not arrive.
        note: what a reader must know besides.
        core: `c` or `python`; rows that differ in it alone become one line of the table.
        python: version of the interpreter.
    """

    group: str
    subject: str
    mode: str
    offered: int
    delivered: int
    duplicated: int
    lost: int
    note: str = ""
    core: str = ""
    python: str = ""


def add(
    group: str,
    subject: str,
    mode: str,
    offered: int,
    delivered: int,
    duplicated: int,
    lost: int,
    note: str = "",
    *,
    core: str = "",
) -> None:
    """Append a row; whole lines, whichever process of a parallel run writes. Arguments as in `Row`."""
    path = os.environ.get(VARIABLE)
    if not path:
        return
    python = ".".join(map(str, sys.version_info[:3]))
    row = Row(group, subject, mode, offered, delivered, duplicated, lost, note, core, python)
    line = json.dumps(row._asdict(), ensure_ascii=False) + "\n"
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, line.encode())  # one write in append mode: lines of several processes never mix
    finally:
        os.close(descriptor)
