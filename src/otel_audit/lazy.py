"""Patterns compiled when they are first used: most programs never meet what most of them look for.

Compiled at import, they would cost every start 20 ms.
"""

from __future__ import annotations

import re
from typing import Any, cast

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
