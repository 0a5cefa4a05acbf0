"""What is wrong with a record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from otel_audit import semconv
from otel_audit.cli.samples import attributes
from otel_audit.events import CATALOGUE
from otel_audit.events.decode import arg_key
from otel_audit.events.describe import sayer
from otel_audit.model import Kind
from tools.fire.expected import EXPECTED
from tools.fire.result import Firing, Line

_COUNTS = (semconv.AUDIT_MISSING_ARGUMENTS, semconv.AUDIT_EXTRA_ARGUMENTS)


def faults(event: str, line: Line) -> Iterator[str]:
    """Signs that the catalogue did not know what came."""
    row = CATALOGUE.get(event)
    if row is None:
        yield "it has no row"
        return
    if line[semconv.AUDIT_GROUP] != row.group:
        yield f"its group is {line[semconv.AUDIT_GROUP]}, the row says {row.group}"
    if semconv.AUDIT_ARGS in line:
        yield "the generic decoder made it"
    unread = {arg_key(arg.name) + ".type" for arg in row.args if arg.kind is not Kind.TYPE}
    for key in sorted({*unread, *_COUNTS} & line.keys()):
        if (event, key) not in EXPECTED:
            yield f"{key}={line[key]}"


def unsaid(event: str, line: Line) -> Iterator[str]:
    """Whether a record that is whole got the generic line for a message."""
    row = CATALOGUE.get(event)
    if row is not None and line["message"] == sayer(row._replace(text=""))(event, attributes(line)):
        yield f"its message is the generic line: {line['message']}"


def disagreements(one: Firing, other: Firing) -> Iterator[str]:
    """Where two cores differ."""
    if len(one.lines) != len(other.lines):
        yield f"{one.core} made {len(one.lines)} records, {other.core} {len(other.lines)}"
    for mine, yours in zip(one.lines, other.lines):
        left, right = attributes(mine), attributes(yours)
        for key in sorted({*left, *right}):
            if left.get(key) != right.get(key) or type(left.get(key)) is not type(right.get(key)):
                yield f"{key}: {one.core} says {left.get(key)!r}, {other.core} {right.get(key)!r}"


def types(lines: Iterable[Line]) -> dict[str, set[str]]:
    """The types each key came with; more than one breaks what reads them."""
    found: dict[str, set[str]] = {}
    for line in lines:
        for key, value in attributes(line).items():
            found.setdefault(key, set()).add(type_name(value))
    return found


def type_name(value: object) -> str:
    """OpenTelemetry's word for an attribute's type."""
    if isinstance(value, list):
        return (type_name(value[0]) if value else "string") + "[]"
    return {bool: "boolean", int: "int", float: "double", str: "string"}[type(value)]
