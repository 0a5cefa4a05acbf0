"""SQLite, the database inside the process."""

from __future__ import annotations

from otel_audit import semconv
from otel_audit.events.decode import always
from otel_audit.events.family import Family
from otel_audit.model import KEEP_ALL, Arg, Event, Kind

GROUP = "database"

_CONNECTION = Arg("connection", Kind.TYPE)
_SQLITE = always({semconv.DB_SYSTEM_NAME: "sqlite"})

EVENTS = (
    Event(
        "sqlite3.connect",
        GROUP,
        (Arg("database", Kind.PATH, semconv.DB_NAMESPACE),),
        "open SQLite database {DB_NAMESPACE}",
        "medium",
        "A SQLite database is opened: one per request means that the connection is not shared.",
        together=_SQLITE,
        blocking=True,
    ),
    Event(
        "sqlite3.connect/handle",
        GROUP,
        (Arg("connection_handle", Kind.TYPE),),
        "SQLite database is open",
        "medium",
        "The sqlite3.connect before it succeeded: without this one the file was missing, locked or no database.",
        together=_SQLITE,
        since="3.10",
    ),
    Event(
        "sqlite3.enable_load_extension",
        GROUP,
        (_CONNECTION, Arg("enabled", Kind.BOOL)),
        "allow SQLite extensions: {enabled}",
        meaning="SQL on this connection may load native code from now on: injected SQL becomes injected code.",
        together=_SQLITE,
        since="3.10",
    ),
    Event(
        "sqlite3.load_extension",
        GROUP,
        (_CONNECTION, Arg("path", Kind.PATH, semconv.FILE_PATH)),
        "load SQLite extension {FILE}",
        meaning="Native code is loaded into the process through SQLite: check where the library comes from.",
        together=_SQLITE,
        since="3.10",
        blocking=True,
    ),
)

_EXTENSIONS = ("sqlite3.enable_load_extension", "sqlite3.load_extension")

FAMILY = Family(EVENTS, dict.fromkeys(("sqlite3.connect", *_EXTENSIONS), KEEP_ALL), frozenset(_EXTENSIONS))
