"""Works while the clock is set: frozen.py freezegun|time-machine; it says what time it saw."""

from __future__ import annotations

import datetime
import json
import sys

import otel_audit
from tests_compat.tools.programs import work

THEN = "1980-03-25 16:00:00"


def traveller(tool: str) -> object:
    if tool == "freezegun":
        import freezegun

        return freezegun.freeze_time(THEN)
    import time_machine

    return time_machine.travel(THEN)


def main(tool: str) -> None:
    with traveller(tool):  # type: ignore[attr-defined]
        work.raised(0, work.EVENTS // 2)
        first = datetime.datetime.now(datetime.timezone.utc).isoformat()
        flushed = otel_audit.flush(30.0)
    work.raised(work.EVENTS // 2, work.EVENTS)
    print(json.dumps({"first": first, "flushed": flushed}))


if __name__ == "__main__":
    main(*sys.argv[1:])
