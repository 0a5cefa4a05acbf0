"""The plain rules: one captured value to attributes, by the kind of its argument.

Each argument becomes a function once. It asks for the type its row expects and leaves every other to `careful`, which
knows all of them and says of what it cannot read which type it was.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from otel_audit import semconv
from otel_audit.events.decode import INT64_MAX, INT64_MIN, Decoder, arg_key, fits, number_text
from otel_audit.model import Arg, AttributeValue, CodeRef, Items, Kind, Missing, Opaque, Size, Value

_COMMAND = arg_key("command")

Put = Callable[[Value, dict[str, AttributeValue]], None]
"""Adds the attributes of one value."""


class Compiled(NamedTuple):
    """How the values of an argument are described.

    Args:
        key: of the attribute that holds a value of the expected type as it is.
        expected: that type, exactly; `Never` where a value takes more than that.
        put: describes every other value.
    """

    key: str
    expected: type
    put: Put


class Never:
    """The type of no value."""


def compiled(arg: Arg) -> Compiled:
    """Look once at how an argument is described."""
    if arg.decode is not None:
        return Compiled("", Never, _decoded(arg, arg.decode))
    return Compiled(arg.attribute or arg_key(arg.name), _AS_THEY_ARE.get(arg.kind, Never), _MAKERS[arg.kind](arg))


def careful(arg: Arg, value: Value, attributes: dict[str, AttributeValue]) -> None:
    """Describe a value of whatever type. The kind decides the type of a key, so that it has one."""
    if value is None:
        return
    if isinstance(value, Missing):
        lost = attributes.get(semconv.AUDIT_MISSING_ARGUMENTS, 0)
        attributes[semconv.AUDIT_MISSING_ARGUMENTS] = 1 + (lost if isinstance(lost, int) else 0)
    elif isinstance(value, Size):
        _put_size(arg, value, attributes)
    elif isinstance(value, Opaque):
        attributes[_type_key(arg)] = value.type_name
    elif isinstance(value, CodeRef):
        _put_code(value, attributes)
    elif isinstance(value, Items):
        _put_items(arg, value, attributes)
    else:
        key, scalar = _scalar(arg, value)
        attributes[key] = scalar


def text(value: object) -> str:
    """One line for any value, such as the generic decoder and bodies show it."""
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
        return "(" + ", ".join([text(item) for item in value.values] + rest) + ")"
    if value is None or isinstance(value, (bool, float)):
        return repr(value)
    return number_text(value) if isinstance(value, int) else f"<{type(value).__name__}>"


def _type_key(arg: Arg) -> str:
    named = arg.kind is Kind.TYPE and arg.attribute
    return named or arg_key(arg.name) + ".type"


def _size_key(arg: Arg) -> str:
    named = arg.kind is Kind.SIZE and arg.attribute
    return named or arg_key(arg.name) + ".size"


def _put_size(arg: Arg, size: Size, attributes: dict[str, AttributeValue]) -> None:
    if fits(size.length):
        attributes[_size_key(arg)] = size.length
    else:
        attributes[_type_key(arg)] = size.type_name


def _put_code(code: CodeRef, attributes: dict[str, AttributeValue]) -> None:
    attributes[semconv.CODE_FILE_PATH] = code.file
    attributes[semconv.CODE_FUNCTION_NAME] = code.name
    if fits(code.line):
        attributes[semconv.CODE_LINE_NUMBER] = code.line


def _put_items(arg: Arg, items: Items, attributes: dict[str, AttributeValue]) -> None:
    stem = arg_key(arg.name)
    if arg.kind is Kind.WORD:
        _put_word(stem, items, attributes)
        return
    if arg.kind is Kind.ARGV:
        attributes[arg.attribute or stem] = [text(item) for item in items.values]
    else:
        attributes[_type_key(arg)] = "tuple"  # or a list: the hook does not tell
    if items.total > len(items.values) and fits(items.total):
        attributes[f"{stem}.total"] = items.total


def _put_word(stem: str, items: Items, attributes: dict[str, AttributeValue]) -> None:
    """A command that the hook took from a fixed list, and the length of its line."""
    command = items.values[0] if items.values else ""
    if isinstance(command, str) and command:
        attributes[_COMMAND] = command
    if fits(items.total):
        attributes[f"{stem}.size"] = items.total


def _scalar(arg: Arg, value: str | int | float) -> tuple[str, AttributeValue]:
    key, kind = arg.attribute or arg_key(arg.name), arg.kind
    if kind is Kind.ARGV and isinstance(value, str):
        # A command as one string: Windows, or a shell's. The list has another type, so it has another key.
        whole = key == semconv.PROCESS_COMMAND_ARGS
        return (semconv.PROCESS_COMMAND_LINE if whole else arg_key(arg.name) + ".line"), value
    if isinstance(value, int) and INT64_MIN <= value <= INT64_MAX:
        if kind in _FROM_NUMBER:
            return key, _FROM_NUMBER[kind](value)
        if kind is Kind.PATH:
            return arg_key("fd"), int(value)
    if kind is Kind.FLOAT and isinstance(value, float):
        return key, float(value)
    if kind in _TEXTS and (isinstance(value, (str, float)) or fits(value)):
        return key, text(value)
    return arg_key(arg.name) + ".type", type(value).__name__


_FROM_NUMBER: dict[Kind, Callable[[int], int | float | bool]] = {Kind.INT: int, Kind.FLOAT: float, Kind.BOOL: bool}
_TEXTS = frozenset((Kind.TEXT, Kind.PATH, Kind.ADDRESS, Kind.AUTO))


def _decoded(arg: Arg, decode: Decoder) -> Put:
    def put(value: Value, attributes: dict[str, AttributeValue]) -> None:
        try:
            found = decode(value)
        except Exception:  # a decoder's bug must not cost the record
            found = None
        if found is None:
            careful(arg, value, attributes)
        else:
            attributes.update(found)

    return put


def _make_int(arg: Arg) -> Put:
    key = arg.attribute or arg_key(arg.name)

    def put(value: Value, attributes: dict[str, AttributeValue]) -> None:
        if type(value) is int and INT64_MIN <= value <= INT64_MAX:
            attributes[key] = value
        elif value is not None:
            careful(arg, value, attributes)

    return put


def _make_size(arg: Arg) -> Put:
    key = _size_key(arg)

    def put(value: Value, attributes: dict[str, AttributeValue]) -> None:
        if type(value) is Size and value.length <= INT64_MAX:
            attributes[key] = value.length
        elif value is not None:
            careful(arg, value, attributes)

    return put


def _make_type(arg: Arg) -> Put:
    key = _type_key(arg)

    def put(value: Value, attributes: dict[str, AttributeValue]) -> None:
        if type(value) is Opaque:
            attributes[key] = value.type_name
        else:
            careful(arg, value, attributes)

    return put


def _make_argv(arg: Arg) -> Put:
    key = arg.attribute or arg_key(arg.name)

    def put(value: Value, attributes: dict[str, AttributeValue]) -> None:
        if type(value) is Items and value.total == len(value.values):
            attributes[key] = [item if type(item) is str else text(item) for item in value.values]
        else:
            careful(arg, value, attributes)

    return put


def _make_careful(arg: Arg) -> Put:
    return lambda value, attributes: careful(arg, value, attributes)


_AS_THEY_ARE: dict[Kind, type] = {Kind.TEXT: str, Kind.PATH: str, Kind.BOOL: bool}
_MAKERS: dict[Kind, Callable[[Arg], Put]] = dict.fromkeys(Kind, _make_careful) | {
    Kind.INT: _make_int,
    Kind.SIZE: _make_size,
    Kind.TYPE: _make_type,
    Kind.ARGV: _make_argv,
}
