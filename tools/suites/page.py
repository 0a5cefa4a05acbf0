"""Keeps results, one line of JSON per suite and interpreter, and makes docs/suites.md of all of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from tools.suites import outcomes
from tools.suites.comparing import Result
from tools.suites.prepare import ROOT
from tools.suites.variants import CORES, PLAIN

RESULTS: Final = Path(__file__).with_name("results.jsonl")
PAGE: Final = ROOT / "docs" / "suites.md"
_BEGIN, _END = "<!-- results -->", "<!-- /results -->"


def record(result: Result) -> None:
    """Put a result in the place of the last one of its suite and interpreter."""
    new = as_dict(result)
    rows = [row for row in rows_of(RESULTS) if _key(row) != _key(new)]
    text = "".join(json.dumps(row, sort_keys=True) + "\n" for row in sorted([*rows, new], key=_key))
    RESULTS.write_text(text)


def as_dict(result: Result) -> dict[str, Any]:
    """What is kept of it: numbers and differences, no test by name that ended alike."""
    runs = {
        variant: {
            "totals": dict(sorted(outcomes.totals(run.tests).items())),
            "seconds": round(run.seconds),
            "ended": run.ended,
            "seen": run.seen._asdict(),
        }
        for variant, run in result.runs.items()
    }
    differences = [difference._asdict() for difference in result.differences]
    return {
        "suite": result.suite,
        "version": result.version,
        "python": result.python,
        "runs": runs,
        "differences": differences,
        "problems": result.problems,
    }


def rows_of(path: Path) -> list[dict[str, Any]]:
    """All results on record."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def write(wanted: Sequence[tuple[str, str]]) -> None:
    """Renew the tables between the marks of the page; its words stay.

    Args:
        wanted: (suite, version of CPython) of all there are; the page names those that are on no record.
    """
    page, rows = PAGE.read_text(), rows_of(RESULTS)
    before, _, rest = page.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    PAGE.write_text(f"{before}{_BEGIN}\n{tables(rows)}\n\n{absent(rows, wanted)}\n{_END}{after}")


def absent(rows: list[dict[str, Any]], wanted: Sequence[tuple[str, str]]) -> str:
    """What was not run, or not to its end."""
    recorded = {_key(row) for row in rows}
    left: dict[str, list[str]] = {}
    for suite, python in wanted:
        if (suite, python) not in recorded:
            left.setdefault(python, []).append(suite)
    if not left:
        return "Every suite is on record."
    lines = [f"- on {python}: {', '.join(suites)}" for python, suites in left.items()]
    return "\n".join(["Not on record yet:", "", *lines])


def tables(rows: list[dict[str, Any]]) -> str:
    """Results, then every difference with what was found about it."""
    lines = [
        "| suite | CPython | tests | passed, failed, skipped | differ, c | differ, python | events, c | of a bridge |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [_line(row) for row in rows]
    found = [(row, difference) for row in rows for difference in row["differences"]]
    lines += ["", "Each test that ended otherwise than without the bridge:", ""]
    if not found:
        return "\n".join([*lines, "None."])
    lines += ["| suite | CPython | core | test | without | with | whose | found |", "|---|---|---|---|---|---|---|---|"]
    return "\n".join([*lines, *(_difference(row, difference) for row, difference in found)])


def _line(row: dict[str, Any]) -> str:
    plain = row["runs"][PLAIN]["totals"]
    differ = {core: sum(found["core"] == core for found in row["differences"]) for core in CORES}
    ours = sum(found["whose"] == "bridge" for found in row["differences"])
    events = row["runs"].get("c", {}).get("seen", {}).get("events", 0)
    failed = plain.get("failed", 0) + plain.get("error", 0)
    cells = (
        f"{row['suite']} {row['version']}" if row["suite"] != row["version"] else row["suite"],
        row["python"],
        f"{sum(plain.values()):,}",
        f"{plain.get('passed', 0):,}, {failed}, {plain.get('skipped', 0)}",
        *(str(differ[core]) for core in CORES),
        f"{events:,}",
        "; ".join(row["problems"]) or str(ours),
    )
    return f"| {' | '.join(cells)} |"


def _difference(row: dict[str, Any], found: dict[str, Any]) -> str:
    cells = (
        row["suite"],
        row["python"],
        found["core"],
        f"`{found['test']}`",
        found["plain"],
        found["bridged"],
        found["whose"],
        found["why"],
    )
    return f"| {' | '.join(str(cell).replace('|', '/') for cell in cells)} |"


def _key(row: dict[str, Any]) -> tuple[str, str]:
    return row["suite"], row["python"]
