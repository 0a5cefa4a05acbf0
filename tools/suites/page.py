"""Keeps results, one line of JSON per suite and interpreter, and makes docs/suites.md of all of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from tools.suites import outcomes
from tools.suites.comparing import Result
from tools.suites.prepare import ROOT
from tools.suites.subject import Subject
from tools.suites.variants import CORES, INSTRUMENT, PLAIN

RESULTS: Final = Path(__file__).with_name("results.jsonl")
PAGE: Final = ROOT / "docs" / "suites.md"
_BEGIN, _END = "<!-- results -->", "<!-- /results -->"


def record(result: Result) -> None:
    """Put a result in the place of the last one of its suite and interpreter."""
    rows = _latest([*rows_of(RESULTS), as_dict(result)])
    RESULTS.write_text("".join(json.dumps(row, sort_keys=True) + "\n" for row in rows))


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
        **result.subject._asdict(),
        **result.origin._asdict(),
        "runs": runs,
        "differences": differences,
        "problems": result.problems,
    }


def rows_of(path: Path) -> list[dict[str, Any]]:
    """All results on record, the last of each suite and interpreter: lines may be appended by hand."""
    return _latest([json.loads(line) for line in path.read_text().splitlines()] if path.exists() else [])


def _latest(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    last = {(row["suite"], row["python"]): row for row in rows}
    return [row for _, row in sorted(last.items())]


def write(wanted: Sequence[Subject]) -> None:
    """Renew the tables between the marks of the page; its words stay.

    Args:
        wanted: all there are; the page names those that are on no record.
    """
    page, rows = PAGE.read_text(), rows_of(RESULTS)
    before, _, rest = page.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    PAGE.write_text(f"{before}{_BEGIN}\n{tables(rows)}\n\n{absent(rows, wanted)}\n{_END}{after}")


def absent(rows: list[dict[str, Any]], wanted: Sequence[Subject]) -> str:
    """What was not run, not to its end, or otherwise than it would be now."""
    recorded = {(row["suite"], row["python"]): row for row in rows}
    left: dict[str, list[str]] = {}
    for subject in wanted:
        row = recorded.get((subject.suite, subject.python))
        if row is None:
            left.setdefault(subject.python, []).append(subject.suite)
        elif unlike := _otherwise(row, subject):
            left.setdefault(subject.python, []).append(f"{subject.suite} (on record: {'; '.join(unlike)})")
    if not left:
        return "Every suite is on record."
    lines = [f"- on {python}: {', '.join(suites)}" for python, suites in left.items()]
    return "\n".join(["Not on record yet:", "", *lines])


def _otherwise(row: dict[str, Any], subject: Subject) -> list[str]:
    """In what a row is not of this subject. Those from before the selection was noted name it with the version."""
    said = {"under": INSTRUMENT, "selection": subject.selection, **row}
    return [f"{name} {said[name]}" for name, value in subject._asdict().items() if said[name] != value]


def tables(rows: list[dict[str, Any]]) -> str:
    """Results, then every difference with what was found about it."""
    lines = [
        "| suite | CPython | armed by | tests | passed, failed, skipped | differ, c | differ, python | events, c |"
        " of a bridge | run on | at |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
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
    events = row["runs"].get("c", {}).get("seen", {}).get("events", 0)
    failed = plain.get("failed", 0) + plain.get("error", 0)
    cells = (
        f"{row['suite']} {row['version']}" if row["suite"] != row["version"] else row["suite"],
        row["python"],
        row.get("under", INSTRUMENT),
        f"{sum(plain.values()):,}",
        f"{plain.get('passed', 0):,}, {failed}, {plain.get('skipped', 0)}",
        *(_differ(row, core) for core in CORES),
        f"{events:,}",
        _verdict(row),
        row.get("date", ""),
        row.get("revision", ""),
    )
    return f"| {' | '.join(cells)} |"


def _differ(row: dict[str, Any], core: str) -> str:
    if core not in row["runs"]:
        return "not run"
    if not row["runs"][core]["totals"]:
        return "no result"
    return str(sum(found["core"] == core for found in row["differences"]))


def _verdict(row: dict[str, Any]) -> str:
    """How many differences are the bridge's: of what was not compared nobody knows."""
    if row["problems"]:
        return "; ".join(row["problems"])
    ours = sum(found["whose"] == "bridge" for found in row["differences"])
    silent = [core for core in CORES if core not in row["runs"] or not row["runs"][core]["totals"]]
    return str(ours) if ours or not silent else f"not compared: {', '.join(silent)}"


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
