"""Sends every argument of the table through every kind, and tells what came out."""

from __future__ import annotations

import sys
from typing import Any

from otel_audit.model import Kind
from tests.capture.programs import hostile
from tests.capture.programs.driver import counts, records, report, row, start
from tests.capture.table import ROWS

NAMES = [f"app.{kind.name.lower()}" for kind in Kind]


def table(core: Any) -> list[list[Any]]:
    found = []
    for at, (kind, argument, _) in enumerate(ROWS):
        sys.audit(NAMES[kind], argument)
        (record,) = records(core)
        found.append([at, repr(record.values)])
    return found


def untouched(core: Any) -> dict[str, Any]:
    arguments = hostile.arguments()
    everything = [*arguments, *([each] for each in arguments), *((each, each) for each in arguments)]
    before = [sys.getrefcount(each) for each in everything]
    seen_before = sum(each.seen for each in counts(core).values())
    hostile.listen(True)
    for name in NAMES:
        for each in everything:
            sys.audit(name, each)
    sys.audit("app.eight", *arguments[:8])
    hostile.listen(False)
    del each
    kept = [sys.getrefcount(each) for each in everything] == before
    represented = sum(record.count for record in records(core))
    seen = sum(each.seen for each in counts(core).values()) - seen_before
    return {
        "calls": hostile.CALLS,
        "kept": kept,
        "sent": len(NAMES) * len(everything) + 1,
        "kept_or_merged": represented,
        "lost": seen - represented,
    }


def main() -> None:
    events = [row(name, kind) for name, kind in zip(NAMES, Kind)]
    core = start(sys.argv[1], *events, row("app.eight"), ring_size=1 << 22)
    report({"table": table(core), "untouched": untouched(core)})


if __name__ == "__main__":
    main()
