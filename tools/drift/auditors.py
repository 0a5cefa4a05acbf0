"""Which functions of an image raise the event they are given: `PySys_Audit`, and what stands before and behind it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from tools.drift.elf import Elf
from tools.drift.machine import MACHINES, Parameter, Slot, State, Value
from tools.drift.paths import Call, Paths
from tools.drift.references import constants, mentions, stubs


class Auditor(NamedTuple):
    """A function that raises the event it is given.

    Args:
        name: position of the event's name among its parameters.
        format: position of the format; the format itself, where it is always the same; None where nobody knows.
    """

    name: int
    format: int | str | None


ENTRY = "PySys_Audit"
EXPORTED = {ENTRY: Auditor(0, 1), "PySys_AuditTuple": Auditor(0, None), "_PySys_Audit": Auditor(1, 2)}


class Audits:
    """Every call of such a function in one image.

    Args:
        elf: the image.
        known: names of events, to recognise by what they are called with functions that have lost their symbol.
    """

    def __init__(self, elf: Elf, known: Collection[str] = ()) -> None:
        self.elf = elf
        self.machine = MACHINES[elf.machine]()
        self.functions: dict[int, list[Call]] = {}
        self.stubs = dict(stubs(elf))
        self.auditors: dict[Value, Auditor] = {}
        for name, auditor in EXPORTED.items():
            self._add_symbol(name, auditor)
        self._find_behind()
        self._find_callers()
        self._find_clones(known)

    def __iter__(self) -> Iterator[tuple[int, State, Auditor]]:
        """(start of the calling function, registers, what is called); not where it only hands on its own parameter."""
        for start, calls in sorted(self.functions.items()):
            for call, auditor in self._audits(calls):
                names = self.argument(call.state, auditor.name)
                if self.texts(names) or not any(isinstance(name, Parameter) for name in names):
                    yield start, call.state, auditor

    def uncalled(self) -> Iterator[int]:
        """Functions that hand on the name they are given, and that nothing here is seen to call."""
        called = {target for calls in self.functions.values() for call in calls for target in call.targets}
        for start in self.functions.keys() & self.auditors.keys():
            symbol = self.elf.functions.get(start, "")
            if symbol not in EXPORTED and called.isdisjoint({start, *self._linkage(symbol)}):
                yield start

    def argument(self, state: State, position: int) -> frozenset[Value]:
        """What a parameter of a call may be."""
        return state.get(self.machine.parameters[position], frozenset())

    def texts(self, values: frozenset[Value]) -> set[str]:
        """The strings among values; NULL is the empty one."""
        found = {self.elf.text(value) if value else "" for value in values if isinstance(value, int)}
        return {text for text in found if text is not None}

    def _calls(self, address: int) -> list[Call]:
        """Calls of the function that an address lies in."""
        start, code = self.elf.around(address)
        if start not in self.functions:
            self.functions[start] = list(Paths(self.machine, code, start).calls())
        return self.functions[start]

    def _audits(self, calls: list[Call]) -> Iterator[tuple[Call, Auditor]]:
        for call in calls:
            for target in call.targets & self.auditors.keys():
                yield call, self.auditors[target]

    def _linkage(self, symbol: str) -> set[Value]:
        """Slots and stubs through which a symbol is called."""
        slots = {slot for slot, name in self.elf.slots if name == symbol}
        return {*map(Slot, slots), *(stub for stub, slot in self.stubs.items() if slot in slots)}

    def _add_symbol(self, symbol: str, auditor: Auditor) -> None:
        own = {address for address, name in self.elf.functions.items() if name == symbol}
        self.auditors |= dict.fromkeys(own | self._linkage(symbol), auditor)

    def _find_behind(self) -> None:
        """What `PySys_Audit` hands name and format on to; other functions call that, too."""
        passed = tuple(frozenset({Parameter(index)}) for index in (0, 1))
        for address in [each for each, name in self.elf.functions.items() if name == ENTRY]:
            for call in self._calls(address):
                held = [call.state.get(register) for register in self.machine.parameters]
                if all(parameter in held for parameter in passed):
                    behind = Auditor(*map(held.index, passed))
                    self.auditors |= {target: behind for target in call.targets if target not in self.auditors}

    def _find_callers(self) -> None:
        """All callers; one that hands on a name it was given is an auditor itself, and has callers."""
        known = 0
        while known != len(self.auditors):
            known = len(self.auditors)
            wanted = {_address(each) for each in self.auditors}
            for address in mentions(self.elf, wanted):
                self._calls(address)
            for start, calls in self.functions.items():
                for call, auditor in list(self._audits(calls)):
                    self._add_wrapper(start, call.state, auditor)

    def _add_wrapper(self, start: int, state: State, auditor: Auditor) -> None:
        names = [name for name in self.argument(state, auditor.name) if isinstance(name, Parameter)]
        if names and start not in self.auditors:
            form = auditor.format
            if isinstance(form, int):
                values = self.argument(state, form)
                passed = [value.position for value in values if isinstance(value, Parameter)]
                form = (*passed, *self.texts(values), None)[0]
            self.auditors[start] = Auditor(names[0].position, form)
            if start in self.elf.functions:
                self._add_symbol(self.elf.functions[start], self.auditors[start])

    def _find_clones(self, known: Collection[str]) -> None:
        """Link-time optimization copies `_PySys_Audit` for a few callers, under no exported name.

        Nothing else takes the name of an event; how a copy takes the format, nobody knows.
        """
        found = {text for _, state, auditor in self for text in self.texts(self.argument(state, auditor.name))}
        unseen = {at for name in known if "." in name and name not in found for at in self.elf.addresses(name)}
        for address in list(constants(self.elf, unseen)):
            for call in self._calls(address):
                for position in range(2):
                    if not unseen.isdisjoint(self.argument(call.state, position)):
                        self.auditors |= {
                            target: Auditor(position, None) for target in call.targets if self._lost(target)
                        }
        self._find_callers()

    def _lost(self, target: Value) -> bool:
        """A function of this image without a symbol of its own."""
        return isinstance(target, int) and target not in {*self.elf.functions, *self.stubs, *self.auditors}


def _address(target: Value) -> int:
    """Of a function, or of the slot that holds its address."""
    return target if isinstance(target, int) else target[0]
