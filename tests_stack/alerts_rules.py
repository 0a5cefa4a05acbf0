"""The shipped rules at another pace, and a week of history for them.

Minutes become seconds and hours minutes, in windows, offsets, `for` and intervals: `[10m]` is `[10s]`, `offset 1h` is
`offset 1m`. Days stay days, and the history they look at is real: blocks that promtool makes. Nothing else is changed;
the rules as they are shipped are run by promtool's unit tests.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from tools.backends import debian
from tools.rules.behaviour import RAISED_BY, RATE

RULES = Path(__file__).parents[1] / "grafana" / "files" / "rules" / "prometheus.yaml"
DAY_S, STEP_S = 86_400, 300
_UNITS = {"m": "s", "h": "m"}


def quick(folder: Path) -> Path:
    """The rules of `RULES`, sixty times faster, as a file in a folder."""
    rules = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    for group in rules["groups"]:
        group["interval"] = _shorter(group["interval"])
        for rule in group["rules"]:
            rule["expr"] = re.sub(
                r"(\[|:|offset )(\d+[mh])\b", lambda found: found[1] + _shorter(found[2]), rule["expr"]
            )
            if "for" in rule:
                rule["for"] = _shorter(rule["for"])
    file = folder / "rules.yaml"
    file.write_text(yaml.safe_dump(rules), encoding="utf-8")
    return file


def _shorter(duration: str) -> str:
    return duration[:-1] + _UNITS[duration[-1]]


def alert_names() -> set[str]:
    """Every alert that is shipped for Prometheus."""
    rules: dict[str, Any] = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    return {rule["alert"] for group in rules["groups"] for rule in group["rules"] if "alert" in rule}


def past(folder: Path, now: float, jobs: Mapping[str, float]) -> Path:
    """Prometheus blocks with what the recording rules recorded in the eight days until an hour ago.

    Args:
        folder: for the blocks and what they are made from.
        now: Unix time in seconds.
        jobs: services that raised the event `alerts.work`, and how often a second.
    """
    text, blocks = folder / "past.txt", folder / "blocks"
    text.write_text("\n".join([*_lines(int(now), jobs), "# EOF", ""]), encoding="utf-8")
    command: list[str | Path] = [debian.program("promtool"), "tsdb", "create-blocks-from", "openmetrics", text, blocks]
    subprocess.run(command, check=True, capture_output=True)
    return blocks


def _lines(now: int, jobs: Mapping[str, float]) -> Iterator[str]:
    group = 'python_audit_group="custom"'
    for job, rate in jobs.items():
        for time in range(now - 8 * DAY_S, now - 3600, STEP_S):
            yield f'{RATE.name}{{job="{job}",{group}}} {rate} {time}'
            yield f'{RAISED_BY.name}{{job="{job}",python_audit_event="alerts.work",{group}}} 1 {time}'
