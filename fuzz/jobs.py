"""The workers of a run: what each is started with, and how much it does."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CRASHES = ROOT / "fuzz" / "crashes"
WORK = ROOT / "build" / "fuzz"
HARNESS = WORK / "capture"

LIFE = 250_000
"""Records of one process that plays calls on both cores."""
STAGES = ("capture", "calls", "records", "values")
SHARES = {"capture": 0.02, "calls": 0.98, "records": 0.03, "values": 0.002}
"""Of the records asked for. Those of the first two went from the hook to the attributes and make the whole; the others
never saw a hook and come on top."""
TIMES = {"capture": 0.35, "calls": 0.4, "records": 0.15, "values": 0.1}
"""Of the time, where time is the limit."""


@dataclass
class Job:
    """One process.

    Args:
        stage: of `STAGES`.
        number: among those of its stage.
        seed: of everything it does.
        command: how it is started.
        records: described by then, it is done.
        seconds: it is stopped then.
        variables: on top of the environment.
    """

    stage: str
    number: int
    seed: int
    command: list[str]
    records: int
    seconds: float
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Of its files."""
        return f"{self.stage}-{self.number}"

    def environment(self) -> dict[str, str]:
        """What it runs in."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("OTEL_", "PYTHON"))}
        return {
            **kept,
            "PYTHONPATH": str(ROOT),
            "PYTHONFAULTHANDLER": "1",
            "FUZZ_TALLY": str(WORK / f"{self.name}.tally"),
            "FUZZ_RECORDS": str(self.records),
            **self.variables,
        }


def _libfuzzer(target: str, seed: int, length: int) -> list[str]:
    """libFuzzer's arguments: what it finds goes to the working corpus, the kept one is read."""
    found = WORK / "corpus" / target
    found.mkdir(parents=True, exist_ok=True)
    return [
        f"-seed={seed + 1}", f"-max_len={length}", "-len_control=0", "-timeout=60", "-rss_limit_mb=1024",
        f"-artifact_prefix={CRASHES}/{target}-", "-print_final_stats=1", str(found),
        str(ROOT / "fuzz" / "corpus" / target),
    ]  # fmt: skip


def _capture(seed: int) -> tuple[list[str], dict[str, str]]:
    # Python's own allocator would hide a read past an object's end.
    return [str(HARNESS), *_libfuzzer("calls", seed, 4096)], {"FUZZ_PYTHON": sys.executable, "PYTHONMALLOC": "malloc"}


def _calls(seed: int) -> tuple[list[str], dict[str, str]]:
    return [sys.executable, "-m", "fuzz.volume", "calls", "--seed", str(seed)], {}


def _records(seed: int) -> tuple[list[str], dict[str, str]]:
    if find_spec("atheris") is None:
        return [sys.executable, "-m", "fuzz.volume", "records", "--seed", str(seed)], {}
    return [sys.executable, "-m", "fuzz.instrumented", *_libfuzzer("records", seed, 3000)], {}


def _values(seed: int) -> tuple[list[str], dict[str, str]]:
    return [sys.executable, "-m", "fuzz.properties", "--seed", str(seed)], {}


_COMMANDS = {"capture": _capture, "calls": _calls, "records": _records, "values": _values}


def plan(stages: tuple[str, ...], records: int, seconds: float, seed: int, width: int) -> list[Job]:
    """The jobs of a run, in order.

    Args:
        stages: which.
        records: from the hook to the attributes, over all of them.
        seconds: of the whole run; 0 for as long as it takes.
        seed: of the first job.
        width: processes at a time.
    """
    jobs: list[Job] = []
    share = seconds / sum(TIMES[stage] for stage in stages)
    for stage in stages:
        total = max(1, int(records * SHARES[stage]))
        number = max(width, -(-total // LIFE)) if stage == "calls" and not seconds else width
        each = -(-total // number)
        for index in range(number):
            own = seed * 10_007 + len(jobs)
            command, variables = _COMMANDS[stage](own)
            jobs.append(Job(stage, index, own, command, each, share * TIMES[stage], variables))
    return jobs
