"""What is made when it is first used: most programs never meet what most patterns look for.

Compiled at import, they would cost every start 20 ms.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Generic, TypeVar, cast

T = TypeVar("T")

_METHODS = ("search", "match", "fullmatch", "finditer", "findall", "sub", "split", "pattern", "flags")


class _Lazy:
    def __init__(self, pattern: str, flags: int) -> None:
        self._source = pattern, flags

    def __getattr__(self, name: str) -> Any:
        """Asked for once: then what the compiled pattern has stands in the instance."""
        compiled = re.compile(*self._source)
        vars(self).update({method: getattr(compiled, method) for method in _METHODS})
        return getattr(compiled, name)


def lazy(pattern: str, flags: int = 0) -> re.Pattern[str]:
    """What re.compile returns, as far as its methods for searching go."""
    return cast("re.Pattern[str]", _Lazy(pattern, flags))


class LazyAttribute(Generic[T]):
    """An attribute made by a method when it is first read, as functools.cached_property does, without its lock.

    That one, before 3.12, is the whole class's, and a fork in another thread would leave it held in the child. Here two
    threads may both make it: all get the one that was kept first.
    """

    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type | None = None) -> T:
        if instance is None:  # of the class
            return cast("T", self)
        return cast("T", vars(instance).setdefault(self._name, self._make(instance)))
