"""Which instructions may mention an address: found by their bytes, without disassembling a whole image."""

from __future__ import annotations

import re
import struct
from collections.abc import Collection, Iterator
from itertools import pairwise

from tools.drift.elf import Elf, Section

BEFORE_DISTANCE = rb"[\xe8\xe9\x80-\x8f\x05\x0d\x15\x1d\x25\x2d\x35\x3d]"
"""x86-64: what may stand before a 32-bit distance: call, jmp, jcc, memory operands relative to what follows."""

JUMP_THROUGH = re.compile(rb"(?:\xf3\x0f\x1e\xfa)?\xf2?\xff\x25(....)", re.DOTALL)
"""x86-64 linkage stub: endbr64, bnd jmp *slot(%rip)."""

DISTANCE = struct.Struct("<i")
WORD = struct.Struct("<I")


def mentions(elf: Elf, wanted: Collection[int]) -> Iterator[int]:
    """Addresses at or inside instructions that may call or load one of the addresses; more than do."""
    search = {"x86_64": _relative, "aarch64": _branches}[elf.machine]
    reach = max((section.end for section in elf.sections), default=0)
    for section in elf.sections:
        if section.executable and not section.name.startswith(".plt"):
            yield from search(section, wanted, reach)


def _relative(section: Section, wanted: Collection[int], reach: int) -> Iterator[int]:
    for match in re.finditer(BEFORE_DISTANCE + _distances(reach), section.data, re.DOTALL):
        after = match.end() + DISTANCE.size + section.address
        if after + DISTANCE.unpack_from(section.data, match.end())[0] in wanted:
            yield section.address + match.start()


def _distances(reach: int) -> bytes:
    """Pattern of a distance within an image of that size: nearly all other bytes fail at its last one."""
    high = min(reach >> 24, 127)
    return b"(?=...[%s-%s%s-\xff])" % tuple(re.escape(bytes([each])) for each in (0, high, 255 - high))


def _branches(section: Section, wanted: Collection[int], _: int) -> Iterator[int]:
    """`b` and `bl`: 26 bits of distance in words."""
    whole = len(section.data) // WORD.size * WORD.size
    for number, (word,) in enumerate(WORD.iter_unpack(section.data[:whole])):
        if word & 0x7C000000 == 0x14000000:
            address = section.address + WORD.size * number
            if address + WORD.size * _signed(word & 0x3FFFFFF, 26) in wanted:
                yield address


def constants(elf: Elf, wanted: Collection[int]) -> Iterator[int]:
    """The same for addresses that x86-64 code loads as constants: by distance, and as they are where code is fixed."""
    if elf.machine != "x86_64":
        return
    yield from mentions(elf, wanted)
    for section in elf.sections if elf.fixed else ():
        for address in wanted if section.executable else ():
            raw = struct.pack("<I", address & 0xFFFFFFFF)
            at = section.data.find(raw)
            while at >= 0:
                yield section.address + at
                at = section.data.find(raw, at + 1)


def stubs(elf: Elf) -> Iterator[tuple[int, int]]:
    """(address of a linkage stub, address of the slot it jumps through)."""
    search = {"x86_64": _jumps_through, "aarch64": _page_loads}[elf.machine]
    for section in elf.named(".plt"):
        yield from search(section)


def _jumps_through(section: Section) -> Iterator[tuple[int, int]]:
    for match in JUMP_THROUGH.finditer(section.data):
        yield section.address + match.start(), section.address + match.end() + DISTANCE.unpack(match[1])[0]


def _page_loads(section: Section) -> Iterator[tuple[int, int]]:
    """`[bti c;] adrp x16, page; ldr x17, [x16, offset]; ...; br x17`."""
    words = [word for (word,) in WORD.iter_unpack(section.data)]
    for number, (page, load) in enumerate(pairwise(words)):
        if page & 0x9F00001F == 0x90000010 and load & 0xFFC003FF == 0xF9400211:
            address = section.address + WORD.size * number
            pages = _signed((page >> 5 & 0x7FFFF) << 2 | page >> 29 & 3, 21)
            landing = number > 0 and words[number - 1] == 0xD503245F
            yield address - WORD.size * landing, (address & ~0xFFF) + (pages << 12) + (load >> 10 & 0xFFF) * 8


def _signed(value: int, bits: int) -> int:
    return value - (value >> bits - 1 << bits)
