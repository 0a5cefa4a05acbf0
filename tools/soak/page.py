"""The result as a table, for the terminal and for docs/soak.md."""

from __future__ import annotations

import datetime
import os
import platform
import re
from importlib.metadata import version
from pathlib import Path

from tools.soak.course import Result
from tools.soak.judge import BOUNDS

PACKAGES = ("otel-audit", "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http", "structlog")


def table(result: Result) -> str:
    """For the terminal."""
    width = max(len(finding.what) for finding in result.findings)
    lines = [f"{'ok ' if each.right else 'BAD'}  {each.what:{width}}  {each.said}" for each in result.findings]
    return "\n".join((*lines, "", f"soak: {'passed' if result.right else 'FAILED'}"))


def section(result: Result) -> str:
    """For the page."""
    options, health = result.options, result.end["health"]
    offered = sum(result.end["offered"].values())
    installed = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    lost = [f"{name}: {said}" for name, account in health["destinations"].items() if (said := _accounted(account))]
    return "\n".join(
        (
            f"{result.seconds / 60:.1f} minutes on {datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d}, "
            f"CPython {platform.python_version()}, {platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
            f"seed {options.seed}; {installed}.",
            "",
            f"**{'Passed' if result.right else 'Failed'}.** {offered:,} events offered "
            f"({offered / result.seconds:,.0f} a second), {result.end['forked']} forks, "
            f"{len(result.troubles)} outages of the collector ({_outages(result)}), "
            f"{len(result.samples)} quiet moments.",
            "",
            "| what | found | |",
            "|---|---|---|",
            *(f"| {each.what} | {each.said} | {'ok' if each.right else '**wrong**'} |" for each in result.findings),
            "",
            "What became of them, by the bridge's own account (the sums are among the checks above):",
            "",
            f"- in the hook: {_listed(health['outcomes'])}",
            *(f"- {line}" for line in lost),
            "",
            "Quiet moments with the collector well, one in ten or so:",
            "",
            *_moments(result),
        )
    )


def _outages(result: Result) -> str:
    return ", ".join(f"{result.troubles.count(way)} x {way}" for way in sorted(set(result.troubles))) or "none"


def _listed(numbers: dict[str, int]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in numbers.items() if number)


def _accounted(account: dict[str, int]) -> str:
    return _listed(account)


def _moments(result: Result) -> list[str]:
    settled = [sample for sample in result.samples if sample["settled"]]
    shown = settled[:: max(1, len(settled) // 10)]
    names = [title for _, title in BOUNDS.values()]
    rows = [
        f"| {sample['at_s']:.0f} | " + " | ".join(f"{sample[name]:,.0f}" for name in BOUNDS) + " |" for sample in shown
    ]
    return [f"| s | {' | '.join(names)} |", "|---|" + "---|" * len(names), *rows]


def write(page: Path, result: Result) -> None:
    """Replace this core's block of the page.

    Raises:
        SystemExit: the page has no such block.
    """
    name = re.escape(result.options.core)
    pattern = re.compile(rf"(<!-- soak: {name} -->\n).*?(<!-- /soak -->)", re.DOTALL)
    text, number = pattern.subn(
        lambda match: f"{match[1]}{section(result)}\n{match[2]}", page.read_text(encoding="utf-8")
    )
    if number != 1:
        raise SystemExit(f"{page}: expected one block <!-- soak: {result.options.core} --> ... <!-- /soak -->")
    page.write_text(text, encoding="utf-8")
