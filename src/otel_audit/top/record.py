"""One line of the JSON log stream, whoever wrote it: nothing is believed before it is looked at."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any, NamedTuple

from otel_audit import semconv
from otel_audit.processors import NOTICES
from otel_audit.top.text import short

MAX_LINE = 64 * 1024
"""Bytes of a line. A record's values are at most 3,072 bytes; baggage, names and JSON's escapes come on top."""
_MAX_COUNT = 2**53
"""Events one record may stand for: what every JSON reader can hold exactly."""
_LEVELS = {"debug": "debug", "info": "info", "warn": "warn", "warning": "warn", "error": "error", "critical": "error"}
_HEX = frozenset("0123456789abcdef")


class Record(NamedTuple):
    """What the view needs of a line.

    Args:
        time_ns: Unix time of the event; 0 when the line tells none.
        level: `debug`, `info`, `warn` or `error`.
        name: the event as CPython spells it.
        group: its group.
        message: the line a person reads.
        trace_id: 32 hexadecimal digits; empty outside traces.
        events: how many events the record stands for.
        sampler: the rule under which it was kept; empty when every event is.
        notice: whether it is the bridge's own word, about a rate limit or that it was paused: counted nowhere.
        line: what was read, to be read again for details; so memory is bounded by bytes, whatever JSON unfolds to.
    """

    time_ns: int
    level: str
    name: str
    group: str
    message: str
    trace_id: str
    events: int
    sampler: str
    notice: bool
    line: bytes

    @property
    def fields(self) -> Mapping[str, Any]:
        """All keys of the line."""
        found = fields_of(self.line)
        return {} if found is None else found


def fields_of(line: bytes) -> dict[str, Any] | None:
    """The object on a line; None when it holds anything else."""
    if len(line) > MAX_LINE:
        return None
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def read(line: bytes) -> tuple[Record, Mapping[str, Any]] | None:
    """A record and its keys; None when the line is no record of otel-audit."""
    fields = fields_of(line)
    if fields is None:
        return None
    name = fields.get(semconv.AUDIT_EVENT)
    if not isinstance(name, str) or not name:
        return None
    event, level = fields.get("event"), _text(fields, "level")
    record = Record(
        time_ns=_time(fields.get("timestamp")),
        level=_LEVELS.get(level.lower(), "info"),
        name=short(name, 128),
        group=_text(fields, semconv.AUDIT_GROUP) or "-",
        message=_text(fields, "message") or short(name),
        trace_id=_trace(fields.get("trace_id")),
        events=_count(fields.get(semconv.AUDIT_COUNT)),
        sampler=_text(fields, semconv.AUDIT_SAMPLER),
        notice=isinstance(event, str) and event in NOTICES,
        line=line,
    )
    return record, fields


def _text(fields: Mapping[str, Any], key: str) -> str:
    value = fields.get(key)
    return short(value) if isinstance(value, str) else ""


def _trace(value: object) -> str:
    return value if isinstance(value, str) and len(value) == 32 and _HEX.issuperset(value) else ""


def _count(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _MAX_COUNT else 1


def _time(value: object) -> int:
    """Nanoseconds since 1970 of RFC 3339 in UTC; 0 when it is not that."""
    if not isinstance(value, str) or not 20 <= len(value) <= 30 or value[-1] != "Z":
        return 0
    try:
        seconds = datetime.fromisoformat(value[:19]).replace(tzinfo=timezone.utc).timestamp()
    except (ValueError, OverflowError):
        return 0
    fraction = value[20:-1]
    if seconds < 0 or (fraction and not (fraction.isascii() and fraction.isdigit())):
        return 0
    return int(seconds) * 1_000_000_000 + int(fraction.ljust(9, "0") or 0)
