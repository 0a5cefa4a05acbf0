"""The SDK's functions, and how to have one call something else by a name: at one call, nowhere else."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import FunctionType
from typing import Any


def is_original(module: str, owner: str, name: str) -> bool:
    """Whether a function is the one that was written in that module, under that name.

    Args:
        module: its name; a module that was not imported has no functions.
        owner: the class; empty for the module's own.
        name: of the function.
    """
    found = sys.modules.get(module)
    held = getattr(found, owner, None) if owner else found
    function = getattr(held, name, None)
    return type(function) is FunctionType and function.__globals__ is vars(found) and function.__code__.co_name == name


def calls(function: object, name: str) -> bool:
    """Whether a function calls another one by that name."""
    return isinstance(function, FunctionType) and name in function.__code__.co_names


def rebound(function: FunctionType, names: Mapping[str, Any]) -> FunctionType:
    """The same function, to which some names of its module mean something else."""
    return within(function, {**function.__globals__, **names})


def within(function: FunctionType, names: dict[str, Any]) -> FunctionType:
    """The same function, to which these are the names of its module."""
    same = FunctionType(function.__code__, names, function.__name__, function.__defaults__, function.__closure__)
    same.__kwdefaults__ = function.__kwdefaults__
    return same
