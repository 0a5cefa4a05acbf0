"""What the registers may hold at each call of a function, over all paths that lead there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from tools.drift.machine import Machine, State, Value


class Call(NamedTuple):
    """A call, or a jump out of the function.

    Args:
        address: of the instruction.
        targets: where it goes, as in `Flow`.
        state: registers at that moment.
    """

    address: int
    targets: frozenset[Value]
    state: State


class Paths:
    """All paths through one function.

    Args:
        machine: the processor.
        code: of the function.
        start: its address.
    """

    def __init__(self, machine: Machine, code: bytes, start: int) -> None:
        self.machine = machine
        self.instructions = machine.decode(code, start)
        self.index = {each.address: number for number, each in enumerate(self.instructions)}
        self.leaders, self.cases = self._leaders(start)
        self.arrived: dict[int, State] = {}
        self.pending: list[int] = []
        self.found: dict[int, Call] = {}
        self._arrive(start, machine.entry())

    def calls(self) -> Iterable[Call]:
        """Every call. What only a computed jump reaches starts with what the registers held at that jump."""
        self._walk()
        for case in self.cases:
            if case not in self.arrived:
                self._arrive(case, {})
        self._walk()
        return self.found.values()

    def _leaders(self, start: int) -> tuple[set[int], set[int]]:
        """Where straight lines begin; and those of them that no direct jump leads to: the cases of a switch."""
        leaders, after = {start}, set[int]()
        for each in self.instructions:
            flow = self.machine.flow(each, {})
            if flow.kind in ("branch", "jump"):
                leaders |= {target for target in flow.targets if isinstance(target, int)}
            if flow.kind in ("end", "jump"):
                after.add(each.address + each.size)
        cases = {address for address in after - leaders if address in self.index}
        return leaders | cases, cases

    def _arrive(self, address: int, state: State) -> None:
        """Add what one path brings. A register that another path leaves unknown keeps what is known of it."""
        known = self.arrived.get(address)
        joined = {name: values | (known or {}).get(name, frozenset()) for name, values in state.items()}
        joined = {**(known or {}), **joined}
        if joined != known:
            self.arrived[address] = joined
            self.pending.append(address)

    def _walk(self) -> None:
        while self.pending:
            address = self.pending.pop()
            self._line(self.index[address], dict(self.arrived[address]))

    def _line(self, first: int, state: State) -> None:
        """Follow one straight line to its end."""
        for number in range(first, len(self.instructions)):
            instruction = self.instructions[number]
            if number > first and instruction.address in self.leaders:
                return self._arrive(instruction.address, state)
            flow = self.machine.flow(instruction, state)
            if flow.kind in ("branch", "jump"):
                self._jump(instruction, flow.targets, state, computed=flow.kind == "jump" and not flow.targets)
            elif flow.kind == "call":
                self.found[instruction.address] = Call(instruction.address, flow.targets, dict(state))
                state = self.machine.after_call(state)
            else:
                self.machine.step(instruction, state)
            if flow.kind in ("end", "jump"):
                return None
        return None

    def _jump(self, instruction: Any, targets: frozenset[Value], state: State, computed: bool) -> None:
        for target in self.cases if computed else targets:
            if target in self.index and isinstance(target, int):
                self._arrive(target, state)
            else:
                self.found[instruction.address] = Call(instruction.address, targets, dict(state))
