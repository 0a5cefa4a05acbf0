"""Runs a program as `python` itself would: `sys.argv`, `sys.path`, `__main__`, exit code and traceback are its own."""

from __future__ import annotations

import builtins
import importlib.machinery
import io
import os
import pkgutil
import runpy
import shutil
import sys
import textwrap
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NamedTuple, NoReturn

_HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - compared with code objects' file names
_STDIN = "-"


class Target(NamedTuple):
    """What to run.

    Args:
        kind: a file (also a directory or archive with a `__main__`, or `-`), `-m` or `-c`.
        name: path, module name or source text.
        arguments: the program's own.
    """

    kind: Literal["file", "module", "command"]
    name: str
    arguments: tuple[str, ...] = ()


def enter(target: Target) -> None:
    """Set `sys.argv` and `sys.path`, before OpenTelemetry is set up: an instrumentor may need the program's modules."""
    first = {"file": target.name, "module": "-m", "command": "-c"}[target.kind]
    sys.argv[:] = [first, *target.arguments]
    safe = bool(getattr(sys.flags, "safe_path", False) or sys.flags.isolated)
    if not safe:
        del sys.path[0]  # the directory of our own script, or the working directory of `python -m otel_audit`
    if _is_package(target):
        sys.path.insert(0, _absolute(target.name))
    elif not safe:
        sys.path.insert(0, _search_path(target))


def _is_package(target: Target) -> bool:
    return target.kind == "file" and target.name != _STDIN and pkgutil.get_importer(_absolute(target.name)) is not None


def _absolute(path: str) -> str:
    """As `python` makes it, dots included: a path may hold surrogates and links, so text stays text."""
    if os.name == "nt":
        return os.path.abspath(path)  # noqa: PTH100
    return os.path.join(os.getcwd(), path)  # noqa: PTH109, PTH118


def _search_path(target: Target) -> str:
    if target.kind == "module":
        return str(Path.cwd())
    if target.kind == "command" or target.name == _STDIN:
        return ""
    return os.path.dirname(os.path.realpath(target.name))  # noqa: PTH120


def run(target: Target, begin: Callable[[], None]) -> None:
    """Run it to its end; whatever it raises goes on to the interpreter, which prints it without our frames.

    Args:
        target: given to `enter` before.
        begin: called when everything is read and compiled: from there on events are the program's.
    """
    try:
        try:
            start = _load(target)
        finally:
            begin()
        start()
    except SystemExit:
        raise
    except BaseException as error:
        _hide_our_frames(error)
        raise


def _load(target: Target) -> Callable[[], object]:
    if target.kind == "command":
        return _command(target.name)
    if target.kind == "module":
        return _module(target.name, True)
    if target.name == _STDIN:
        return _standard_input()
    if _is_package(target):
        return _module("__main__", False)
    return _script(target.name)


def _command(source: str) -> Callable[[], object]:
    if sys.version_info >= (3, 14):
        source = textwrap.dedent(source)  # as `python -c` does since then
    code = compile(source, "<string>", "exec", dont_inherit=True)
    return _exec(code, _fresh_main(importlib.machinery.BuiltinImporter), "cpython.run_command", source)


def _standard_input() -> Callable[[], object]:
    code = compile(sys.stdin.buffer.read(), "<stdin>", "exec", dont_inherit=True)
    names = _fresh_main(importlib.machinery.BuiltinImporter, __file__="<stdin>", __cached__=None)
    return _exec(code, names, "cpython.run_stdin")


def _script(path: str) -> Callable[[], object]:
    full = _absolute(path)
    try:
        with io.open_code(full) as file:
            content = file.read()
    except OSError as error:
        if isinstance(error, FileNotFoundError) and shutil.which(path):
            print(f"otel-audit: {path} is a program: give the script itself, or -m MODULE", file=sys.stderr)
        _refuse(f"can't open file {full!r}: [Errno {error.errno}] {error.strerror}")
    loader: Any = importlib.machinery.SourceFileLoader("__main__", full)
    code = pkgutil.read_code(io.BytesIO(content))  # None unless it is a .pyc
    if code is None:
        code = compile(content, full, "exec", dont_inherit=True)
    else:
        loader = importlib.machinery.SourcelessFileLoader("__main__", full)
    return _exec(code, _fresh_main(loader, __file__=full, __cached__=None), "cpython.run_file", full)


def _refuse(reason: str) -> NoReturn:
    print(f"{sys.executable}: {reason}", file=sys.stderr)
    raise SystemExit(2)


def _module(name: str, alter_argv: bool) -> Callable[[], object]:
    """Through the private function that `python -m` itself calls: it alone runs in the real `__main__`."""
    _fresh_main(importlib.machinery.BuiltinImporter)

    def start() -> None:
        sys.audit("cpython.run_module", name)
        runpy._run_module_as_main(name, alter_argv)  # type: ignore[attr-defined]

    return start


def _exec(code: types.CodeType, names: dict[str, Any], event: str, *arguments: str) -> Callable[[], object]:
    def start() -> None:
        sys.audit(event, *arguments)  # the interpreter's own announcement of a program
        exec(code, names)

    return start


_first_main = sys.modules["__main__"]
"""Kept alive: its functions are still on the stack."""


def _fresh_main(loader: Any, **names: Any) -> dict[str, Any]:
    """A real `__main__`, so that pickling, multiprocessing and `import __main__` find the program."""
    module = types.ModuleType("__main__")
    if sys.version_info < (3, 14):
        module.__annotations__ = {}
    module.__dict__.update({"__loader__": loader, "__builtins__": builtins, **names})
    sys.modules["__main__"] = module
    return module.__dict__


def _hide_our_frames(error: BaseException) -> None:
    """Let the hook that will print the error see the program's frames only.

    The frames above us join the traceback when the error passes them, after this call; so it is the hook, called by the
    interpreter at the very end, that gets the shorter traceback.
    """
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_HERE):
        trace = trace.tb_next
    hook = sys.excepthook

    def show(kind: type[BaseException], value: BaseException, _: types.TracebackType | None) -> None:
        sys.excepthook = hook
        sys.last_traceback = trace
        hook(kind, value.with_traceback(trace), trace)

    sys.excepthook = show
