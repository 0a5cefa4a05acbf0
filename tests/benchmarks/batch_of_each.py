"""Prints what a batch of each subject of a core did to its counters: batch_of_each.py CORE."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from typing import Any

from benchmarks.raising import PATHS, placed, raiser
from benchmarks.subjects import SUBJECTS
from benchmarks.subjects.subject import EVENT
from otel_audit import capture
from otel_audit.model import Counts

PLACES = {"ring": "ring_kept", "span": "span_kept", "ring full": "ring_queue_full", "span full": "span_over"}


def counts(row: str) -> dict[str, Any]:
    """Of the event, and where the kept ones went."""
    subject = SUBJECTS[row]
    batch, timed = subject.prepare(""), raiser(subject)
    core, _ = capture.choose(row.partition(":")[0])

    def read() -> list[Counter[str]]:
        ours = [found for id_, found in core.counters() if core.event_name(id_).startswith(EVENT)]
        counted = Counter(dict(zip(Counts._fields, map(sum, zip(*ours)))))
        return [counted, Counter(core.stats())]

    def one() -> dict[str, Any]:
        with batch():
            before = read()
            timed(PATHS)
            counted, stats = (now - then for now, then in zip(read(), before))
        places = {name: stats[key] for name, key in PLACES.items()}
        return {"counts": [counted[name] for name in Counts._fields], **places}

    return placed(subject, one)


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
