"""The word the scanners and the comparison share."""

from __future__ import annotations

from typing import NamedTuple


class Site(NamedTuple):
    """One place that raises an event.

    Args:
        name: of the event; where it is not known before it runs, the expression or the called function.
        where: file and line, or image and function.
        arguments: how many it passes; None where that is not known before it runs.
        format: the C format, or the source of the arguments.
        dynamic: the name is not known before it runs.
    """

    name: str
    where: str
    arguments: int | None
    format: str = ""
    dynamic: bool = False
