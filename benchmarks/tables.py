"""Results as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from benchmarks.result import Figure, Measured
from benchmarks.targets import TARGETS, Target, met

Found = Mapping[str, Sequence[dict[str, Any]]]
"""Results of all parts, by interpreter's version, oldest first."""

ENOUGH = 100
"""From here on no decimals."""


class Row(NamedTuple):
    """A target with what one interpreter reached."""

    version: str
    measured: Measured

    @property
    def judged(self) -> float:
        """What is held against the bound."""
        return self.measured.value if self.measured.judged is None else self.measured.judged


def number(value: float) -> str:
    """As many digits as one reads."""
    if value == int(value) or abs(value) >= ENOUGH:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.3f}"


def cell(figure: Figure | None) -> str:
    """The value, and its spread where it is one."""
    if figure is None:
        return ""
    if figure.low is None or figure.high is None or figure.low == figure.high:
        return number(figure.value)
    return f"{number(figure.value)} ({number(figure.low)} to {number(figure.high)})"


def figures(results: Iterable[dict[str, Any]], table: str) -> list[Figure]:
    """Those of one table, of whatever part."""
    return [Figure(**found) for result in results for found in result["figures"] if found["table"] == table]


def table(found: Sequence[Figure], head: str) -> str:
    """Rows and columns in the order they were measured."""
    rows = list(dict.fromkeys(figure.row for figure in found))
    columns = list(dict.fromkeys(figure.column for figure in found))
    cells = {(figure.row, figure.column): figure for figure in found}
    lines = [f"| {head} | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    lines += [f"| {row} | {' | '.join(cell(cells.get((row, column))) for column in columns)} |" for row in rows]
    return "\n".join(lines)


def tables(found: Found, name: str) -> str:
    """One table per interpreter, with the notes under it."""
    texts = []
    for version, results in found.items():
        seen = figures(results, name)
        if not seen:
            continue
        notes = [f"- {note}" for result in results for note in result["notes"].get(name, ())]
        texts.append("\n\n".join(filter(None, (table(seen, f"CPython {version}"), "\n".join(notes)))))
    return "\n\n".join(texts) or "Not measured yet."


def _reached(found: Found) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = {}
    for version, results in found.items():
        for result in results:
            for measured in result["measured"]:
                rows.setdefault(measured["target"], []).append(Row(version, Measured(**measured)))
    return rows


def _bound(target: Target) -> str:
    return f"{'>=' if target.at_least else '<='} {number(target.bound)} {target.unit}"


def targets(found: Found) -> str:
    """Target, measured, met; under it the floors, and why."""
    reached, versions = _reached(found), list(found)
    head = " | ".join(f"{version}: measured | met" for version in versions)
    lines = [f"| | target | {head} |", "|---|---|" + "---|---|" * len(versions)]
    for key, target in TARGETS.items():
        rows = {row.version: row for row in reached.get(key, ())}
        cells = [_verdict(key, rows[version]) if version in rows else "not measured | " for version in versions]
        lines.append(f"| {target.text} | {_bound(target)} | {' | '.join(cells)} |")
    return "\n".join((*lines, "", *_reasons(reached)))


def _verdict(key: str, row: Row) -> str:
    shown = number(row.measured.value)
    if row.judged != row.measured.value:
        shown += f" (judged: {number(row.judged)})"
    return f"{shown} | {'yes' if met(key, row.judged) else '**no**'}"


def _reasons(reached: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    for key, rows in reached.items():
        for row in rows:
            if row.measured.why and key in TARGETS and (row.measured.judged is not None or not met(key, row.judged)):
                yield f"- {TARGETS[key].text}, {row.version}: {row.measured.why}."


def between(first: str, last: str) -> str:
    """Two moments of ISO 8601, to the minute; of the second the day only where it is another."""
    same_day = first[:10] == last[:10]
    return f"{first[:16].replace('T', ' ')} to {last[11:16] if same_day else last[:16].replace('T', ' ')}"


def machines(found: Found) -> str:
    """What was measured, where and when."""
    lines = []
    for version, results in found.items():
        where = results[0]["machine"]
        dates = sorted(result["when"] for result in results)
        packages = {name: held for result in results for name, held in result["packages"].items()}
        revisions = sorted({result["revision"] for result in results})
        lines.append(
            f"- CPython {version} ({where['compiler']}), {where['system']}, {where['cores']} cores of "
            f"{where['processor']}; {between(dates[0], dates[-1])} UTC; commit "
            f"{', '.join(revisions)}; {', '.join(f'{name} {held}' for name, held in sorted(packages.items()))}."
        )
    return "\n".join(lines) or "Not measured yet."
