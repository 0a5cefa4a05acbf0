"""What two processors' instructions do to registers that hold constants or arguments. The rest is unknown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

import capstone  # type: ignore[import-untyped]  # ships no types
from capstone import arm64_const, x86_const


class Parameter(NamedTuple):
    """What the function was called with, by its place."""

    position: int


class Slot(NamedTuple):
    """What the dynamic linker put at an address."""

    address: int


class Page(NamedTuple):
    """First half of an address on aarch64; only this is added to, so that a loop's sums do not count up for ever."""

    address: int


Value = int | Parameter | Slot | Page
State = dict[str, frozenset[Value]]
"""What a register may hold; a register that is not there may hold anything."""


class Flow(NamedTuple):
    """Where an instruction goes.

    Args:
        kind: `next` only to the one after it; `call` and `branch` to a target and then or else to that; `jump` to a
            target; `end` nowhere.
        targets: addresses, or the slots that hold them; empty where nobody knows.
    """

    kind: Literal["next", "call", "branch", "jump", "end"]
    targets: frozenset[Value] = frozenset()


NEXT = Flow("next")
END = Flow("end")


class Machine:
    """What both have in common.

    Args:
        engine: the disassembler, with details on.
        parameters: registers of a call's first arguments.
        kept: registers that a call leaves as they are.
        families: name of the whole register, by the names of its parts.
    """

    def __init__(
        self, engine: Any, parameters: tuple[str, ...], kept: frozenset[str], families: Mapping[str, str]
    ) -> None:
        engine.detail = True
        self.engine = engine
        self.parameters = parameters
        self.kept = kept
        self.families = families

    def decode(self, code: bytes, start: int) -> list[Any]:
        """Every instruction; bytes that are none end it."""
        return list(self.engine.disasm(code, start))

    def entry(self) -> State:
        """What registers hold when a function starts."""
        return {register: frozenset({Parameter(index)}) for index, register in enumerate(self.parameters)}

    def after_call(self, state: State) -> State:
        """What is left when a call returns."""
        return {register: values for register, values in state.items() if register in self.kept}

    def step(self, instruction: Any, state: State) -> None:
        """Change the state as the instruction does."""
        operands = instruction.operands
        value = self.value(instruction, operands, state) if operands else None
        for register in instruction.regs_access()[1]:
            state.pop(self.whole(instruction, register), None)
        if value is not None:
            state[self.whole(instruction, operands[0].reg)] = value

    def whole(self, instruction: Any, register: int) -> str:
        """Name of the register that one is a part of."""
        name = instruction.reg_name(register)
        return self.families.get(name, name)

    def held(self, instruction: Any, operand: Any, state: State) -> frozenset[Value] | None:
        """What a register operand may hold."""
        return state.get(self.whole(instruction, operand.reg))

    def value(self, instruction: Any, operands: Any, state: State) -> frozenset[Value] | None:
        """What the first operand, a register, may hold afterwards; None where nobody knows."""
        raise NotImplementedError

    def flow(self, instruction: Any, state: State) -> Flow:
        """Where it goes."""
        raise NotImplementedError


def _both(one: frozenset[Value] | None, other: frozenset[Value] | None) -> frozenset[Value] | None:
    return None if one is None or other is None else one | other


