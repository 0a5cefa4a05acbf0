"""What of the records is shown: conditions that must all hold. `WORDS` is what a user is told."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from otel_audit.top import subjects
from otel_audit.top.record import Record

WORDS = (
    ("word", "anywhere: message, event, group, trace id, any value; upper case is lower case"),
    ("key:word", "in the value of that attribute"),
    ("key=word", "that value is the word"),
    ("-word, -key:word", "not"),
    ('"two words"', "with the space, behind a key too"),
)
"""Besides attributes, keys are event, group, level, trace, message, peer, process and file."""
_TERM = re.compile(r'(-?)(?:([\w.]+)([:=]))?(?:"([^"]*)"?|(\S+))')
_OWN: Mapping[str, Callable[[Record], str]] = {
    "event": lambda record: record.name,
    "group": lambda record: record.group,
    "level": lambda record: record.level,
    "trace": lambda record: record.trace_id,
    "message": lambda record: record.message,
    "peer": lambda record: subjects.peer(record.fields),
    "process": lambda record: subjects.program(record.fields)[0],
    "file": lambda record: subjects.file(record.fields),
}


class Term(NamedTuple):
    """One condition.

    Args:
        without: whether it must not hold.
        key: attribute; empty for anywhere.
        whole: whether the value must be the word, not only hold it.
        word: in lower case.
    """

    without: bool
    key: str
    whole: bool
    word: str


class Filter:
    """A parsed filter. Any text is one: what reads like no condition is a word to look for."""

    def __init__(self, text: str) -> None:
        self.text = text.strip()
        self._terms = [
            Term(bool(minus), key, sign == "=", (quoted or plain).casefold())
            for minus, key, sign, quoted, plain in _TERM.findall(self.text)
            if plain != "-"  # somebody is still typing
        ]

    def __bool__(self) -> bool:
        return bool(self._terms)

    def matches(self, record: Record) -> bool:
        """Whether the record is shown."""
        return all(_holds(term, record) != term.without for term in self._terms)


def _holds(term: Term, record: Record) -> bool:
    texts = _texts(term.key, record)
    if term.whole:
        return any(term.word == text.casefold() for text in texts)
    return any(term.word in text.casefold() for text in texts)


def _texts(key: str, record: Record) -> list[str]:
    if key in _OWN:
        return [_OWN[key](record)]
    if key:
        return _values(record.fields.get(key))
    values = [text for value in record.fields.values() for text in _values(value)]
    return [record.message, record.name, record.group, record.trace_id, *values]


def _values(value: Any) -> list[str]:
    """Texts of one attribute."""
    if value is None:
        return []
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def exactly(key: str, value: str) -> str:
    """The condition that a value is this one.

    A quotation mark cannot be written: of such a value the part before it is looked for.
    """
    plain, mark, _ = value.partition('"')
    return f'{key}:"{plain}"' if mark else f'{key}="{plain}"' if re.search(r"\s", plain) else f"{key}={plain}"
