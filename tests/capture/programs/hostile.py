"""Arguments whose every method tells that it was called."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

CALLS: list[str] = []
LISTENING = False

_METHODS = """
__abs__ __add__ __and__ __bool__ __bytes__ __ceil__ __complex__ __contains__ __copy__ __deepcopy__ __delattr__
__delitem__ __dir__ __divmod__ __enter__ __eq__ __exit__ __float__ __floor__ __floordiv__ __format__
__fspath__ __ge__ __get__ __getattr__ __getattribute__ __getitem__ __getnewargs__ __getstate__ __gt__ __hash__
__iadd__ __index__ __int__ __invert__ __iter__ __le__ __len__ __length_hint__ __lt__ __mod__ __mul__ __ne__
__neg__ __next__ __or__ __pos__ __radd__ __reduce__ __reduce_ex__ __repr__ __reversed__ __rmod__ __round__
__setattr__ __setitem__ __sizeof__ __str__ __sub__ __trunc__ __xor__ encode decode keys values items get
"""


def _telling(name: str) -> Any:
    def told(self: object, *args: object, **kwargs: object) -> Any:
        if LISTENING:
            CALLS.append(name)
            raise RuntimeError(f"{name} was called inside the hook")
        return getattr(super(type(self), self), name)(*args, **kwargs)

    return told


def _told_class(self: object) -> Any:
    if LISTENING:
        CALLS.append("__class__")
    return type(self)


class Meta(type):
    """Also asking the class would be telling."""

    def __instancecheck__(cls, instance: object) -> bool:
        if LISTENING:
            CALLS.append("type.__instancecheck__")
        return False

    def __subclasscheck__(cls, subclass: type) -> bool:
        if LISTENING:
            CALLS.append("type.__subclasscheck__")
        return False

    def __eq__(cls, other: object) -> bool:
        if LISTENING:
            CALLS.append("type.__eq__")
        return cls is other

    def __hash__(cls) -> int:
        if LISTENING:
            CALLS.append("type.__hash__")
        return 1

    def __getattribute__(cls, name: str) -> Any:
        if LISTENING:
            CALLS.append(f"type.{name}")
        return type.__getattribute__(cls, name)


def hostile(base: type, *args: Any) -> Any:
    """An instance of a subclass of `base` that tells of every call."""
    methods: dict[str, Any] = {name: _telling(name) for name in _METHODS.split()}
    return Meta("Hostile", (base,), {**methods, "__class__": property(_told_class)})(*args)


def listen(on: bool) -> None:
    global LISTENING
    LISTENING = on


def arguments() -> list[Any]:
    """One of each type that a capture list reads."""
    return [
        hostile(str, "text"),
        hostile(str, "\udcff\x00é"),
        hostile(bytes, b"bytes"),
        hostile(bytearray, b"bytearray"),
        hostile(int, 7),
        hostile(int, 1 << 70),
        hostile(float, 1.5),
        hostile(list, ["a", 1]),
        hostile(tuple, ("h", 80)),
        hostile(dict, {"k": 1}),
        hostile(set, {1}),
        hostile(frozenset, {1}),
        hostile(PurePosixPath, "/a", "b"),
        hostile(object),
    ]
