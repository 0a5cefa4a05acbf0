"""Dashboards, provisioning and alert rules as files: in the package, or in the source tree they were made in."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from otel_audit.errors import AuditError, one_line

_RUNBOOK = re.compile(rb"(runbook_url: *['\"]?)docs/runbooks/")

if TYPE_CHECKING:
    import sys

    if sys.version_info >= (3, 11):
        from importlib.resources.abc import Traversable
    else:
        from importlib.abc import Traversable


class ExportError(AuditError):
    """Nothing was written; its text is one line that says why, and one for each file that is in the way."""


def packaged() -> Mapping[PurePosixPath, bytes]:
    """Content of each file by its path, such as `dashboards/fleet.json`.

    Raises:
        ExportError: the installation lacks them.
    """
    found = {path: file.read_bytes() for path, file in sorted(_walk(_root(), PurePosixPath()))}
    if not found:
        raise ExportError("this installation has no dashboards: install otel-audit from a wheel, or work in a clone")
    return found


def _root() -> Traversable:
    """In a wheel a folder of the package; an editable install reads the clone's own."""
    inside = resources.files("otel_audit") / "grafana"
    return inside if inside.is_dir() else Path(__file__).parents[3] / "grafana" / "files"


def _walk(folder: Traversable, path: PurePosixPath) -> Iterator[tuple[PurePosixPath, Traversable]]:
    if not folder.is_dir():
        return
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _walk(entry, path / entry.name)
        elif PurePosixPath(entry.name).suffix in (".json", ".yaml", ".md"):
            yield path / entry.name, entry


def export(folder: Path, *, force: bool = False, runbooks: str = "") -> dict[PurePosixPath, str]:
    """Write all files below a folder; each is there whole or not at all.

    Args:
        folder: made if missing.
        force: overwrite files that differ.
        runbooks: where the runbook pages are published; alerts then link there.

    Returns:
        What happened to each: `written`, `replaced` or `unchanged`.

    Raises:
        ExportError: files there differ and `force` is off; nothing was written then. Or it cannot be written.
    """
    content = {path: _linked(data, runbooks) for path, data in packaged().items()}
    try:
        for place in dict.fromkeys((folder / path).parent for path in content):
            _expect_folder(place)
        states = {path: _state(folder / path, data) for path, data in content.items()}
        changed = [str(folder / path) for path, state in states.items() if state == "replaced"]
        if changed and not force:
            raise ExportError(_differ(changed))
        for path, state in states.items():
            if state != "unchanged":
                _write(folder / path, content[path])
    except OSError as error:
        raise ExportError(f"{error.filename or folder}: {error.strerror or error}") from error
    return states


def _linked(data: bytes, runbooks: str) -> bytes:
    if not runbooks:
        return data
    return _RUNBOOK.sub(lambda found: found[1] + runbooks.rstrip("/").encode() + b"/", data)


def _expect_folder(place: Path) -> None:
    """The nearest of its parents that exists decides whether it can be made."""
    there = next((each for each in (place, *place.parents) if each.exists()), None)
    if there is not None and not there.is_dir():
        raise ExportError(f"{one_line(str(there))}: expected a folder")


def _differ(changed: list[str]) -> str:
    names = list(map(one_line, changed))
    if len(names) == 1:
        return f"{names[0]} differs from what would be written; --force overwrites"
    said = f"{len(names)} files differ from what would be written; nothing was written; --force overwrites them:"
    return "\n  ".join((said, *names))


def _state(target: Path, data: bytes) -> str:
    if not target.exists():
        return "written"
    return "unchanged" if target.read_bytes() == data else "replaced"


def _write(target: Path, data: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        beside.write_bytes(data)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