class X86(Machine):
    """x86-64, System V calls."""

    def __init__(self) -> None:
        families = {f"{letter}l": f"r{letter}x" for letter in "abcd"} | {
            f"{letter}h": f"r{letter}x" for letter in "abcd"
        }
        for stem in ("ax", "bx", "cx", "dx", "si", "di", "bp", "sp"):
            families |= {stem: f"r{stem}", f"e{stem}": f"r{stem}", f"{stem}l": f"r{stem}"}
        for number in range(8, 16):
            families |= {f"r{number}{part}": f"r{number}" for part in "dwb"}
        kept = frozenset({"rbx", "rbp", "r12", "r13", "r14", "r15"})
        engine = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)
        super().__init__(engine, ("rdi", "rsi", "rdx", "rcx", "r8", "r9"), kept, families)

    def value(self, instruction: Any, operands: Any, state: State) -> frozenset[Value] | None:
        first, last = operands[0], operands[-1]
        if first.type != x86_const.X86_OP_REG or first.size < 4:
            return None
        if instruction.id in (x86_const.X86_INS_MOV, x86_const.X86_INS_MOVABS):
            return self._moved(instruction, last, state)
        if instruction.id == x86_const.X86_INS_LEA and last.mem.base == x86_const.X86_REG_RIP:
            return frozenset({instruction.address + instruction.size + last.mem.disp})
        if instruction.id == x86_const.X86_INS_XOR and last.type == x86_const.X86_OP_REG and last.reg == first.reg:
            return frozenset({0})
        if instruction.mnemonic.startswith("cmov") and last.type == x86_const.X86_OP_REG:
            return _both(self.held(instruction, first, state), self.held(instruction, last, state))
        return None

    def _moved(self, instruction: Any, source: Any, state: State) -> frozenset[Value] | None:
        if source.type == x86_const.X86_OP_IMM:
            return frozenset({source.imm})
        if source.type == x86_const.X86_OP_REG:
            return self.held(instruction, source, state)
        slot = self._slot(instruction, source)
        return None if slot is None else frozenset({Slot(slot)})

    def _slot(self, instruction: Any, operand: Any) -> int | None:
        if operand.type != x86_const.X86_OP_MEM or operand.mem.base != x86_const.X86_REG_RIP:
            return None
        return int(instruction.address + instruction.size + operand.mem.disp)

    def flow(self, instruction: Any, state: State) -> Flow:
        if instruction.group(capstone.CS_GRP_CALL):
            return Flow("call", self._targets(instruction, state))
        if instruction.group(capstone.CS_GRP_JUMP):
            always = instruction.id == x86_const.X86_INS_JMP
            return Flow("jump" if always else "branch", self._targets(instruction, state))
        return END if instruction.mnemonic in ("ret", "ud2", "hlt") else NEXT

    def _targets(self, instruction: Any, state: State) -> frozenset[Value]:
        operand = instruction.operands[0]
        if operand.type == x86_const.X86_OP_MEM:
            slot = self._slot(instruction, operand)
            return frozenset() if slot is None else frozenset({Slot(slot)})
        return self._moved(instruction, operand, state) or frozenset()


class Aarch64(Machine):
    """aarch64, procedure call standard."""

    def __init__(self) -> None:
        families = {f"w{number}": f"x{number}" for number in range(31)} | {"wzr": "xzr"}
        kept = frozenset(f"x{number}" for number in range(19, 30))
        engine = capstone.Cs(capstone.CS_ARCH_ARM64, capstone.CS_MODE_ARM)
        super().__init__(engine, tuple(f"x{number}" for number in range(8)), kept, families)

    def held(self, instruction: Any, operand: Any, state: State) -> frozenset[Value] | None:
        if self.whole(instruction, operand.reg) == "xzr":
            return frozenset({0})
        return super().held(instruction, operand, state)

    def value(self, instruction: Any, operands: Any, state: State) -> frozenset[Value] | None:
        name, sources = instruction.mnemonic, operands[1:]
        if name == "adrp":
            return frozenset({Page(sources[0].imm)})
        if name in ("adr", "mov", "movz") and len(sources) == 1:
            if sources[0].type == arm64_const.ARM64_OP_IMM:
                return frozenset({sources[0].imm << sources[0].shift.value})
            return self.held(instruction, sources[0], state)
        if name == "add" and sources[1].type == arm64_const.ARM64_OP_IMM:
            pages = self.held(instruction, sources[0], state) or ()
            return frozenset(each.address + sources[1].imm for each in pages if isinstance(each, Page)) or None
        if name == "csel":
            return _both(*(self.held(instruction, source, state) for source in sources[:2]))
        return None

    def flow(self, instruction: Any, state: State) -> Flow:
        name = instruction.mnemonic
        if name in ("bl", "b"):
            return Flow("call" if name == "bl" else "jump", frozenset({instruction.operands[0].imm}))
        if name in ("blr", "br"):
            targets = self.held(instruction, instruction.operands[0], state) or frozenset()
            return Flow("call" if name == "blr" else "jump", targets)
        if name.startswith(("b.", "cbz", "cbnz", "tbz", "tbnz")):
            return Flow("branch", frozenset({instruction.operands[-1].imm}))
        return END if name in ("ret", "udf", "brk") else NEXT


MACHINES: Mapping[str, Callable[[], Machine]] = {"x86_64": X86, "aarch64": Aarch64}
