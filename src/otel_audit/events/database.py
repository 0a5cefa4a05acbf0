"""SQLite, the database inside the process."""

from __future__ import annotations

from otel_audit import semconv
from otel_audit.events.decode import Attributes
from otel_audit.events.family import Family
from otel_audit.model import KEEP_ALL, Arg, Event, Kind, Value

GROUP = "database"


def sqlite(_: Value) -> Attributes:
    """Whatever the value, the system is known."""
    return {semconv.DB_SYSTEM_NAME: "sqlite"}


def sqlite_namespace(value: Value) -> Attributes:
    """The database is its file."""
    if not isinstance(value, str):
        return sqlite(value)
    return {semconv.DB_SYSTEM_NAME: "sqlite", semconv.DB_NAMESPACE: value}


_CONNECTION = Arg("connection", Kind.TYPE, decode=sqlite)

EVENTS = (
    Event(
        "sqlite3.connect",
        GROUP,
        (Arg("database", Kind.PATH, decode=sqlite_namespace),),
        "open SQLite database {db.namespace}",
        "medium",
        "A SQLite database is opened: one per request means the connection is not shared.",
    ),
    Event(
        "sqlite3.connect/handle",
        GROUP,
        (Arg("connection_handle", Kind.TYPE, decode=sqlite),),
        "SQLite database is open",
        "medium",
        "The connection of the sqlite3.connect before it is open.",
    ),
    Event(
        "sqlite3.enable_load_extension",
        GROUP,
        (_CONNECTION, Arg("enabled", Kind.BOOL)),
        "allow SQLite extensions: {python.audit.arg.enabled}",
        meaning="SQL on this connection may load native code from now on.",
    ),
    Event(
        "sqlite3.load_extension",
        GROUP,
        (_CONNECTION, Arg("path", Kind.PATH, semconv.FILE_PATH)),
        "load SQLite extension {file.path}",
        meaning="Native code is loaded into the process through SQLite.",
    ),
)

_EXTENSIONS = ("sqlite3.enable_load_extension", "sqlite3.load_extension")

FAMILY = Family(EVENTS, dict.fromkeys(("sqlite3.connect", *_EXTENSIONS), KEEP_ALL), frozenset(_EXTENSIONS))
