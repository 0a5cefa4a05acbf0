"""What a record is about: the tables of the page it counts in, read from its attributes."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from otel_audit import semconv
from otel_audit.events import (
    database,
    dns,
    dynamic_code,
    filesystem,
    imports,
    mail,
    native,
    network,
    process,
    serialization,
    web,
)
from otel_audit.events.filesystem_reads import CONTROLLED, LISTED

_FLAGS = semconv.AUDIT_ARG_PREFIX + "open_flags"
_MODULE = semconv.AUDIT_ARG_PREFIX + "module"
_NAME = semconv.AUDIT_ARG_PREFIX + "name"
_WRITING = frozenset(("write", "append", "create", "truncate"))
_LOOKING = frozenset(row.name for row in LISTED)
"""Directories and attributes that are only read."""
_HANDLES = frozenset(row.name for row in CONTROLLED)
"""About a descriptor, not a path."""
_LIBRARIES = frozenset(("ctypes.dlopen", "os.add_dll_directory", "sqlite3.load_extension"))
_OUTBOUND = frozenset((network.GROUP, web.GROUP, mail.GROUP))

Fields = Mapping[str, Any]


class Subject(NamedTuple):
    """One count in one table."""

    table: str
    key: str
    what: str
    find: str = ""
    """What the page's search finds its records by; "" means the key itself."""


def subjects(fields: Fields) -> Iterator[Subject]:
    """The counts of one record; none for most groups.

    Args:
        fields: its event dict, after the processors: any attribute may be missing.
    """
    event = str(fields.get(semconv.AUDIT_EVENT, ""))
    find = _BY_GROUP.get(fields.get(semconv.AUDIT_GROUP, ""))
    if find is not None:
        yield from find(fields, event)
    if fields.get(semconv.AUDIT_ON_EVENT_LOOP):
        yield _blocking(fields, event)


def _blocking(fields: Fields, event: str) -> Subject:
    """What an event loop had to wait for: the line of the application, or of no one's."""
    file, line = str(fields.get(semconv.CODE_FILE_PATH, "")), fields.get(semconv.CODE_LINE_NUMBER)
    if not file:
        return Subject("blocking", "a library", event, semconv.AUDIT_ON_EVENT_LOOP)
    return Subject("blocking", f"{file}:{line} {fields.get(semconv.CODE_FUNCTION_NAME, '')}", event, file)


def _network(fields: Fields, event: str) -> Iterator[Subject]:
    peer = _place(fields, semconv.SERVER_ADDRESS, semconv.SERVER_PORT) or _place(
        fields, semconv.NETWORK_PEER_ADDRESS, semconv.NETWORK_PEER_PORT
    )
    if peer:
        yield Subject("peers", peer, event)
    local = _place(fields, semconv.NETWORK_LOCAL_ADDRESS, semconv.NETWORK_LOCAL_PORT)
    if local:
        # A message does not say port 0, which means any.
        yield Subject("listeners", local, event, str(fields[semconv.NETWORK_LOCAL_ADDRESS]))


def _place(fields: Fields, address: str, port: str) -> str:
    """`host:port`; an IPv6 address in brackets, a Unix socket by its path."""
    host = fields.get(address)
    if not host:
        return ""
    text, number = str(host), fields.get(port)
    if number is None:
        return text
    return f"[{text}]:{number}" if ":" in text and not text.startswith("[") else f"{text}:{number}"


def _dns(fields: Fields, event: str) -> Iterator[Subject]:
    name = fields.get(semconv.DNS_QUESTION_NAME)
    if name:
        yield Subject("names", str(name), event)


def _process(fields: Fields, event: str) -> Iterator[Subject]:
    arguments = fields.get(semconv.PROCESS_COMMAND_ARGS)
    if isinstance(arguments, (list, tuple)) and arguments:
        words = [str(word) for word in arguments]
        yield Subject("processes", shlex.join(words), event, " ".join(words))
        return
    command = fields.get(semconv.PROCESS_COMMAND_LINE) or fields.get(semconv.PROCESS_EXECUTABLE_PATH)
    if command:
        yield Subject("processes", str(command), event)


def _files(fields: Fields, event: str) -> Iterator[Subject]:
    path = fields.get(semconv.FILE_PATH)
    if not path or event in _HANDLES:
        return
    if event != "open":
        yield Subject("read" if event in _LOOKING else "written", str(path), event)
        return
    flags = fields.get(_FLAGS)
    words = [str(word) for word in flags] if isinstance(flags, (list, tuple)) else []
    table = "written" if _WRITING.intersection(words) else "read"
    yield Subject(table, str(path), f"open for {'/'.join(words)}" if words else "open")


def _database(fields: Fields, event: str) -> Iterator[Subject]:
    name = fields.get(semconv.DB_NAMESPACE)
    if name:
        system = fields.get(semconv.DB_SYSTEM_NAME)
        yield Subject("databases", f"{system}: {name}" if system else str(name), event, str(name))
    yield from _native(fields, event)


def _imports(fields: Fields, event: str) -> Iterator[Subject]:
    module, path = fields.get(_MODULE), fields.get(semconv.FILE_PATH)
    if module:
        yield Subject("modules", str(module), event)
    if path:  # an import that names a file is native code being loaded
        yield Subject("libraries", str(path), event)


def _native(fields: Fields, event: str) -> Iterator[Subject]:
    if event in _LIBRARIES:
        yield Subject(
            "libraries", str(fields.get(semconv.FILE_PATH) or fields.get(_NAME) or "the program itself"), event
        )


def _said(fields: Fields, event: str) -> Iterator[Subject]:
    yield Subject("code", str(fields.get("message") or event), event)


_BY_GROUP: dict[str, Callable[[Fields, str], Iterator[Subject]]] = {
    **dict.fromkeys(_OUTBOUND, _network),
    dns.GROUP: _dns,
    process.GROUP: _process,
    filesystem.GROUP: _files,
    database.GROUP: _database,
    imports.GROUP: _imports,
    native.GROUP: _native,
    dynamic_code.GROUP: _said,
    serialization.GROUP: _said,
}

TABLES = (
    "blocking",
    "peers",
    "listeners",
    "names",
    "processes",
    "written",
    "read",
    "databases",
    "modules",
    "libraries",
    "code",
)
"""Names of all tables."""
