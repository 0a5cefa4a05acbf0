"""Prints what a batch of each subject of a core did to its counters: batch_of_each.py CORE."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from benchmarks.raising import PATHS, placed, raiser
from benchmarks.subjects import SUBJECTS
from benchmarks.subjects.subject import EVENT
from otel_audit import capture


def counts(row: str) -> dict[str, Any]:
    """Of the event, and where the kept ones went."""
    subject = SUBJECTS[row]
    batch, timed = subject.prepare(""), raiser(subject)

    def one() -> None:
        with batch():
            timed(PATHS)

    placed(subject, one)
    core, _ = capture.choose(row.partition(":")[0])
    ours = [found for id_, found in core.counters() if core.event_name(id_).startswith(EVENT)]
    stats = core.stats()
    return {"counts": [sum(column) for column in zip(*ours)], "ring": stats["ring_kept"], "span": stats["span_kept"]}


def main() -> None:
    """A process each: a hook cannot be removed."""
    for row in SUBJECTS:
        if not row.startswith(f"{sys.argv[1]}:"):
            continue
        pid = os.fork()
        if pid == 0:
            print(json.dumps([row, counts(row)]), flush=True)
            os._exit(0)
        assert os.waitpid(pid, 0)[1] == 0, row


main()
