"""Arguments for events that cannot happen here, as CPython documents them: Windows', macOS', and of other versions.

The first set of each event looks like the real thing and becomes its sample; from the types the table of events
(tests/data/audit_events.csv) lists, further sets are made that each put one other type into one place.
"""

from __future__ import annotations

import csv
import itertools
import pathlib
from functools import cache
from typing import Any

TABLE = pathlib.Path(__file__).parents[2] / "tests" / "data" / "audit_events.csv"
HKEY_LOCAL_MACHINE = 0x80000002
KEY_READ = 0x20019
GENERIC_READ = 0x80000000
SOFTWARE = r"SOFTWARE\Shop"
ORDERS = r"C:\Shop\orders.csv"

REALISTIC: dict[str, tuple[Any, ...]] = {
    "_posixsubprocess.fork_exec": ((b"/usr/bin/git",), ["git", "fetch"], None),
    "_thread.start_joinable_thread": (print, 1, None),
    "_thread.start_new_thread": (print, (), None),
    "_winapi.CopyFile2": (ORDERS, r"C:\Shop\orders.bak", 0),
    "_winapi.CreateEventW": (1, 0, r"Local\ShopReady"),
    "_winapi.CreateFile": (r"\\.\pipe\shop", GENERIC_READ, 0, 3, 0x40000000),
    "_winapi.CreateJunction": (r"C:\Shop\releases\42", r"C:\Shop\current"),
    "_winapi.CreateMutexW": (1, r"Local\ShopLock"),
    "_winapi.CreateNamedPipe": (r"\\.\pipe\shop", 0x40080003, 6),
    "_winapi.CreatePipe": (),
    "_winapi.CreateProcess": (None, r"git.exe fetch --password=hunter2hunter2", r"C:\Shop"),
    "_winapi.OpenEventW": (0x100002, r"Local\ShopReady"),
    "_winapi.OpenMutexW": (0x100001, r"Local\ShopLock"),
    "_winapi.OpenProcess": (4242, 0x1F0FFF),
    "_winapi.TerminateProcess": (584, 1),
    "_wmi.exec_query": ("SELECT Version FROM Win32_OperatingSystem",),
    "cpython.PyInterpreterState_Clear": (),
    "cpython._PySys_ClearAuditHooks": (),
    "cpython.PyConfig_Set": ("verbose", 0),
    "cpython.remote_debugger_script": ("/opt/shop/debug.py",),
    "ctypes.get_last_error": (),
    "ctypes.memoryview_at": (140000000000000, 8, 0),
    "ctypes.seh_exception": (0xC0000005,),
    "ctypes.set_exception": (0xC0000005,),
    "ctypes.set_last_error": (5,),
    "msvcrt.get_osfhandle": (3,),
    "msvcrt.locking": (3, 2, 512),
    "msvcrt.open_osfhandle": (584, 0),
    "nntplib.connect": (object(), "news.shop.test", 119),
    "nntplib.putline": (object(), b"AUTHINFO PASS hunter2hunter2"),
    "os.add_dll_directory": (r"C:\Shop\dlls",),
    "os.chflags": ("/Users/anna/orders.csv", 2),
    "os.listdrives": (),
    "os.listmounts": ("\\\\?\\Volume{4c1b02c1-d990-11dc-99ae-806e6f6e6963}\\",),
    "os.listvolumes": (),
    "os.spawn": (1, r"C:\Program Files\Git\git.exe", ["git", "fetch"], None),
    "os.startfile": (r"C:\Shop\report.pdf", None),
    "os.startfile/2": (r"C:\Shop\report.pdf", "print", "/silent", r"C:\Shop", 1),
    "pathlib.Path.walk": (pathlib.PurePath("reports"), None, False),
    "sqlite3.enable_load_extension": (object(), True),
    "sqlite3.load_extension": (object(), "/opt/shop/fts"),
    "sys._getframemodulename": (1,),
    "sys.monitoring.register_callback": (print,),
    "sys.remote_exec": (4242, "/opt/shop/debug.py"),
    "telnetlib.Telnet.open": (object(), "switch.shop.test", 23),
    "telnetlib.Telnet.write": (object(), b"hunter2hunter2\n"),
    "time.sleep": (0.25,),
    "winreg.ConnectRegistry": (r"\\backoffice", HKEY_LOCAL_MACHINE),
    "winreg.CreateKey": (HKEY_LOCAL_MACHINE, SOFTWARE, 0x20006),
    "winreg.DeleteKey": (HKEY_LOCAL_MACHINE, SOFTWARE, 0x20006),
    "winreg.DeleteTree": (HKEY_LOCAL_MACHINE, SOFTWARE),
    "winreg.DeleteValue": (584, "Licence"),
    "winreg.DisableReflectionKey": (584,),
    "winreg.EnableReflectionKey": (584,),
    "winreg.EnumKey": (584, 0),
    "winreg.EnumValue": (584, 0),
    "winreg.ExpandEnvironmentStrings": (r"%ProgramFiles%\Shop",),
    "winreg.LoadKey": (HKEY_LOCAL_MACHINE, "Shop", r"C:\Shop\shop.hiv"),
    "winreg.OpenKey": (HKEY_LOCAL_MACHINE, SOFTWARE, KEY_READ),
    "winreg.OpenKey/result": (584,),
    "winreg.PyHKEY.Detach": (584,),
    "winreg.QueryInfoKey": (584,),
    "winreg.QueryReflectionKey": (584,),
    "winreg.QueryValue": (584, None, "Licence"),
    "winreg.SaveKey": (584, r"C:\Shop\shop.hiv"),
    "winreg.SetValue": (584, "Licence", 1, "hunter2hunter2"),
}

_OF_TYPE: dict[str, Any] = {
    "NoneType": None,
    "PosixPath": pathlib.PurePosixPath("reports"),
    "_Environ": {"LANG": "C"},
    "bool": True,
    "builtin_function_or_method": print,
    "bytes": b"orders",
    "dict": {"LANG": "C"},
    "float": 0.25,
    "function": pathlib.PurePath,
    "int": 4,
    "list": ["git", "fetch"],
    "str": "orders",
    "tuple": ("git", "fetch"),
}
"""Types of the table; those of objects that no row reads (`socket`, `FTP`, `Connection`) stay the realistic ones."""


@cache
def table() -> dict[str, dict[str, str]]:
    """The rows of the table of events, by name."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {row["event"]: row for row in csv.DictReader(file)}


def arguments(event: str) -> list[tuple[Any, ...]]:
    """Argument sets: the realistic one, then each documented type in its place."""
    first = REALISTIC[event]
    types = [[each.strip() for each in place.split("|")] for place in table()[event]["argtypes"].split(";")]
    assert not first or len(types) == len(first), event
    others = (
        (*first[:place], _OF_TYPE[name], *first[place + 1 :])
        for place, name in itertools.chain.from_iterable(
            ((place, name) for name in names) for place, names in enumerate(types)
        )
        if name in _OF_TYPE and name != type(first[place]).__name__
    )
    return [first, *others] if first else [first]
