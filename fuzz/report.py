"""What a run says: one line while it goes on, a table at its end, and how a failure is played again."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from pathlib import Path

from fuzz.jobs import HARNESS, ROOT, STAGES, WORK, Job
from fuzz.tally import Tally
from fuzz.volume import Inputs, save

_COLUMNS = ("inputs", "raised", "kept", "taken", "twins", "decoded", "refused", "described")
_WHOLE = ("capture", "calls")
"""Stages whose records went from the hook to the attributes."""


def _whole(jobs: Sequence[tuple[Job, Tally]]) -> int:
    return sum(tally["described"] for job, tally in jobs if job.stage in _WHOLE)


def progress(jobs: Sequence[tuple[Job, Tally]], seconds: float) -> str:
    """One line."""
    whole = _whole(jobs)
    memory = max((tally["rss_kib"] for _, tally in jobs), default=0) // 1024
    last = jobs[-1][0].name if jobs else "nothing"
    return (
        f"fuzz: {seconds:5.0f} s  {whole:>11,} records from the hook to the attributes  "
        f"{whole / max(seconds, 1.0):,.0f}/s  {memory} MiB at most  at {last}"
    )


def _row(stage: str, runs: Sequence[tuple[Job, Tally, float]]) -> str:
    mine = [(tally, seconds) for job, tally, seconds in runs if job.stage == stage]
    total = {name: sum(tally[name] for tally, _ in mine) for name in _COLUMNS}
    spent = sum(seconds for _, seconds in mine) or 1.0
    slowest = max(tally["slowest_us"] for tally, _ in mine) / 1000
    first, last, most, grown = _memory([tally for tally, _ in mine])
    numbers = " ".join(f"{total[name]:>11,}" for name in _COLUMNS)
    rate = f"{total['described'] / spent:>8,.0f}"
    return f"{stage:<8} {len(mine):>5} {numbers} {rate} {slowest:>8.1f} {first:>6} {last:>6} {most:>6} {grown:>6}"


def _memory(tallies: Sequence[Tally]) -> tuple[int, int, int, int]:
    """MiB after the warm-up, at the end, at most, and the most that one process grew by in between."""
    warm = [tally for tally in tallies if tally["rss_first_kib"]]
    grown = max((tally["rss_kib"] - tally["rss_first_kib"] for tally in warm), default=0)
    first = max((tally["rss_first_kib"] for tally in warm), default=0)
    last = max(tally["rss_kib"] for tally in tallies)
    most = max(tally["rss_most_kib"] for tally in tallies)
    return first // 1024, last // 1024, most // 1024, -(-grown // 1024)


def _corpus(folder: Path) -> str:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return f"{len(files)} files, {sum(path.stat().st_size for path in files) / 1024:,.0f} KiB"


def summary(runs: Sequence[tuple[Job, Tally, float]], seconds: float, seed: int) -> str:
    """The table."""
    head = " ".join(f"{name:>11}" for name in _COLUMNS)
    lines = [
        "",
        f"{'stage':<8} {'procs':>5} {head} {'per s':>8} {'slow ms':>8} {'MiB':>6} {'end':>6} {'most':>6} {'grown':>6}",
        *(_row(stage, runs) for stage in STAGES if any(job.stage == stage for job, _, _ in runs)),
        "",
        f"{_whole([(job, tally) for job, tally, _ in runs]):,} records went from the hook through decode, describe, "
        f"redact and body; {sum(tally['decoded'] for _, tally, _ in runs):,} were decoded in all.",
        f"{seconds:,.0f} s, seed {seed}, CPython {platform.python_version()}, {platform.machine()}, "
        f"corpus {_corpus(ROOT / 'fuzz' / 'corpus')}; found in this and earlier runs: {_corpus(WORK / 'corpus')}.",
        "per s: described records of one process. slow: the slowest record's processor time, describe to body.",
        "MiB: resident after the warm-up, at the end, at most, and the most that one process grew by in between.",
    ]
    return "\n".join(lines)


def again(job: Job, tally: Tally, found: Sequence[Path]) -> list[str]:
    """Commands that play a failure again; a worker that was killed or hung left no file, so its input is made here."""
    target = "calls" if job.stage in _WHOLE else "records"
    if not found and job.command[1:3] == ["-m", "fuzz.volume"]:
        number = tally["inputs"]
        found = [save(target, job.seed, number, Inputs(target, job.seed)[number])]
    lines = [f"fuzz: seed {job.seed}; what it did: FUZZ_RECORDS={job.records} {' '.join(job.command)}"]
    for path in found:
        part = " --core c --part" if job.stage == "capture" else ""
        lines.append(f"fuzz: again: python -m fuzz.replay {target} {path}{part}")
        if job.stage == "capture":
            lines.append(
                f"fuzz: again: FUZZ_PYTHON=$(command -v python) PYTHONMALLOC=malloc PYTHONPATH=. {HARNESS} {path}"
            )
    return lines
