"""Events raised by machine code: calls of `PySys_Audit` and its kin, with the constants loaded before them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import product
from pathlib import Path

from tools.drift import formats
from tools.drift.auditors import Auditor, Audits
from tools.drift.elf import Elf
from tools.drift.machine import State
from tools.drift.sites import Site

EVENT = re.compile(r"[\w.<>/-]+")
"""What a name looks like. Anything else was a register's old content."""


def scan(path: Path, known: Collection[str] = ()) -> Iterator[Site]:
    """Every call in one file.

    Args:
        path: of an executable or a shared object.
        known: names of events, see `Audits`.

    Raises:
        NotReadable: see `Elf`.
    """
    elf = Elf(path)
    audits = Audits(elf, known)
    calls = list(audits)
    for start, state, auditor in calls:
        where = f"{path.name}:{elf.functions.get(start, hex(start))}"
        yield from _sites(audits, where, state, auditor)
    for start in audits.uncalled():
        where = f"{path.name}:{elf.functions.get(start, hex(start))}"
        yield Site("?", where, None, "hands on the name it is given; no call of it was found", dynamic=True)
    if audits.auditors and not calls:
        yield Site("?", path.name, None, "PySys_Audit is imported; no call of it was found", dynamic=True)


def _sites(audits: Audits, where: str, state: State, auditor: Auditor) -> Iterator[Site]:
    names = sorted(filter(EVENT.fullmatch, audits.texts(audits.argument(state, auditor.name))))
    form = auditor.format
    forms: list[str | None] = [form] if not isinstance(form, int) else []
    if isinstance(form, int):
        forms += sorted(audits.texts(audits.argument(state, form)))
    if not forms or len(forms) > 1 < len(names):
        forms = [None]  # which goes with which, nobody knows
    for name, text in product(names or ["?"], forms):
        yield Site(name, where, None if text is None else formats.count(text), text or "", dynamic=not names)
