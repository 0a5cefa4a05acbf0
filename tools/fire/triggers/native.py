"""ctypes, and C API that only ctypes reaches."""

from __future__ import annotations

import _ctypes
import ctypes
import os
import sys
from typing import Any

from tools.fire.triggers.registry import fires

NATIVE: Any = _ctypes
"""Its functions are private."""


@fires("ctypes.dlopen")
def dlopen() -> None:
    ctypes.CDLL("libc.so.6")


@fires("ctypes.dlsym")
def dlsym() -> None:
    _ = ctypes.CDLL(None).getpid


@fires("ctypes.dlsym/handle")
def dlsym_handle() -> None:
    NATIVE.dlsym(ctypes.CDLL(None)._handle, "getpid")


@fires("ctypes.call_function")
def call_function() -> None:
    function = ctypes.CDLL(None).getpid
    if sys.version_info >= (3, 14):
        function()
    else:
        NATIVE.call_function(ctypes.cast(function, ctypes.c_void_p).value, ())


@fires("ctypes.addressof", "ctypes.cdata")
def addressof() -> None:
    number = ctypes.c_int(1)
    ctypes.c_int.from_address(ctypes.addressof(number))


@fires("ctypes.cdata/buffer")
def from_buffer() -> None:
    ctypes.c_int.from_buffer(bytearray(8), 4)


@fires("ctypes.create_string_buffer", "ctypes.string_at")
def create_string_buffer() -> None:
    ctypes.string_at(ctypes.create_string_buffer(b"hunter2hunter2"))


@fires("ctypes.create_unicode_buffer", "ctypes.wstring_at")
def create_unicode_buffer() -> None:
    ctypes.wstring_at(ctypes.create_unicode_buffer("hunter2hunter2"))


@fires("ctypes.memoryview_at", since=(3, 14))
def memoryview_at() -> None:
    made: Any = ctypes
    made.memoryview_at(ctypes.create_string_buffer(8), 8)


@fires("ctypes.get_errno", "ctypes.set_errno")
def errno() -> None:
    ctypes.set_errno(ctypes.get_errno())


@fires("ctypes.PyObj_FromPtr")
def from_pointer() -> None:
    NATIVE.PyObj_FromPtr(id("orders"))


@fires("setopencodehook")
def set_open_code_hook() -> None:
    ctypes.pythonapi.PyFile_SetOpenCodeHook(None, None)


@fires("cpython.PyConfig_Set", since=(3, 14))
def config_set() -> None:
    ctypes.pythonapi.PyConfig_Set(b"verbose", ctypes.py_object(0))


@fires("cpython.PyInterpreterState_New", alone=True)
def interpreter_new() -> None:
    """By the C call: `_interpreters.create()` of 3.13 lets go of its thread state first, and no hook hears."""
    ctypes.pythonapi.PyInterpreterState_New()
    from otel_audit import flush

    flush()
    os._exit(0)  # an interpreter that nobody can end
