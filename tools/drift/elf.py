"""As much of an ELF file as the search for call sites needs: 64 bit, little endian."""

from __future__ import annotations

import struct
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

HEADER = struct.Struct("<16xHHIQQQIHHHHHH")
SECTION = struct.Struct("<IIQQQQIIQQ")
SYMBOL = struct.Struct("<IBBHQQ")
RELOCATION = struct.Struct("<QQq")
UNWIND_ROW = struct.Struct("<ii")

MACHINES = {62: "x86_64", 183: "aarch64"}
FIXED = 2
"""File type of an executable that is not relocated: its code holds addresses as they are."""

NO_BITS = 8
EXECUTABLE = 4
FUNCTION = 2
SORTED_TABLE = b"\x01\x1b\x03\x3b"
"""Head of .eh_frame_hdr as every linker writes it: 32-bit offsets from its own start, sorted."""


class NotReadable(Exception):
    """Not a file this module can read."""


class Section(NamedTuple):
    """A named range of the image."""

    name: str
    address: int
    data: bytes
    link: int
    executable: bool

    @property
    def end(self) -> int:
        return self.address + len(self.data)


class Elf:
    """One executable or shared object.

    Args:
        path: of the file.

    Raises:
        NotReadable: it is no 64-bit little-endian ELF of a known machine.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        content = path.read_bytes()
        if content[:6] != b"\x7fELF\x02\x01":
            raise NotReadable(f"{path.name} is not a 64-bit little-endian ELF file")
        kind, machine, _, _, _, table, _, _, _, _, size, count, names = HEADER.unpack_from(content)
        if machine not in MACHINES:
            raise NotReadable(f"{path.name} is for machine {machine}; known: {', '.join(MACHINES.values())}")
        self.machine = MACHINES[machine]
        self.fixed = kind == FIXED
        if not count:
            raise NotReadable(f"{path.name} has no section headers")
        rows = [SECTION.unpack_from(content, table + size * index) for index in range(count)]
        strings = content[rows[names][4] :]
        self.sections = [_section(row, content, strings) for row in rows]

    def named(self, name: str) -> Iterator[Section]:
        """Sections whose name starts so."""
        return (section for section in self.sections if section.name.startswith(name))

    def text(self, address: int) -> str | None:
        """The C string at an address; None where no printable one is."""
        for section in self.sections:
            if section.address and section.address <= address < section.end:
                at = address - section.address
                raw = section.data[at : section.data.find(b"\0", at)]
                return raw.decode("ascii") if raw.isascii() and raw.decode("ascii").isprintable() else None
        return None

    def addresses(self, text: str) -> Iterator[int]:
        """Where a C string of the read-only data starts."""
        raw = b"\0" + text.encode() + b"\0"
        for section in self.named(".rodata"):
            at = section.data.find(raw)
            if at >= 0:
                yield section.address + at + 1

    @cached_property
    def functions(self) -> dict[int, str]:
        """Addresses of functions by their symbols; a stripped file has the exported ones."""
        found: dict[int, str] = {}
        for table in (".dynsym", ".symtab"):
            found |= {value: name for name, kind, value in self._symbols(table) if kind & 15 == FUNCTION and value}
        return found

    @cached_property
    def starts(self) -> list[int]:
        """Where functions and their split-off parts start; the unwind table has those without a symbol."""
        found = set(self.functions)
        for header in self.named(".eh_frame_hdr"):
            if header.data[:4] == SORTED_TABLE:
                count = struct.unpack_from("<I", header.data, 8)[0]
                rows = header.data[12 : 12 + UNWIND_ROW.size * count]
                found.update(header.address + offset for offset, _ in UNWIND_ROW.iter_unpack(rows))
        return sorted(found)

    def around(self, address: int) -> tuple[int, bytes]:
        """Start and code of the function an address lies in, up to the next one."""
        section = next(each for each in self.sections if each.address and each.address <= address < each.end)
        index = bisect_right(self.starts, address)
        start = max(self.starts[index - 1] if index else 0, section.address)
        end = min(self.starts[index] if index < len(self.starts) else section.end, section.end)
        return start, section.data[start - section.address : end - section.address]

    @cached_property
    def slots(self) -> list[tuple[int, str]]:
        """Addresses that the dynamic linker fills with that of a symbol."""
        names = [name for name, _, _ in self._symbols(".dynsym")]
        rows = (row for section in self.named(".rela") for row in RELOCATION.iter_unpack(section.data))
        return [(slot, names[info >> 32]) for slot, info, _ in rows if info >> 32]

    def _symbols(self, table: str) -> Iterator[tuple[str, int, int]]:
        for section in (each for each in self.sections if each.name == table):
            strings = self.sections[section.link].data
            for name, info, _, _, value, _ in SYMBOL.iter_unpack(section.data):
                yield strings[name : strings.index(b"\0", name)].decode("utf-8", "replace"), info, value


def _section(row: tuple[int, ...], content: bytes, strings: bytes) -> Section:
    name, kind, flags, address, offset, size, link, *_ = row
    data = b"" if kind == NO_BITS else content[offset : offset + size]
    text = strings[name : strings.index(b"\0", name)].decode("ascii", "replace")
    return Section(text, address, data, link, bool(flags & EXECUTABLE))
