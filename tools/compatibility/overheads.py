"""What the bridge costs each server, as tools/compatibility/overhead.jsonl keeps it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, NamedTuple

from benchmarks.children import quartiles
from tools.compatibility.run import Run

RECORD: Final = Path(__file__).with_name("overhead.jsonl")
WITHOUT: Final = "without"
CORES: Final = ("c", "python")
VARIANTS: Final = (WITHOUT, *CORES)


class Overhead(NamedTuple):
    """What was measured of one mode of a server.

    Args:
        subject, mode: as in the table.
        requests: of each round.
        us: CPU per request in microseconds, one for each round, by variant; the same place is the same round.
        run: when, and with what.
    """

    subject: str
    mode: str
    requests: int
    us: dict[str, list[float]]
    run: Run

    def ratio(self, core: str) -> tuple[float, float, float]:
        """CPU with the bridge over that without it: median, first and third quartile over rounds."""
        return quartiles([ours / without for ours, without in zip(self.us[core], self.us[WITHOUT])])

    def text(self) -> str:
        """Ratios of both cores, for the table."""
        ratios = (self.ratio(core) for core in CORES)
        return " / ".join(f"{median:.2f} ({low:.2f}-{high:.2f})" for median, low, high in ratios)


def read(path: Path = RECORD) -> list[Overhead]:
    """All that is on record, by subject and mode."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [Overhead(**{**found, "run": Run(**found["run"])}) for found in map(json.loads, lines)]


def keep(new: Overhead, path: Path = RECORD) -> None:
    """Put it in the place of the last one of its mode."""
    kept = [old for old in read(path) if (old.subject, old.mode) != (new.subject, new.mode)]
    ordered = sorted([*kept, new], key=lambda one: (one.subject.lower(), one.mode))
    lines = (json.dumps({**one._asdict(), "run": one.run._asdict()}) + "\n" for one in ordered)
    path.write_text("".join(lines), encoding="utf-8")
