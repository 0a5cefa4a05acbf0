"""Compiles what is in C for the platforms of a release that are not this one, with zig's C compiler.

What it shows: the sources are right C there, with that system's own headers and without a warning. What it does not:
that the result runs; the release workflow tests each wheel on its platform. Python's headers are this machine's, but
for Windows with a pyconfig.h of our own: the real one comes with CPython for Windows.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.wheels.commands import ROOT, run

TARGETS = (
    "x86_64-linux-musl",
    "aarch64-linux-musl",
    "aarch64-linux-gnu.2.28",
    "x86_64-macos",
    "aarch64-macos",
    "x86_64-windows-gnu",
    "aarch64-windows-gnu",
)
FLAGS = ("-std=c11", "-O2", "-Wall", "-Wextra", "-Wno-missing-field-initializers", "-Werror")
SOURCES = tuple(
    ROOT / "src" / "otel_audit" / name
    for name in ("capture/_core.c", "otlp/_encode.c", "_wire.c", "_steps.c", "redaction/_calm.c")
)

_WINDOWS = """
#ifndef Py_CONFIG_H
#define Py_CONFIG_H
#include <io.h>
#include <stdio.h>
#define MS_WIN32
#define MS_WIN64
#define MS_WINDOWS
#define NT_THREADS
#define WITH_THREAD
#define SIZEOF_VOID_P 8
#define SIZEOF_SIZE_T 8
#define SIZEOF_TIME_T 8
#define SIZEOF_OFF_T 4
#define SIZEOF_FPOS_T 8
#define SIZEOF_PID_T 4
#define SIZEOF_WCHAR_T 2
#define SIZEOF_SHORT 2
#define SIZEOF_INT 4
#define SIZEOF_LONG 4
#define SIZEOF_LONG_LONG 8
#define SIZEOF_FLOAT 4
#define SIZEOF_DOUBLE 8
#define ALIGNOF_SIZE_T 8
#define HAVE_DECLSPEC_DLL
#define HAVE_STDARG_PROTOTYPES
#define HAVE_STDDEF_H 1
#define HAVE_SYS_STAT_H 1
#define HAVE_SYS_TYPES_H 1
#define HAVE_UINTPTR_T 1
#define HAVE_WCHAR_H 1
#define STDC_HEADERS 1
#define PLATFORM "win32"
#define Py_ENABLE_SHARED 1
#define WITH_DOC_STRINGS 1
#define WITH_PYMALLOC 1
#endif
"""


def compile_everywhere(python: Path, folder: Path) -> Iterator[str]:
    """Yield each target that compiled.

    Args:
        python: whose headers are used.
        folder: for copies of them.

    Raises:
        Failed: with what the compiler said.
    """
    asked = "import sysconfig; print(sysconfig.get_paths()['include'])"
    headers = Path(run(python, "-c", asked).strip())
    windows = folder / f"windows-{headers.name}"
    shutil.copytree(headers, windows, ignore=shutil.ignore_patterns("pyconfig.h"))
    (windows / "pyconfig.h").write_text(_WINDOWS)
    for target in TARGETS:
        include = windows if "windows" in target else headers
        for source in SOURCES:
            made = folder / f"{target}-{source.stem}.o"
            call = (sys.executable, "-m", "ziglang", "cc", "-target", target)
            run(*call, *FLAGS, f"-I{include}", "-c", source, "-o", made)
        yield target
