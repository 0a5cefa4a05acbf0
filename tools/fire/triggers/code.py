"""Code made, imported and loaded; objects taken apart and put together."""

from __future__ import annotations

import array
import collections
import ensurepip
import gc
import io
import marshal
import mmap
import os
import pdb
import pickle
import sqlite3
import sys
import types
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, cast

from tools.fire.triggers.registry import fires, write

_SCOPE: dict[str, Any] = {}
exec(compile("def price(amount=1):\n    return amount\n", "/srv/shop/rules.py", "exec"), _SCOPE)
price: Any = _SCOPE["price"]
"""A function to take apart."""


@fires("compile")
def compile_() -> None:
    compile("price * 2", "rules/discount.txt", "eval")


@fires("exec")
def exec_() -> None:
    exec(compile("total = 1", "rules/discount.txt", "exec"), {})


@fires("import")
def import_() -> None:
    with suppress(ImportError):
        import shop_plugins  # type: ignore[import-not-found]  # noqa: F401  # the event comes before the search


@fires("code.__new__")
def code_new() -> None:
    price.__code__.replace(co_name="discount", co_filename="/srv/shop/rules.py")


@fires("function.__new__")
def function_new() -> None:
    types.FunctionType(price.__code__, {})


@fires("object.__getattr__")
def getattr_() -> None:
    _ = price.__code__


@fires("object.__setattr__")
def setattr_() -> None:
    made = types.FunctionType(price.__code__, {})
    made.__code__ = price.__code__


@fires("object.__delattr__")
def delattr_() -> None:
    made = types.FunctionType(price.__code__, {}, None, (1,))
    del made.__defaults__


@fires("builtins.id")
def id_() -> None:
    id(price)


@fires("builtins.breakpoint")
def breakpoint_() -> None:
    sys.breakpointhook = lambda *arguments, **named: None
    breakpoint()
    sys.breakpointhook = sys.__breakpointhook__


@fires("builtins.input")
def input_() -> None:
    sys.stdin, before = io.StringIO("no\n"), sys.stdin
    try:
        input("Password for anna: ")
    finally:
        sys.stdin = before


@fires("builtins.input/result", alone=True)
def input_result() -> None:
    """Only a terminal makes it."""
    mine, yours = os.openpty()
    os.write(mine, b"hunter2hunter2\n")
    os.dup2(yours, 0)
    os.dup2(yours, 1)
    sys.stdin = os.fdopen(0, closefd=False, encoding="utf-8")
    sys.stdout = os.fdopen(1, "w", closefd=False, encoding="utf-8")
    input("Password for anna: ")


@fires("pdb.Pdb")
def pdb_() -> None:
    pdb.Pdb()


@fires("gc.get_objects")
def get_objects() -> None:
    gc.get_objects(generation=0)


@fires("gc.get_referents")
def get_referents() -> None:
    gc.get_referents(price)


@fires("gc.get_referrers")
def get_referrers() -> None:
    gc.get_referrers(price)


@fires("array.__new__")
def array_new() -> None:
    array.array("d", [9.5, 12.0])


@fires("mmap.__new__")
def mmap_new() -> None:
    mmap.mmap(-1, 4096).close()


@fires("marshal.dumps", "marshal.loads")
def marshal_() -> None:
    marshal.loads(marshal.dumps(["orders", 42]))


@fires("marshal.load")
def marshal_load() -> None:
    with Path(write("rules.bin", marshal.dumps(["orders", 42]))).open("rb") as file:
        marshal.load(file)


@fires("pickle.find_class")
def find_class() -> None:
    pickle.loads(pickle.dumps(collections.OrderedDict()))


@fires("ensurepip.bootstrap")
def bootstrap() -> None:
    module = cast(Any, ensurepip)
    run: Callable[..., int] = module._run_pip
    module._run_pip = lambda *arguments, **named: 0
    try:
        ensurepip.bootstrap(root="/opt/shop")
    finally:
        module._run_pip = run


@fires("sqlite3.connect", "sqlite3.connect/handle")
def connect() -> None:
    with closing(sqlite3.connect("orders.db")):
        pass


@fires(
    "sqlite3.enable_load_extension",
    "sqlite3.load_extension",
    where=lambda: hasattr(sqlite3.Connection, "enable_load_extension"),
)
def load_extension() -> None:
    with closing(sqlite3.connect(":memory:")) as connection, suppress(sqlite3.OperationalError):
        connection.enable_load_extension(True)
        connection.load_extension("/opt/shop/fts")
