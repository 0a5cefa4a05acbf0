"""Everything the running interpreter can raise, and what could not be looked at."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tools.drift import documentation, python_sites
from tools.drift.sites import Site

NOT_MODULES = ("_test", "_ctypes_test", "xx", "_xxtest")
"""Extension modules that only CPython's own tests load."""


@dataclass
class Found:
    """What was found.

    Args:
        sites: call sites.
        documented: names in the interpreter's own documentation.
        images: files with machine code.
        notes: what was not looked at, and why.
        read: machine code was understood.
    """

    sites: list[Site] = field(default_factory=list)
    documented: set[str] = field(default_factory=set)
    images: list[Path] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    read: bool = False

    def add_images(self, images: Sequence[Path], known: Collection[str]) -> None:
        """Look through machine code; of a file that cannot be read, strings stand in."""
        self.images += images
        unread: list[str] = []
        try:
            from tools.drift.elf import NotReadable
            from tools.drift.elf_sites import scan  # here, as it needs the disassembler
        except ImportError as missing:
            self.notes.append(f"machine code was searched for strings only: {missing}")
            return
        for image in images:
            try:
                self.sites += scan(image, known)
            except NotReadable as reason:
                unread.append(str(reason))
        if unread:
            self.notes.append(f"machine code of {len(unread)} file(s) was searched for strings only: {unread[0]}")
        self.read = bool(images) and not unread

    def holds(self, name: str) -> bool:
        """A string of that content is in one of the images: it may raise it."""
        raw = b"\0" + name.encode() + b"\0"
        return any(raw in image.read_bytes() for image in self.images)


def look(known: Collection[str]) -> Found:
    """Look through the running interpreter.

    Args:
        known: names of events, see `auditors.Audits`.
    """
    found = Found(list(python_sites.scan(Path(sysconfig.get_path("stdlib")))))
    found.add_images([*_cores(), *_modules()], known)
    found.documented |= set(documentation.topics())
    if not found.documented:
        found.notes.append("pydoc's topics are not installed")
    pages = list(documentation.tables())
    for page in pages:
        found.documented |= set(documentation.rows(page))
    if not pages:
        found.notes.append("the documentation's table of audit events is not installed")
    return found


def look_at_packages(known: Collection[str]) -> Found:
    """Look through the packages installed for the running interpreter."""
    found = Found()
    for root in sorted({Path(sysconfig.get_path(kind)) for kind in ("purelib", "platlib")}):
        found.sites += python_sites.scan(root, python_sites.TESTS)
        found.add_images([path for path in sorted(root.rglob("*.so")) if b"PySys_Audit" in path.read_bytes()], known)
    return found


def _cores() -> list[Path]:
    """The executable, and libpython where the process has loaded one."""
    executable = Path(sys.executable).resolve()
    maps = Path("/proc/self/maps")
    mapped = maps.read_text().split() if maps.exists() else []
    return [executable, *sorted({Path(word) for word in mapped if "/libpython3." in word})]


def _modules() -> Iterator[Path]:
    """Extension modules of the standard library."""
    for directory in [Path(entry) for entry in sys.path if entry.endswith("lib-dynload")]:
        for path in sorted(directory.glob("*.so")):
            if not path.name.startswith(NOT_MODULES):
                yield path
