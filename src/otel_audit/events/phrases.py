"""What takes more than one attribute to say: an address with its port, a file or its descriptor, a command."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from otel_audit import semconv
from otel_audit.events.arguments import text
from otel_audit.events.decode import arg_key
from otel_audit.lazy import lazy

Phrase = Callable[[Mapping[str, Any]], str | None]

_QUOTED = lazy(r"[^\w@%+=:,./ -]", re.ASCII)
_FD = arg_key("fd")


def _place(address_key: str, port_key: str) -> Phrase:
    """An address, and its port unless that is 0 (any); an IPv6 or Bluetooth address in brackets."""

    def place(attributes: Mapping[str, Any]) -> str | None:
        address, port = attributes.get(address_key), attributes.get(port_key)
        if not isinstance(address, str):
            return f"port {text(port)}" if port else None
        if not port:
            return address
        if type(port) is int and ":" not in address:
            return f"{address}:{port}"
        return f"[{address}]:{text(port)}" if ":" in address else f"{address}:{text(port)}"

    return place


def _file(attributes: Mapping[str, Any]) -> str | None:
    path = attributes.get(semconv.FILE_PATH)
    if isinstance(path, str):
        return path
    number = attributes.get(_FD)
    return None if number is None else f"descriptor {text(number)}"


def command_args(attributes: Mapping[str, Any]) -> str | None:
    """The list as a shell would take it."""
    arguments = attributes.get(semconv.PROCESS_COMMAND_ARGS)
    if not isinstance(arguments, (list, tuple)):
        return None if arguments is None else text(arguments)
    words = [word if type(word) is str else text(word) for word in arguments]
    line = " ".join(words)
    if "" not in words and line.count(" ") == len(words) - 1 and not _QUOTED.search(line):
        return line
    from shlex import join

    return join(words)


def _command(attributes: Mapping[str, Any]) -> str | None:
    """The list, the line, or at least the program."""
    said = command_args(attributes)
    if said:
        return said
    for key in (semconv.PROCESS_COMMAND_LINE, semconv.PROCESS_EXECUTABLE_PATH, semconv.PROCESS_EXECUTABLE_NAME):
        if key in attributes:
            return text(attributes[key])
    return None


PHRASES: Mapping[str, Phrase] = {
    "PEER": _place(semconv.NETWORK_PEER_ADDRESS, semconv.NETWORK_PEER_PORT),
    "LOCAL": _place(semconv.NETWORK_LOCAL_ADDRESS, semconv.NETWORK_LOCAL_PORT),
    "SERVER": _place(semconv.SERVER_ADDRESS, semconv.SERVER_PORT),
    "FILE": _file,
    "COMMAND": _command,
}
