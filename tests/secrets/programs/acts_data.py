"""Contents: files, source, pickles, prompts, buffers, extended attributes. Captured by size or type at most."""

from __future__ import annotations

import array
import ctypes
import fcntl
import gc
import io
import marshal
import os
import pickle
import sqlite3
import sys
import tempfile
import termios
from pathlib import Path
from types import CodeType
from typing import Any

from tests.secrets import forms
from tests.secrets.planting import Garden


def run(plant: Garden) -> None:
    databases(plant)
    files(plant)
    source(plant)
    serialized(plant)
    memory(plant)
    console(plant)
    errors(plant)


def databases(plant: Garden) -> None:
    for key in ("key", "hexkey", "password", "token"):
        uri = f"file:shop?mode=memory&{key}={plant(f'sqlite URI {key}')}&cache=private"
        sqlite3.connect(uri, uri=True).close()
    for form in forms.DSNS:
        sys.audit("sqlite3.connect", plant.said(form))
        sys.audit("sqlite3.connect", os.fsencode(plant.said(form)))


def files(plant: Garden) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "letter.txt"
        path.write_text(plant.hidden("a file's content"), encoding="utf-8")
        path.read_bytes()
        (Path(directory) / f"dump?token={plant('a path like a URL')}").touch()
        try:
            os.setxattr(path, "user.note", plant.hidden("an extended attribute").encode())
        except OSError:
            pass  # not on every file system
    sys.audit("os.setxattr", "/x", "user.note", plant.hidden("an extended attribute").encode(), 0)


def source(plant: Garden) -> None:
    text = f"password = {plant.hidden('source')!r}\nname = {plant.hidden('source, harmless')!r}\n"
    code = compile(text, "<x>", "exec")
    exec(code, {})
    eval(f"len({plant.hidden('eval')!r})", {})
    exec(compile(f"def f():\n  '''{plant.hidden('docstring')}'''\n", "<x>", "exec"), {})
    sys.audit("compile", plant.hidden("source as bytes").encode(), "<x>")
    sys.audit("cpython.run_command", f"print('{plant.hidden('python -c')}')\n")
    sys.audit("code.__new__", plant.hidden("bytecode").encode(), "<x>", "f", 0, 0, 0, 0, 1, 0)
    changed: CodeType = code.replace(co_consts=(plant.hidden("constant"),))
    marshal.dumps(changed)


def serialized(plant: Garden) -> None:
    data: dict[str, Any] = {"password": plant.hidden("a pickle"), "x": [plant.hidden("a pickle's list")]}
    pickle.loads(pickle.dumps(data))
    marshal.loads(marshal.dumps(data))
    sys.audit("marshal.loads", plant.hidden("marshal data").encode())
    sys.audit("marshal.dumps", plant.hidden("a marshalled value"), 4)


def memory(plant: Garden) -> None:
    ctypes.create_string_buffer(plant.hidden("a ctypes buffer").encode())
    ctypes.create_unicode_buffer(plant.hidden("a wide ctypes buffer"))
    array.array("b", plant.hidden("an array").encode())
    gc.get_referents([plant.hidden("a referent")], plant.hidden("an object"))
    read, write = os.pipe()
    for request, argument in ((termios.FIONREAD, bytearray(plant.hidden("ioctl argument").encode())),):
        try:
            fcntl.ioctl(read, request, argument)
        except OSError:
            pass
    os.close(read)
    os.close(write)

    def function() -> None:
        pass

    setattr(function, "__defaults__", (plant.hidden("a default"),))  # noqa: B010
    sys.audit("object.__setattr__", function, "x", plant.hidden("an attribute's value"))
    sys.audit("cpython.PyConfig_Set", "x", plant.hidden("a configuration value"))
    sys.audit("ctypes.call_function", 1, (plant.hidden("a foreign function's argument"),))


def console(plant: Garden) -> None:
    before, sys.stdin = sys.stdin, io.StringIO(f"{plant.hidden('an answer read')}\n")
    out, sys.stdout = sys.stdout, io.StringIO()
    try:
        input(f"Password ({plant.hidden('a prompt')}): ")
    finally:
        sys.stdin, sys.stdout = before, out
    sys.audit("builtins.input", plant.hidden("a prompt"))
    sys.audit("builtins.input/result", plant.hidden("an answer"))
    sys.audit("syslog.syslog", 6, f"password={plant.hidden('a message to syslog')}")


def errors(plant: Garden) -> None:
    def hook(*arguments: object) -> None:
        pass

    error = ValueError(plant.hidden("an exception's text"))
    sys.audit("sys.excepthook", hook, ValueError, error, None)
    sys.audit("sys.unraisablehook", hook, error)
