"""The shop's database: one SQLite file, one connection per request."""

from __future__ import annotations

import sqlite3
from pathlib import Path

SCHEMA = """
create table if not exists product (id integer primary key, name text not null, cents integer not null);
create table if not exists customer (name text primary key, phone text not null);
create table if not exists placed_order (id integer primary key, customer text not null, cents integer not null);
create table if not exists order_line (order_id integer not null references placed_order, product_id integer not null);
insert or ignore into product values (1, 'Espresso cup', 1250), (2, 'Moka pot', 3490), (3, 'Coffee, 1 kg', 2190);
"""


def connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    return connection


def create(path: Path) -> None:
    connection = connect(path)
    connection.executescript(SCHEMA)
    connection.close()


def products(connection: sqlite3.Connection) -> list[sqlite3.Row]:
    return connection.execute("select * from product order by id").fetchall()


def product(connection: sqlite3.Connection, product_id: int) -> sqlite3.Row | None:
    row: sqlite3.Row | None = connection.execute("select * from product where id = ?", (product_id,)).fetchone()
    return row


def register(connection: sqlite3.Connection, name: str, phone: str) -> None:
    with connection:
        connection.execute("insert or replace into customer values (?, ?)", (name, phone))


def phone_of(connection: sqlite3.Connection, name: str) -> str | None:
    row = connection.execute("select phone from customer where name = ?", (name,)).fetchone()
    return row["phone"] if row else None


def place_order(connection: sqlite3.Connection, customer: str, items: list[sqlite3.Row]) -> int:
    total = sum(item["cents"] for item in items)
    with connection:
        cursor = connection.execute("insert into placed_order (customer, cents) values (?, ?)", (customer, total))
        order_id = cursor.lastrowid or 0
        connection.executemany("insert into order_line values (?, ?)", [(order_id, item["id"]) for item in items])
    return order_id
