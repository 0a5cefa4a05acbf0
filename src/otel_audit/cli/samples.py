"""One record of each event, made by `python -m tools.fire --write` from real firings: samples.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from otel_audit import semconv
from otel_audit.processors import INTERPRETER, RESERVED

COMMON = RESERVED | {
    semconv.AUDIT_EVENT,
    semconv.AUDIT_GROUP,
    semconv.AUDIT_SAMPLER,
    semconv.AUDIT_COUNT,
    semconv.THREAD_ID,
    semconv.THREAD_NAME,
    semconv.PROCESS_PID,
    INTERPRETER,
}
"""Keys that any line may have, whatever the event."""


def attributes(record: Mapping[str, Any]) -> dict[str, Any]:
    """What of a line the event's arguments became."""
    return {key: value for key, value in record.items() if key not in COMMON}


class Sample(NamedTuple):
    """A line of the log stream.

    Args:
        python: version of CPython that made it.
        synthetic: by sys.audit() with documented arguments, as that platform or version does not raise the event.
        record: the line.
    """

    python: str
    synthetic: bool
    record: Mapping[str, Any]

    @property
    def origin(self) -> str:
        """Where it comes from, in words."""
        if self.synthetic:
            return f"fed to CPython {self.python} as documented"
        return f"recorded on CPython {self.python}"


@lru_cache(maxsize=1)
def samples() -> Mapping[str, Sample]:
    """All of them, by event."""
    text = Path(__file__).with_suffix(".json").read_text(encoding="utf-8")
    return {name: Sample(**sample) for name, sample in json.loads(text).items()}
