"""As much LogQL as the log rules use, applied to lines of the log stream: no Loki can be had here.

A stream selector, then stages of label filters (`=`, `!=`, `=~`, `!~`, `and`, `or`, brackets) over structured metadata,
in a `count_over_time`. Regular expressions match the whole value; a label that is not there is empty.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

Labels = Mapping[str, str]
Filter = Callable[[Labels], bool]

_TOKEN = re.compile(r'\s*(?:(?P<text>`[^`]*`|"[^"\\]*")|(?P<word>\w+)|(?P<sign>=~|!~|!=|=|[()|]))')


class NotRead(Exception):
    """A query uses more than this reader knows."""


def metadata(line: Mapping[str, Any]) -> dict[str, str]:
    """A record as Loki's OTLP endpoint keeps it: underscores in names, lists as JSON."""
    return {
        re.sub(r"\W", "_", name): value if isinstance(value, str) else json.dumps(value) for name, value in line.items()
    }


def filters(query: str) -> Filter:
    """Which records the query counts.

    Raises:
        NotRead: the query has another form.
    """
    found = re.fullmatch(
        r'sum by \(([\w, ]+)\) \(\s*count_over_time\(\s*\{service_name=~"\.\+"\}(.*)\[\w+\]\)\s*\) > 0',
        query,
        re.DOTALL,
    )
    if not found:
        raise NotRead(query)
    stages = _Reader(found[2]).stages()
    return lambda labels: all(stage(labels) for stage in stages)


class _Reader:
    """Descends through stages, alternatives, conjunctions, comparisons."""

    def __init__(self, text: str) -> None:
        self._tokens: list[str] = []
        at = 0
        text = text.rstrip()
        while at < len(text):
            token = _TOKEN.match(text, at)
            if token is None:
                raise NotRead(text[at:])
            self._tokens.append(token[0].strip())
            at = token.end()

    def stages(self) -> list[Filter]:
        stages = []
        while self._tokens:
            self._take("|")
            stages.append(self._either())
        return stages

    def _either(self) -> Filter:
        parts = [self._both()]
        while self._next("or"):
            parts.append(self._both())
        return lambda labels: any(part(labels) for part in parts)

    def _both(self) -> Filter:
        parts = [self._one()]
        while self._next("and"):
            parts.append(self._one())
        return lambda labels: all(part(labels) for part in parts)

    def _one(self) -> Filter:
        if self._next("("):
            inner = self._either()
            self._take(")")
            return inner
        name, sign, value = self._tokens.pop(0), self._tokens.pop(0), self._tokens.pop(0)[1:-1]
        if sign in ("=", "!="):
            return lambda labels: (labels.get(name, "") == value) == (sign == "=")
        pattern = re.compile(value, re.DOTALL)
        return lambda labels: bool(pattern.fullmatch(labels.get(name, ""))) == (sign == "=~")

    def _next(self, token: str) -> bool:
        if self._tokens[:1] != [token]:
            return False
        self._tokens.pop(0)
        return True

    def _take(self, token: str) -> None:
        if not self._next(token):
            raise NotRead(f"expected {token!r} before {self._tokens}")
