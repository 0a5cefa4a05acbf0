"""From a record to attributes, and from attributes to one line. Nothing here raises.

CPython raises an audit event before it acts, so a body says what was asked for, not what came of it.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from functools import lru_cache

from otel_audit import semconv
from otel_audit.events.decode import INT64_MAX, INT64_MIN, arg_key, number_text
from otel_audit.model import (
    Arg,
    AttributeValue,
    CodeRef,
    Event,
    Items,
    Kind,
    Missing,
    Opaque,
    Record,
    Size,
    Value,
)

ARGS_LIMIT = 1024
"""Characters of `python.audit.args`."""

BODY_LIMIT = 512
"""Characters of a body: one line on a wide terminal, several of them on a narrow one."""

_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_KEY = re.compile(r"\{([^{}]+)\}")

# C0, DEL and C1 controls, line separators, what reorders text on screen, lone surrogates (no sink can encode them).
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_SHORT_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def describe(event: Event, record: Record) -> dict[str, AttributeValue]:
    """Turn the captured arguments of a record into attributes.

    Args:
        event: the record's row, or `events.generic(name)`.
        record: its `values` hold one value for each argument whose kind is not SKIP.

    Returns:
        Attributes of the arguments only. Each key has one type, in every event. An integer past 64 bits has no
        attribute type: it is named by type, as any other value its row does not expect.
    """
    if not event.args and record.values:
        return _generic(record)
    attributes: dict[str, AttributeValue] = {}
    captured = (arg for arg in event.args if arg.kind is not Kind.SKIP)
    for arg, value in zip(captured, record.values, strict=False):
        attributes.update(_argument(arg, value))
    surplus = record.argc - len(event.args)
    if surplus > 0:
        attributes[semconv.AUDIT_EXTRA_ARGUMENTS] = surplus
    elif surplus < 0:
        attributes[semconv.AUDIT_MISSING_ARGUMENTS] = -surplus
    return attributes


def body(event: Event, name: str, attributes: Mapping[str, AttributeValue]) -> str:
    """Say in one line what a record says.

    Args:
        event: its row. In `event.text` a part in brackets is left out when one of its keys is missing; where any
            other key is missing, the generic line is used.
        name: the event's name.
        attributes: what `describe` returned, after the processors: the body shows nothing they removed.

    Returns:
        At most 512 characters, without control characters.
    """
    line = _fill(event.text, attributes) if event.text else None
    escaped = _UNPRINTABLE.sub(_escape, _generic_line(name, attributes) if line is None else line)
    return _cut(escaped, BODY_LIMIT)


def _argument(arg: Arg, value: Value) -> Mapping[str, AttributeValue]:
    if isinstance(value, Missing):
        return {}
    if arg.decode is None:
        return _plain(arg, value)
    try:
        decoded = arg.decode(value)
    except Exception:  # a decoder's bug must not cost the record
        return _plain(arg, value)
    if isinstance(value, (Size, Opaque)):
        return {**_plain(arg, value), **decoded}
    return decoded


def _plain(arg: Arg, value: Value) -> dict[str, AttributeValue]:
    stem = arg_key(arg.name)
    if value is None or isinstance(value, Missing):
        return {}
    if isinstance(value, Size):
        return {f"{stem}.size": value.length}
    if isinstance(value, Opaque):
        whole = arg.kind is Kind.TYPE and arg.attribute is not None
        return {arg.attribute if whole and arg.attribute else f"{stem}.type": value.type_name}
    if isinstance(value, CodeRef):
        return {
            semconv.CODE_FILE_PATH: value.file,
            semconv.CODE_FUNCTION_NAME: value.name,
            semconv.CODE_LINE_NUMBER: value.line,
        }
    if isinstance(value, Items):
        return _list(arg, value, stem)
    return _scalar(arg, value, stem)


def _list(arg: Arg, items: Items, stem: str) -> dict[str, AttributeValue]:
    attributes: dict[str, AttributeValue] = {}
    if arg.kind is Kind.ARGV:
        attributes[arg.attribute or stem] = [_text(item) for item in items.values]
    if items.total > len(items.values):
        attributes[f"{stem}.total"] = items.total
    return attributes


def _scalar(arg: Arg, value: str | int | float, stem: str) -> dict[str, AttributeValue]:
    """The kind decides the attribute's type, so that a key has one."""
    key, kind = arg.attribute or stem, arg.kind
    number = isinstance(value, int) and INT64_MIN <= value <= INT64_MAX
    if kind is Kind.ARGV and isinstance(value, str):
        # A command as one string: Windows, or a shell's. The list has another type, so it has another key.
        return {semconv.PROCESS_COMMAND_LINE if key == semconv.PROCESS_COMMAND_ARGS else f"{stem}.line": value}
    if kind is Kind.PATH and number:
        return {arg_key("fd"): int(value)}
    if kind is Kind.INT and number:
        return {key: int(value)}
    if kind is Kind.FLOAT and (number or isinstance(value, float)):
        return {key: float(value)}
    if kind is Kind.BOOL and number:
        return {key: bool(value)}
    if kind in (Kind.TEXT, Kind.PATH, Kind.ADDRESS, Kind.AUTO) and not _beyond(value):
        return {key: _text(value)}
    return {f"{stem}.type": type(value).__name__}


