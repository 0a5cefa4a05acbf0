"""Records with what differs from run to run replaced by what could have been: samples, and comparisons of two cores."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable
from typing import Any

from otel_audit.cli.samples import attributes
from otel_audit.events import CATALOGUE, generic
from otel_audit.events.describe import sayer
from otel_audit.semconv import AUDIT_EVENT, PROCESS_PID, THREAD_ID
from tools.fire.result import Line

TIMESTAMP = "2026-11-21T09:30:00.123456789Z"
TRACE_ID, SPAN_ID = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
"""Those of the W3C recommendation's examples."""
PID, DESCRIPTOR, THREAD, HOST, OWNER = 4242, 5, 140486636908000, "shop-1", "1000"
ADDRESS = 0x7FC5A2F1C3F0
PLACE = "/srv/shop"

_ADDRESSES = range(1 << 40, 1 << 48)
"""Where Linux puts heap, stack and libraries of a 64-bit process; no size or count in a trigger is so large."""
_HEXADECIMAL = re.compile(r"0x[0-9a-f]{9,12}")
_TEMPORARY = re.compile(r"report-[a-z0-9_]{8}")

_Fixed = Callable[[Any], Any]


def _descriptor(value: Any) -> Any:
    return DESCRIPTOR if isinstance(value, int) and value > 2 else value


def _constant(value: Any) -> _Fixed:
    return lambda _: value


_BY_KEY: dict[str, _Fixed] = {
    "timestamp": _constant(TIMESTAMP),
    "trace_id": _constant(TRACE_ID),
    "span_id": _constant(SPAN_ID),
    PROCESS_PID: _constant(PID),
    THREAD_ID: _constant(THREAD),
    "file.owner.id": _constant(OWNER),
    "file.group.id": _constant(OWNER),
    "python.audit.arg.fd": _descriptor,
    "python.audit.arg.pid": _constant(PID),
    "process.group_leader.pid": _constant(PID),
    "python.audit.arg.sys.path.size": _constant(5),
    "python.audit.arg.sys.meta_path.size": _constant(3),
    "python.audit.arg.sys.path_hooks.size": _constant(2),
}


def stable(line: Line, directory: str) -> Line:
    """A record as it could have been.

    Args:
        line: of the log stream.
        directory: where the process that wrote it kept its files.
    """
    place = re.compile(re.escape(directory) + r"(/\d+)?")
    fixed = {key: _BY_KEY[key](value) if key in _BY_KEY else _value(value, place) for key, value in line.items()}
    name = fixed[AUDIT_EVENT]
    fixed["message"] = sayer(CATALOGUE.get(name) or generic(name))(name, attributes(fixed))
    return fixed


def _value(value: Any, place: re.Pattern[str]) -> Any:
    if isinstance(value, list):
        return [_value(each, place) for each in value]
    if isinstance(value, str):
        if value == socket.gethostname():
            return HOST
        text = _TEMPORARY.sub("report-k3x9q2ab", place.sub(PLACE, value))
        return hex(ADDRESS) if _HEXADECIMAL.fullmatch(text) else text
    return ADDRESS if type(value) is int and value in _ADDRESSES else value


def real_directory(directory: os.PathLike[str]) -> str:
    """As getcwd() will tell it."""
    return os.path.realpath(directory)
