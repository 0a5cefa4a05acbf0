"""Whom a record is about: the peer, the program, the file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from otel_audit import semconv
from otel_audit.top.text import MAX_TEXT, short

_FLAGS = semconv.AUDIT_ARG_PREFIX + "open_flags"
_WRITING = frozenset(("write", "append", "create", "truncate"))


def peer(fields: Mapping[str, Any]) -> str:
    """Address or name at the other end; `local …` for an address that the program binds to. Empty without one."""
    found = _endpoint(fields, semconv.NETWORK_PEER_ADDRESS, semconv.NETWORK_PEER_PORT)
    found = found or _endpoint(fields, semconv.SERVER_ADDRESS, semconv.SERVER_PORT)
    found = found or _text(fields, semconv.DNS_QUESTION_NAME)
    if found:
        return found
    local = _endpoint(fields, semconv.NETWORK_LOCAL_ADDRESS, semconv.NETWORK_LOCAL_PORT)
    return f"local {local}" if local else ""


def program(fields: Mapping[str, Any]) -> tuple[str, str]:
    """A program that was started, by path or name, and its command line; empty without one."""
    arguments = fields.get(semconv.PROCESS_COMMAND_ARGS)
    words = [each for each in arguments if isinstance(each, str)] if isinstance(arguments, list) else []
    line = _text(fields, semconv.PROCESS_COMMAND_LINE) or short(" ".join(words))
    name = _text(fields, semconv.PROCESS_EXECUTABLE_PATH)
    if not name and words and _is_path(words[0]):  # told by path only there
        name = short(words[0])
    name = name or _text(fields, semconv.PROCESS_EXECUTABLE_NAME) or short((words or line.split() or [""])[0])
    return name, line or name


def file(fields: Mapping[str, Any]) -> str:
    """Path of the file; empty without one."""
    return _text(fields, semconv.FILE_PATH)


def use(name: str, fields: Mapping[str, Any]) -> str:
    """The event's name, and for `open` what for."""
    flags = fields.get(_FLAGS)
    if name != "open" or not isinstance(flags, list):
        return name
    return "open for write" if any(isinstance(flag, str) and flag in _WRITING for flag in flags) else "open for read"


def _is_path(word: str) -> bool:
    return "/" in word or "\\" in word


def _endpoint(fields: Mapping[str, Any], address: str, port: str) -> str:
    host, number = _text(fields, address), fields.get(port)
    if not host or not isinstance(number, int) or isinstance(number, bool) or not 0 < number < 1 << 16:
        return host
    return f"[{host}]:{number}" if ":" in host else f"{host}:{number}"


def _text(fields: Mapping[str, Any], key: str) -> str:
    value = fields.get(key)
    return short(value, MAX_TEXT) if isinstance(value, str) else ""
