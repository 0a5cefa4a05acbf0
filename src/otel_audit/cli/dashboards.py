"""`otel-audit dashboards`: the dashboards that come with the package, written out or checked against servers."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Any

from otel_audit.cli.dashboard_options import parser
from otel_audit.cli.table import cut, number
from otel_audit.dashboards.check import Check, Result, State, Window, now
from otel_audit.dashboards.endpoints import endpoint, header
from otel_audit.dashboards.files import export
from otel_audit.dashboards.panels import Dashboard, Panel, dashboards
from otel_audit.errors import AuditError
from otel_audit.visible import visible

_STATES: tuple[State, ...] = ("data", "quiet", "empty", "error", "not run")
_NEXT = {
    "dashboards": "Grafana: Dashboards > New > Import takes each file; data sources are chosen on the page",
    "provisioning": "Grafana: what belongs into its provisioning folder; set the addresses in datasources first",
    "rules": "Prometheus: prometheus.yaml into rule_files; Loki: loki.yaml into the folder of its ruler",
}


def main(arguments: Sequence[str]) -> int:
    """Run `export` or `check`; 2 when it could not."""
    options = parser().parse_args(arguments)
    try:
        return _export(options) if options.action == "export" else _check(options)
    except AuditError as error:
        print(f"otel-audit: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("otel-audit: stopped", file=sys.stderr)
        return 130


def _export(options: argparse.Namespace) -> int:
    folder = Path(options.folder)
    states = export(folder, force=options.force, runbooks=options.runbooks)
    for path, state in states.items():
        print(f"{state:<9}  {folder / path}")
    print()
    for name in dict.fromkeys(path.parts[0] for path in states):
        if name in _NEXT:
            print(f"{folder / name}  {_NEXT[name]}")
    print(f"Then: otel-audit dashboards check --prometheus URL ({_total(states)})")
    return 0


def _total(states: dict[PurePosixPath, str]) -> str:
    numbers = Counter(states.values())
    return ", ".join(f"{numbers[state]} {state}" for state in ("written", "replaced", "unchanged") if numbers[state])


def _check(options: argparse.Namespace) -> int:
    chosen = _named(options.dashboard)
    headers = dict(map(header, options.header))
    prometheus = endpoint("Prometheus", options.prometheus, headers, options.timeout)
    loki = endpoint("Loki", options.loki, headers, options.timeout) if options.loki else None
    window = Window(now(), options.range, options.scrape_interval)
    check = Check(prometheus, loki, window, options.service, options.trace_id)
    check.reach()
    progress = _Progress(sum(len(dashboard.panels) for dashboard in chosen))
    try:
        results = list(check.run(chosen, progress.tell))
    finally:
        progress.clear()
    if options.json:
        print(json.dumps(_as_json(results), indent=2))
    else:
        for line in _lines(results, options.queries):
            print(visible(line))
    return 1 if any(result.state in ("empty", "error") for result in results) else 0


def _named(names: Sequence[str]) -> tuple[Dashboard, ...]:
    there = {dashboard.name: dashboard for dashboard in dashboards()}
    for name in names:
        if name not in there:
            raise AuditError(f"--dashboard {name}: expected one of {', '.join(there)}")
    return tuple(there[name] for name in dict.fromkeys(names)) if names else tuple(there.values())


class _Progress:
    """One line on a terminal, written over; nothing elsewhere."""

    def __init__(self, total: int) -> None:
        self._total, self._at, self._shown = total, 0, sys.stderr.isatty()

    def tell(self, dashboard: Dashboard, panel: Panel) -> None:
        self._at += 1
        if self._shown:
            line = cut(f"{self._at}/{self._total}  {dashboard.title}: {panel.title}", 79)
            print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self._shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def _lines(results: Sequence[Result], queries: bool) -> Iterator[str]:
    for dashboard, members in groupby(results, key=lambda result: result.dashboard):
        panels = list(members)
        asked = [result for result in panels if result.state != "not run"]
        full = sum(result.state == "data" for result in asked)
        yield f"{dashboard.title}: {full} of {number(len(asked), 'panel')} with data" if asked else dashboard.title
        for result in panels:
            if result.state in ("empty", "error"):
                yield from _panel(result, queries)
        quiet = [result.panel.title for result in panels if result.state == "quiet"]
        if quiet:
            yield f"  quiet  {', '.join(quiet)}"
        yield from _not_run(panels)
        yield ""
    yield _verdict(results)


def _panel(result: Result, queries: bool) -> Iterator[str]:
    yield f"  {result.state:<5}  {result.panel.title}"
    for answer in result.answers:
        if answer.why:
            yield f"         {answer.query.ref}: {answer.why}"
        if queries and answer.state in ("empty", "error"):
            yield f"         {answer.query.ref}: {answer.sent}"
    if result.state == "empty":
        yield f"         {result.panel.hint or result.panel.description}"


def _not_run(panels: Sequence[Result]) -> Iterator[str]:
    """One line per reason."""
    reasons = Counter(result.answers[0].why for result in panels if result.state == "not run")
    for reason, count in reasons.items():
        yield f"  {number(count, 'panel')} not run: {reason}"


def _verdict(results: Sequence[Result]) -> str:
    numbers = Counter(result.state for result in results)
    said: dict[State, str] = {"data": "with data", "error": "with errors"}
    parts = ", ".join(f"{numbers[state]} {said.get(state, state)}" for state in _STATES if numbers[state])
    return f"{number(len(results), 'panel')}: {parts}."


def _as_json(results: Sequence[Result]) -> dict[str, Any]:
    numbers = Counter(result.state for result in results)
    return {
        "ok": not numbers["empty"] and not numbers["error"],
        "panels": {state.replace(" ", "_"): numbers[state] for state in _STATES},
        "results": [
            {
                "dashboard": result.dashboard.name,
                "uid": result.dashboard.uid,
                "row": result.panel.row,
                "panel": result.panel.title,
                "description": result.panel.description,
                "hint": result.panel.hint,
                "state": result.state.replace(" ", "_"),
                "queries": [
                    {
                        "ref": answer.query.ref,
                        "datasource": answer.query.datasource,
                        "query": answer.sent,
                        "state": answer.state.replace(" ", "_"),
                        "why": answer.why,
                    }
                    for answer in result.answers
                ],
            }
            for result in results
        ],
    }
