r"""From attributes to one line for a person.

A template is text with attributes in braces: `{FILE_PATH}` is the constant of that name in `semconv`, `{src}` is
`python.audit.arg.src`, `{data.size}` likewise; a whole key (of three parts or more, one of semconv's, or the
`attribute` of an argument) stands for itself. `{PEER}`, `{LOCAL}`, `{SERVER}`, `{FILE}` and `{COMMAND}` are phrases of
several attributes. A part in brackets is left out when one of its attributes is missing; where any other is missing,
the line is the generic one: the name and each attribute.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from otel_audit import semconv
from otel_audit.compiled import optional_extension
from otel_audit.events.arguments import text
from otel_audit.events.decode import arg_key
from otel_audit.events.phrases import PHRASES, command_args
from otel_audit.model import Event
from otel_audit.visible import visible

BODY_LIMIT = 512
"""Characters of a body: one line on a wide terminal, several of them on a narrow one."""

Reader = Callable[[Mapping[str, Any]], str | None]
Sayer = Callable[[str, Mapping[str, Any]], str]

_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_TOKEN = re.compile(r"\{([^{}]+)\}")
_CONVENTIONS = frozenset(key for name, key in vars(semconv).items() if name.isupper() and isinstance(key, str))


def body(event: Event, name: str, attributes: Mapping[str, Any]) -> str:
    """Say one record in one line; for many records of a row, keep its `sayer`."""
    return sayer(event)(name, attributes)


def sayer(event: Event) -> Sayer:
    """Make the function that says records of a row.

    Args:
        event: the row; its `text` is the template.

    Returns:
        A function of the event's name and its attributes after the processors: a line shows nothing they removed.
        At most 512 characters, without control characters.
    """
    segments = _segments(event)

    def say(name: str, attributes: Mapping[str, Any]) -> str:
        line = quick(segments, attributes) if type(attributes) is dict else None
        if line is not None:
            return line
        line = ""
        get = attributes.get
        for needed, before, key, after, read in segments:
            if read is None:
                value = get(key)
                if type(value) is str:
                    line = f"{line}{before}{value}{after}"
                    continue
                part = None if value is None else f"{before}{_shown(value)}{after}"
            else:
                part = read(attributes)
            if part is not None:
                line += part
            elif needed:
                line = ""
                break
        if not line:
            line = _generic_line(name, attributes)
        if len(line) > BODY_LIMIT or not line.isprintable():
            line = cut(visible(line), BODY_LIMIT)
        return line

    return say


def cut(line: str, limit: int) -> str:
    """At most `limit` characters, the last one an ellipsis where there were more."""
    return line if len(line) <= limit else line[: limit - 1] + "…"


def token_key(token: str, event: Event) -> str:
    """The attribute a token stands for; a phrase has none of its own."""
    if token.isupper() and hasattr(semconv, token):
        key: str = getattr(semconv, token)
        return key
    whole = token in _CONVENTIONS or token.count(".") > 1 or any(token == arg.attribute for arg in event.args)
    return token if whole else arg_key(token)


def quick_in_python(segments: tuple[_Segment, ...], attributes: dict[str, Any], /) -> str | None:
    """The line, or None where `sayer` must make it: always, without the C code."""
    return None


quick: Callable[[tuple[_Segment, ...], dict[str, Any]], str | None] = quick_in_python
_steps = optional_extension("otel_audit._steps")
if _steps is not None:
    quick = _steps.say


class _Segment(NamedTuple):
    """A part of a template: outside of brackets, or within.

    Args:
        needed: the line is none without it.
        before: text before its one attribute.
        key: of that attribute.
        after: text behind it.
        read: says the segment, where it is something else than one attribute.
    """

    needed: bool
    before: str
    key: str
    after: str
    read: Reader | None


def _segments(event: Event) -> tuple[_Segment, ...]:
    """Split a template before anything is put in: a value with braces stays a value."""
    pieces = enumerate(_OPTIONAL.split(event.text))
    return tuple(_segment(event, at % 2 == 0, _TOKEN.split(piece)) for at, piece in pieces if piece)


def _segment(event: Event, needed: bool, parts: list[str]) -> _Segment:
    """Of literal, token, literal, ..., literal."""
    if len(parts) == 3 and not _is_phrase(event, parts[1]):
        before, token, after = parts
        return _Segment(needed, before, token_key(token, event), after, None)
    return _Segment(needed, "", "", "", _reader(event, parts))


def _is_phrase(event: Event, token: str) -> bool:
    return token in PHRASES or token_key(token, event) == semconv.PROCESS_COMMAND_ARGS


def _reader(event: Event, parts: list[str]) -> Reader:
    """Make the function of several tokens, of a phrase, or of none."""
    if len(parts) == 1:
        return lambda _: parts[0]
    if len(parts) == 3:
        return _one(event, *parts)
    readers = [_one(event, parts[at - 1], parts[at], "") for at in range(1, len(parts), 2)]
    last = parts[-1]

    def read(attributes: Mapping[str, Any]) -> str | None:
        line = ""
        for reader in readers:
            part = reader(attributes)
            if part is None:
                return None
            line += part
        return line + last

    return read


def _one(event: Event, before: str, token: str, after: str) -> Reader:
    if _is_phrase(event, token):
        return _phrase(before, PHRASES.get(token, command_args), after)
    key = token_key(token, event)

    def read(attributes: Mapping[str, Any]) -> str | None:
        value = attributes.get(key)
        if value is None:
            return None
        return before + (value if type(value) is str else _shown(value)) + after

    return read


def _phrase(before: str, phrase: Reader, after: str) -> Reader:
    def read(attributes: Mapping[str, Any]) -> str | None:
        words = phrase(attributes)
        return None if words is None else before + words + after

    return read


def _shown(value: object) -> str:
    return " ".join(map(text, value)) if isinstance(value, (list, tuple)) else text(value)


def _generic_line(name: str, attributes: Mapping[str, Any]) -> str:
    if semconv.AUDIT_ARGS in attributes:
        return f"{name} {_shown(attributes[semconv.AUDIT_ARGS])}"
    pairs = (f"{key.removeprefix(semconv.AUDIT_ARG_PREFIX)}={_shown(value)}" for key, value in attributes.items())
    return " ".join((name, *pairs))
