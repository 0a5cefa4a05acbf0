"""Chooses between what was compiled and its twin in Python, and says why."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from otel_audit.errors import CoreUnavailable


def optional_extension(name: str) -> Any:
    """An extension that does in fewer steps what its importer can do itself; None where it cannot be loaded.

    Args:
        name: full name. To import-linter an import statement would be one of the whole package.
    """
    try:
        return import_module(name)
    except ImportError:
        return None


def choose(what: str, compiled: str, twin: str, wanted: str) -> tuple[Any, str]:
    """Import the one that was asked for.

    Args:
        what: it is, for the error.
        compiled: full name of the extension.
        twin: full name of the module in Python.
        wanted: `auto`, `c` or `python`; `auto` takes the extension where it can be loaded.

    Returns:
        The module, and why it is this one.

    Raises:
        CoreUnavailable: `c` was asked for by name and cannot be loaded.
    """
    reason = "asked for by name"
    if wanted != "python":
        try:
            found = import_module(compiled)
        except ImportError as error:
            reason = _unavailable(what, compiled, error)
            if wanted == "c":
                raise CoreUnavailable(reason) from error
        else:
            return found, "compiled for this interpreter" if wanted == "auto" else reason
    return import_module(twin), reason


def _unavailable(what: str, compiled: str, error: ImportError) -> str:
    import platform  # only for the error

    version = f"{platform.python_implementation()} {platform.python_version()}"
    missing = isinstance(error, ModuleNotFoundError) and error.name == compiled
    why = "it was not compiled when the package was installed" if missing else error
    return f"no C {what} for {version} on {platform.machine()}: {why}"
