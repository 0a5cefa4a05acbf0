"""From a record to attributes. Nothing here raises.

CPython raises an audit event before it acts, so attributes say what was asked for, not what came of it.
"""

from __future__ import annotations

from collections.abc import Callable

from otel_audit import semconv
from otel_audit.compiled import optional_extension
from otel_audit.events import MESSAGE
from otel_audit.events.arguments import Compiled, Never, compiled, text
from otel_audit.events.decode import Attributes, arg_key
from otel_audit.events.templates import body, cut, sayer
from otel_audit.model import AttributeValue, Event, Kind, Missing, Record, Value

__all__ = ["ARGS_LIMIT", "body", "describe", "describer", "sayer"]

ARGS_LIMIT = 1024
"""Characters of `python.audit.args`."""

Describer = Callable[[Record], dict[str, AttributeValue]]


def describe(event: Event, record: Record) -> dict[str, AttributeValue]:
    """Turn the captured arguments of one record into attributes; for many records of a row, keep its `describer`."""
    return describer(event)(record)


def describer(event: Event) -> Describer:
    """Make the function that turns records of a row into attributes.

    Args:
        event: the row, or `events.generic(name)`. A record's `values` hold one value for each argument whose kind is
            not SKIP.

    Returns:
        A function that returns the attributes of the arguments only. Each key has one type, in every event. What a row
        does not expect is named by its type, `<argument>.type`; arguments past the row or short of it are counted.
    """
    if event == MESSAGE:
        return _message
    if not event.args:
        return _nameless
    puts = tuple(compiled(arg) for arg in event.args if arg.kind is not Kind.SKIP)
    expected, captured, together = len(event.args), len(puts), event.together

    def described(record: Record) -> dict[str, AttributeValue]:
        values, argc = record.values, record.argc
        attributes = arguments(puts, values, Never)
        if together is not None:
            attributes.update(_together(together, values))
        if argc != expected or len(values) != captured:
            _count(attributes, argc - expected, captured - len(values))
        return attributes

    return described


def arguments_in_python(
    puts: tuple[Compiled, ...], values: tuple[Value, ...], never: type, /
) -> dict[str, AttributeValue]:
    """Attributes of the arguments that came, one by one.

    Args:
        puts: how each is described; see `events.arguments.Compiled`.
        values: what came, in the same order; maybe fewer, or more.
        never: `Never`.
    """
    attributes: dict[str, AttributeValue] = {}
    for (key, expected, put), value in zip(puts, values):
        if type(value) is expected:
            attributes[key] = value  # type: ignore[assignment]  # str or bool
        elif value is not None or expected is never:
            put(value, attributes)
    return attributes


arguments: Callable[[tuple[Compiled, ...], tuple[Value, ...], type], dict[str, AttributeValue]] = arguments_in_python
"""The same, by the C code where it was compiled."""
_steps = optional_extension("otel_audit._steps")
if _steps is not None:
    arguments = _steps.arguments


def _together(decode: Callable[[tuple[Value, ...]], Attributes], values: tuple[Value, ...]) -> Attributes:
    try:
        return decode(values)
    except Exception:  # a decoder's bug must not cost the record
        return {}


def _count(attributes: dict[str, AttributeValue], surplus: int, lost: int) -> None:
    """Say how many arguments came beyond the row, and how many did not come or found no room."""
    if surplus > 0:
        attributes[semconv.AUDIT_EXTRA_ARGUMENTS] = surplus
    seen = attributes.get(semconv.AUDIT_MISSING_ARGUMENTS, 0)
    missing = max(-surplus, (seen if isinstance(seen, int) else 0) + max(lost, 0))
    if missing > 0:
        attributes[semconv.AUDIT_MISSING_ARGUMENTS] = missing


def _message(record: Record) -> dict[str, AttributeValue]:
    """The name is the text; of what came with it nobody told the names."""
    attributes = _generic(record)
    return attributes if record.name is None else {arg_key("text"): record.name, **attributes}


def _nameless(record: Record) -> dict[str, AttributeValue]:
    """Events without arguments, and those nobody described."""
    if record.values:
        return _generic(record)
    return {semconv.AUDIT_EXTRA_ARGUMENTS: record.argc} if record.argc > 0 else {}


def _generic(record: Record) -> dict[str, AttributeValue]:
    texts = [text(value) for value in record.values if not isinstance(value, Missing)]
    if record.argc > len(record.values):
        texts.append(f"<{record.argc - len(record.values)} more>")
    return {semconv.AUDIT_ARGS: cut(", ".join(texts), ARGS_LIMIT)} if texts else {}
