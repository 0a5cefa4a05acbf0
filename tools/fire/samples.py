"""One record of each event for the command line and the pages: src/otel_audit/cli/samples.json.

A fixed version gives the sample, or the highest that fires the event where that one does not: it does not matter in
which order versions are run.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from otel_audit.events import CATALOGUE
from tools.fire.result import VERSION, Firing

FILE = Path(__file__).parents[2] / "src" / "otel_audit" / "cli" / "samples.json"
REFERENCE = "3.13"
Sample = dict[str, Any]
"""`python`: the version that made it; `synthetic`: whether sys.audit() did; `record`: the line."""


def load() -> dict[str, Sample]:
    """All samples, by event."""
    samples: dict[str, Sample] = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    return samples


def of(firing: Firing) -> Sample:
    """The sample this firing gives."""
    return {"python": VERSION, "synthetic": firing.how != "fired", "record": firing.lines[0]}


def write(firings: Iterable[Firing]) -> None:
    """Bring the file up to date with what was seen on this version."""
    samples = load()
    for firing in firings:
        if firing.core == "c" and firing.lines and not firing.problems:
            mine = of(firing)
            if firing.event not in samples or rank(mine) >= rank(samples[firing.event]):
                samples[firing.event] = mine
    kept = {name: samples[name] for name in sorted(samples) if name in CATALOGUE}
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(kept[name], ensure_ascii=False)}" for name in kept)
    FILE.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


def rank(sample: Sample) -> tuple[bool, bool, int]:
    """Real before synthetic, then the reference's, then the newer."""
    return not sample["synthetic"], sample["python"] == REFERENCE, int(sample["python"].partition(".")[2])
