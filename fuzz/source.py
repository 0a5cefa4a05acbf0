"""Choices read from bytes, so that a fuzzer, a random generator and a file of the corpus drive the same targets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

_T = TypeVar("_T")


class Source:
    """Reads choices from the front of an input; zeros when it is used up, so that every input ends.

    Args:
        data: the input.
    """

    __slots__ = ("at", "data")

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    @property
    def done(self) -> bool:
        """Whether the input is used up."""
        return self.at >= len(self.data)

    def byte(self) -> int:
        """The next byte."""
        at = self.at
        self.at = at + 1
        return self.data[at] if at < len(self.data) else 0

    def take(self, length: int) -> bytes:
        """The next bytes, as many as there are."""
        self.at += length
        return self.data[self.at - length : self.at]

    def number(self, width: int) -> int:
        """An unsigned number of so many bytes."""
        return int.from_bytes(self.take(width), "little")

    def pick(self, choices: Sequence[_T]) -> _T:
        """One of at most 65,536 things."""
        number = self.byte() if len(choices) <= 256 else self.number(2)
        return choices[number % len(choices)]

    def one_in(self, times: int) -> bool:
        """True once in so many times; False when the input is used up."""
        return self.byte() % times == times - 1
