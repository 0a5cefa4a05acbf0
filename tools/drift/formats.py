"""How many arguments a `Py_BuildValue` format makes of an event."""

from __future__ import annotations

import re

UNIT = re.compile(r"\(|\[|\{|[)\]}]|[A-Za-z][#&]?")


def count(text: str) -> int:
    """Arguments of an event raised with this format; a single tuple is taken apart, as the interpreter does."""
    units = list(_top(text))
    if len(units) == 1 and units[0].startswith("("):
        return len(list(_top(units[0][1:-1])))
    return len(units)


def _top(text: str) -> list[str]:
    """Units of a format, a bracketed one with all that it holds."""
    units: list[str] = []
    depth = 0
    for match in UNIT.finditer(text):
        unit = match[0]
        depth -= unit in ")]}"
        if depth == 0 and unit not in ")]}":
            units.append(unit)
        elif units:
            units[-1] += unit
        depth += unit in "([{"
    return units
