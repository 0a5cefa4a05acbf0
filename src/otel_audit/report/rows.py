"""Single records: the first and the last of a run, as lines of JSON."""

from __future__ import annotations

import json
import math
from collections import deque
from typing import Any

from otel_audit import semconv
from otel_audit.model import Described
from otel_audit.processors import RESERVED
from otel_audit.visible import visible

MAX_RECORDS = 20_000
"""Half of them the first, half the last: how it began, and how it ended. What is between is counted, not kept."""
MAX_BYTES = 16 << 20
"""Of their JSON, in equal halves: records have at most some 4 kB each, most have 400 bytes."""
_SAFE_INTEGER = (1 << 53) - 1  # past it a browser's numbers lie
_FIRST = (semconv.AUDIT_EVENT, semconv.AUDIT_GROUP, "level", "message")
_ELSEWHERE = frozenset((semconv.AUDIT_EVENT, semconv.AUDIT_GROUP, semconv.THREAD_ID, semconv.THREAD_NAME, *RESERVED))
"""What the row says in a place of its own."""


class Rows:
    """Records that the page shows one by one."""

    def __init__(self, start_ns: int) -> None:
        self._start_ns = start_ns
        self._first: list[str] = []
        self._last: deque[str] = deque()
        self._first_bytes = self._last_bytes = 0
        self._full = False
        self.left_out = 0
        """Records that came between the first and the last."""

    def add(self, described: Described) -> None:
        """Keep one record, and forget another where there are too many."""
        row = line(described, self._start_ns)
        if not self._full and len(self._first) < MAX_RECORDS // 2 and self._first_bytes + len(row) <= MAX_BYTES // 2:
            self._first.append(row)
            self._first_bytes += len(row)
            return
        self._full = True
        self._last.append(row)
        self._last_bytes += len(row)
        while len(self._last) > MAX_RECORDS // 2 or self._last_bytes > MAX_BYTES // 2:
            self._last_bytes -= len(self._last.popleft())
            self.left_out += 1

    def kept(self) -> list[str]:
        """In order of arrival; each a JSON array as `line` makes it."""
        return [*self._first, *self._last]

    @property
    def gap(self) -> int:
        """Behind how many rows those that were left out would stand."""
        return len(self._first)


def line(described: Described, start_ns: int) -> str:
    """`[nanoseconds since the start, event, group, level, message, trace id, span id, thread, count, attributes]`."""
    record, fields = described
    return json.dumps(
        [
            record.time_ns - start_ns,
            *(visible(str(fields.get(key, ""))) for key in _FIRST),
            f"{record.trace_id:032x}" if record.trace_id else "",
            f"{record.span_id:016x}" if record.span_id else "",
            visible(f"{fields.get(semconv.THREAD_NAME, '')} {fields.get(semconv.THREAD_ID, '')}".strip()),
            record.count,
            {visible(str(key)): plain(value) for key, value in fields.items() if key not in _ELSEWHERE},
        ],
        ensure_ascii=False,
        separators=(",", ":"),
        allow_nan=False,
    )


def plain(value: Any) -> Any:
    """What JSON and a browser can hold: a user's processor may have put anything there."""
    if isinstance(value, str):
        return visible(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _SAFE_INTEGER else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return visible(str(value))
