"""Who paused, resumed or closed the bridge: told to the sinks while it is paused, too, and counted.

Any code of the process may call `pause`; that it did is not to be overlooked. No lock here: a signal handler may pause
while the drain tells, and under gevent a lock is not what it seems. Of two that race, one may go uncounted.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from otel_audit import sdk, semconv
from otel_audit.limits import notice_record
from otel_audit.model import Described
from otel_audit.processors import CLOSED_NOTICE, EVENT_PREFIX, PAUSED_NOTICE, RESUMED_NOTICE, trace_fields
from otel_audit.visible import visible

WAITING_MAX = 32
"""Notices told in one turn of the drain. A loop of pauses is counted; it does not fill the logs."""

_NOTICES = {"paused": PAUSED_NOTICE, "armed": RESUMED_NOTICE, "closed": CLOSED_NOTICE}
_WORDS = {"paused": "paused", "armed": "resumed", "closed": "closed"}
_OURS = ("otel_audit", "opentelemetry.instrumentation")
"""Modules that only pass the call on."""


class Changes:
    """Notes in the thread that made the change, tells in the drain's.

    Args:
        redact: what attributes pass through before a sink sees them.
    """

    def __init__(self, redact: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        self._redact = redact
        self.after_fork_child()

    def after_fork_child(self) -> None:
        """What waits is the parent's to tell; the counts begin anew."""
        self._waiting: deque[tuple[Described, str]] = deque()
        self._counts: dict[str, int] = {}
        self._left_out = 0

    def note(self, state: str) -> None:
        """Remember a change, and who asked for it.

        Args:
            state: the bridge's new state, `paused`, `armed` or `closed`.
        """
        self._counts[_WORDS[state]] = self._counts.get(_WORDS[state], 0) + 1
        if len(self._waiting) >= WAITING_MAX:
            self._left_out += 1
            return
        attributes, trace = _asked_by()
        self._waiting.append((_described(state, attributes, trace), state))

    def counts(self) -> Mapping[str, int]:
        """Changes since the start or the fork, by what was done: `paused`, `resumed`, `closed`."""
        return self._counts.copy()

    def turn(self) -> Iterator[Described]:
        """One notice per change since the last turn; the last one says how many there was no room for."""
        for left in range(len(self._waiting), 0, -1):
            described, state = self._waiting.popleft()
            more = 0
            if left == 1:
                more, self._left_out = self._left_out, 0
            yield self._told(described, state, more)

    def _told(self, described: Described, state: str, more: int) -> Described:
        record, fields = described
        fields = {**fields, **self._redact({key: fields[key] for key in fields if key.startswith("code.")})}
        where = fields.get(semconv.CODE_FILE_PATH)
        by = "" if where is None else f" by {fields[semconv.CODE_FUNCTION_NAME]} ({where}:{record.values[0]})"
        fields["message"] = visible(f"the bridge was {_WORDS[state]}{by}")
        if more:
            fields["message"] += f"; {more} further changes are counted only"
            fields["python.audit.bridge.left_out"] = more
        return Described(record, fields)


def _described(state: str, attributes: dict[str, Any], trace: tuple[int, int, int]) -> Described:
    thread = threading.current_thread()
    record = notice_record()._replace(
        trace_id=trace[0],
        span_id=trace[1],
        trace_flags=trace[2],
        thread_id=thread.ident or 0,
        thread_name=thread.name,
        values=(attributes.get(semconv.CODE_LINE_NUMBER, 0),),
    )
    fields: dict[str, Any] = {
        "event": _NOTICES[state],
        "level": "info" if state == "armed" else "warn",
        semconv.AUDIT_EVENT: _NOTICES[state].removeprefix(EVENT_PREFIX),
        "python.audit.bridge.state": state,
        **attributes,
        semconv.THREAD_ID: record.thread_id,
        semconv.THREAD_NAME: record.thread_name,
    }
    if record.trace_id:
        fields.update(trace_fields(*trace))
    return Described(record, fields)


def _asked_by() -> tuple[dict[str, Any], tuple[int, int, int]]:
    """Where in the code, and in which trace, without raising events of our own."""
    from opentelemetry import trace

    context = trace.get_current_span().get_span_context()
    place = (context.trace_id, context.span_id, int(context.trace_flags)) if context.is_valid else (0, 0, 0)
    detach = sdk.suppressed()
    try:
        frame = sys._getframe(2)
        while frame is not None and _is_ours(frame.f_globals.get("__name__")):
            frame = frame.f_back  # type: ignore[assignment]
        if frame is None:
            return {}, place
        code = frame.f_code
        return {
            semconv.CODE_FILE_PATH: code.co_filename,
            semconv.CODE_FUNCTION_NAME: getattr(code, "co_qualname", code.co_name),  # co_qualname: 3.11
            semconv.CODE_LINE_NUMBER: frame.f_lineno,
        }, place
    finally:
        detach()


def _is_ours(module: object) -> bool:
    return isinstance(module, str) and any(module == own or module.startswith(f"{own}.") for own in _OURS)
