"""Records as structured log lines, through structlog and never through the standard library's logging."""

from __future__ import annotations

import io
import os
import select
import sys
from datetime import datetime, timezone
from inspect import signature
from pathlib import PurePath
from typing import Any

from otel_audit.configuration import log_file
from otel_audit.destination import Account
from otel_audit.model import Described
from otel_audit.processors import NOTICES
from otel_audit.semconv import CODE_FILE_PATH, PROCESS_PID
from otel_audit.visible import visible, visible_json

_LINE_KEYS = ("timestamp", "level", "event", "message", "trace_id", "span_id", "trace_flags")


class StreamSink:
    """Writes lines to standard error, standard output or a file.

    A descriptor of its own, so that neither the application's buffering nor its locks are shared. A stream that blocks
    stops the drain thread, not the application: the ring fills, and what is lost is counted there.

    Args:
        target: `stderr`, `stdout` or a path, opened for appending.
        format: `json`, `console`, or `auto`: console on a terminal.
        color: whether a console may be coloured.
    """

    name = "stream"

    def __init__(self, target: str, format: str, *, color: bool = True) -> None:
        self.account = Account(self.name)
        self._file = _open(target)
        terminal = self._file.isatty()
        console = format == "console" or (format == "auto" and terminal)
        self._render = _console(color and terminal) if console else _json()
        self._pending: list[tuple[bytes, int]] = []

    def refresh(self) -> None:
        """A stream does not change."""

    def reason(self) -> str | None:
        """A stream can always be written, until it cannot: then the error is counted."""
        return None

    def room(self) -> int:
        """As many as come."""
        return 1 << 16

    def emit(self, described: Described) -> None:
        """Render one line; `flush` writes it."""
        notice = described.fields["event"] in NOTICES
        self._pending.append((self._render(described), 0 if notice else 1))

    def flush(self) -> None:
        """Write the batch in one piece, so that lines of several processes do not mix."""
        if not self._pending:
            return
        lines, self._pending = self._pending, []
        number = sum(counted for _, counted in lines)
        try:
            _write(self._file, b"".join(line for line, _ in lines))
        except OSError as error:
            self.account.add(type(error).__qualname__, number)
            raise
        self.account.add("delivered", number)

    def after_fork_child(self) -> None:
        """The parent writes what it had rendered."""
        self._pending = []
        self.account.clear()


def _open(target: str) -> io.FileIO:
    standard = {"stdout": (sys.__stdout__, 1), "stderr": (sys.__stderr__, 2)}
    if target not in standard:
        return io.FileIO(log_file.open_for_append(target), "ab")
    stream, number = standard[target]
    return io.FileIO(os.dup(number if stream is None else stream.fileno()), "wb")


def _write(file: io.FileIO, data: bytes) -> None:
    """Write all of it: a raw file may take less at once, and nothing while a non-blocking pipe is full."""
    rest = memoryview(data)
    while rest:
        written = file.write(rest)
        if written is None:
            select.select([], [file], [])
            continue
        rest = rest[written:]


def _timestamp(time_ns: int) -> str:
    """RFC 3339 in UTC, to the nanosecond."""
    seconds, fraction = divmod(time_ns, 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, timezone.utc):%Y-%m-%dT%H:%M:%S}.{fraction:09d}Z"


def _json() -> Any:
    import structlog

    plain = structlog.processors.JSONRenderer(separators=(",", ":"))
    try:
        import orjson
    except ImportError:
        renderer = plain
    else:
        renderer = structlog.processors.JSONRenderer(serializer=orjson.dumps)

    def encoded(fields: dict[str, Any]) -> str | bytes:
        try:
            line: str | bytes = renderer(None, "", fields.copy())
        except TypeError:  # a lone surrogate or a large number of a processor's: orjson takes neither
            line = plain(None, "", fields)
        return line

    def render(described: Described) -> bytes:
        fields = {"timestamp": _timestamp(described.record.time_ns), **described.fields, PROCESS_PID: os.getpid()}
        ordered = {key: fields.pop(key) for key in _LINE_KEYS if key in fields} | fields
        line = encoded(ordered)
        return visible_json(line.encode("utf-8", "backslashreplace") if isinstance(line, str) else line) + b"\n"

    return render


def _console(color: bool) -> Any:
    import structlog

    known = signature(structlog.dev.ConsoleRenderer).parameters
    # structlog renamed it
    padding: dict[str, Any] = {"pad_event_to" if "pad_event_to" in known else "pad_event": _EVENT_WIDTH}
    renderer = structlog.dev.ConsoleRenderer(colors=color, sort_keys=False, **padding)

    def render(described: Described) -> bytes:
        record, fields = described
        local = datetime.fromtimestamp(record.time_ns / 1e9)
        shown: dict[str, Any] = {
            "timestamp": f"{local:%H:%M:%S}.{local.microsecond // 1000:03d}",
            "level": visible(str(fields["level"])),
            "event": visible(str(fields.get("message", fields["event"]))),
        }
        shown.update({key[:-3]: fields[key][:8] for key in ("trace_id", "span_id") if key in fields})
        if record.on_event_loop:
            shown["blocks_loop"] = _where(described)
        if "python.audit.count" in fields:
            shown["count"] = fields["python.audit.count"]
        return (str(renderer(None, "", shown)) + "\n").encode("utf-8", "backslashreplace")

    return render


def _where(described: Described) -> str:
    """File name and line of what an event loop had to wait for."""
    place, file = described.record.location, str(described.fields.get(CODE_FILE_PATH, ""))
    return f"{visible(PurePath(file).name)}:{place.line}" if place is not None and file else "library"


_EVENT_WIDTH = 72
