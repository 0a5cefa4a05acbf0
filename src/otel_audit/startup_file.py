"""The start-up file: one line of code in a `.pth` file, which `site` runs before anything else of the program's.

Among the `.pth` files of a directory the name decides the order: `_` comes before all small letters and after digits,
capitals and `__editable__` (whose paths an editable install of this package needs).
"""

from __future__ import annotations

import os
import site
import sysconfig
import tempfile
from pathlib import Path
from typing import Literal

from otel_audit.errors import AuditError

NAME = "_otel_audit_startup.pth"
MARK = "# otel-audit start-up file"
TEXT = f"""{MARK}: otel-audit startup remove deletes it. Inert unless OTEL_PYTHON_AUDIT_STARTUP=true.
import os; exec("try:\\n from otel_audit.startup import begin; begin()\\nexcept Exception: pass") if \
os.environ.get("OTEL_PYTHON_AUDIT_STARTUP", "").strip().lower() == "true" else None
"""
"""`site` executes a line that begins with `import`. One dictionary look-up where the variable is not set; a package
that was uninstalled since, or whatever else fails, is no reason for an interpreter not to start."""

Presence = Literal["absent", "ours", "old", "foreign"]


class StartupError(AuditError):
    """The file cannot be written, read or removed; one line."""


def default_directory() -> Path:
    """Where packages of this interpreter are installed: those of the virtual environment in one."""
    return Path(sysconfig.get_path("purelib"))


def user_directory() -> Path:
    """The user's own.

    Raises:
        StartupError: this interpreter does not read it.
    """
    if not site.ENABLE_USER_SITE:
        raise StartupError("--user: this interpreter does not read the user's site-packages (a virtual environment?)")
    return Path(site.getusersitepackages())


def directories() -> list[Path]:
    """Where this interpreter reads `.pth` files, in its order."""
    user = [site.getusersitepackages()] if site.ENABLE_USER_SITE else []
    return [Path(found) for found in dict.fromkeys([*user, *site.getsitepackages()])]


def look(directory: Path) -> Presence:
    """What is there by our name. What is no regular file, or begins otherwise, is not ours.

    Raises:
        StartupError: it cannot be read.
    """
    path = directory / NAME
    try:
        if path.is_symlink() or (path.exists() and not path.is_file()):
            return "foreign"
        text = path.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return "absent"
    except OSError as error:
        raise StartupError(f"{path}: {error.strerror}") from None
    if text == TEXT:
        return "ours"
    return "old" if text.startswith(MARK) else "foreign"


def before_it(directory: Path) -> list[str]:
    """The `.pth` files of the directory that `site` reads earlier."""
    try:
        names = [path.name for path in directory.iterdir()]
    except OSError:
        return []
    return sorted(name for name in names if name.endswith(".pth") and not name.startswith(".") and name < NAME)


def install(directory: Path) -> bool:
    """Write the file, in one step.

    Returns:
        Whether anything changed.

    Raises:
        StartupError: the directory cannot be written, or a file of that name is not ours.
    """
    path = directory / NAME
    there = look(directory)
    if there == "foreign":
        raise StartupError(f"{path}: there is something of that name that is not ours; it stays")
    if there == "ours":
        return False
    temporary = ""
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=".otel_audit_startup.", dir=directory)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(TEXT)
        Path(temporary).chmod(0o644)  # whoever starts this interpreter reads it
        os.replace(temporary, path)  # noqa: PTH105 - of a text path
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise StartupError(f"{directory}: cannot write there: {error.strerror}") from None
    return True


def remove(directory: Path) -> bool:
    """Delete the file, if it is ours.

    Returns:
        Whether there was one.

    Raises:
        StartupError: it cannot be deleted, or is not ours.
    """
    path = directory / NAME
    there = look(directory)
    if there == "absent":
        return False
    if there == "foreign":
        raise StartupError(f"{path}: it is not ours; it stays")
    try:
        path.unlink()
    except OSError as error:
        raise StartupError(f"{path}: cannot be removed: {error.strerror}") from None
    return True
