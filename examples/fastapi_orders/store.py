"""Orders in one SQLite file. Plain blocking code: the routes call it in threads."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any


def create(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("create table placed (id integer primary key, country text not null, grams integer)")


def place(database: Path, country: str, grams: int) -> dict[str, Any]:
    with closing(sqlite3.connect(database)) as connection, connection:
        cursor = connection.execute("insert into placed (country, grams) values (?, ?)", (country, grams))
    return {"id": cursor.lastrowid, "country": country, "grams": grams}


def find(database: Path, order_id: int) -> dict[str, Any] | None:
    with closing(sqlite3.connect(database)) as connection:
        row = connection.execute("select id, country, grams from placed where id = ?", (order_id,)).fetchone()
    return None if row is None else dict(zip(("id", "country", "grams"), row))