def _beyond(value: object) -> bool:
    return isinstance(value, int) and not INT64_MIN <= value <= INT64_MAX


def _generic(record: Record) -> dict[str, AttributeValue]:
    texts = [_text(value) for value in record.values if not isinstance(value, Missing)]
    if record.argc > len(record.values):
        texts.append(f"<{record.argc - len(record.values)} more>")
    return {semconv.AUDIT_ARGS: _cut(", ".join(texts), ARGS_LIMIT)} if texts else {}


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Size):
        return f"<{value.type_name} {value.length}>"
    if isinstance(value, Opaque):
        return f"<{value.type_name}>"
    if isinstance(value, CodeRef):
        return f"<code {value.name} {value.file}:{value.line}>"
    if isinstance(value, Items):
        rest = [f"<{value.total - len(value.values)} more>"] if value.total > len(value.values) else []
        return "(" + ", ".join([_text(item) for item in value.values] + rest) + ")"
    if value is None or isinstance(value, (bool, float)):
        return repr(value)
    return number_text(value) if isinstance(value, int) else f"<{type(value).__name__}>"


def _fill(text: str, attributes: Mapping[str, AttributeValue]) -> str | None:
    line = []
    for optional, parts in _parse(text):
        filled = _fill_part(parts, attributes)
        if filled is None and not optional:
            return None
        line.append(filled or "")
    return "".join(line)


def _fill_part(parts: tuple[str, ...], attributes: Mapping[str, AttributeValue]) -> str | None:
    """Literal, key, literal, key, ..., literal."""
    line = list(parts)
    for index in range(1, len(parts), 2):
        key = parts[index]
        if key not in attributes:
            return None
        line[index] = _shown(key, attributes[key])
    return "".join(line)


@lru_cache(maxsize=512)
def _parse(text: str) -> tuple[tuple[bool, tuple[str, ...]], ...]:
    """Split a template before anything is put in: a value with braces stays a value."""
    return tuple((index % 2 == 1, tuple(_KEY.split(part))) for index, part in enumerate(_OPTIONAL.split(text)))


def _generic_line(name: str, attributes: Mapping[str, AttributeValue]) -> str:
    if semconv.AUDIT_ARGS in attributes:
        return f"{name} {_shown(semconv.AUDIT_ARGS, attributes[semconv.AUDIT_ARGS])}"
    pairs = (f"{key.removeprefix(semconv.AUDIT_ARG_PREFIX)}={_shown(key, value)}" for key, value in attributes.items())
    return " ".join((name, *pairs))


def _shown(key: str, value: object) -> str:
    if isinstance(value, (list, tuple)):
        texts = [_text(item) for item in value]
        return shlex.join(texts) if key == semconv.PROCESS_COMMAND_ARGS else " ".join(texts)
    return _text(value)


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    if character in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[character]
    code = ord(character)
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
