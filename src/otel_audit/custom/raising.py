"""`otel_audit.event(...)`: defines an event, and makes the function that raises it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from keyword import iskeyword
from typing import Any

from otel_audit.custom.definitions import Argument, define
from otel_audit.custom.registry import register
from otel_audit.errors import DefinitionError
from otel_audit.model import Event


def event(
    name: str, *arguments: str | Argument, severity: str | None = None, text: str = "", meaning: str = ""
) -> Callable[..., None]:
    """Define an event of one's own, once, where the module is imported.

        placed = otel_audit.event("shop.order.placed", "order_id", otel_audit.Argument("email", redact="email"))
        placed("o-1", email="ada@example.com")

    Args:
        name: fixed, with a namespace: `shop.order.placed`. Data goes into arguments, never into the name.
        arguments: in their order; a plain name is an `Argument` captured by what it holds.
        severity: of its log record: `debug`, `info` (default) or `warn`.
        text: its line, with arguments or attribute keys in braces: `order {order_id} placed[ by {email}]`; a part in
            brackets is left out when one of its values is missing.
        meaning: one line for who reads it.

    Returns:
        A function that raises the audit event, bridge or no bridge. It takes the arguments by position or by keyword,
        each of them None when left out. What it raises is a TypeError of a wrong call, or another hook's veto.

    Raises:
        DefinitionError: the definition is wrong, or another one has this name.
    """
    defined = define(name, arguments, severity=severity, text=text, meaning=meaning)
    for at, arg in enumerate(defined.args):
        if iskeyword(arg.name):
            raise DefinitionError(name, f"arguments[{at}].name", arg.name, "no word of Python's own")
    register(defined)
    return _raiser(defined)


def _raiser(defined: Event) -> Callable[..., None]:
    """The function that raises an event.

    Made from source, as `collections.namedtuple` does it: a function that takes `*values, **named` and binds them costs
    eight times as much as `sys.audit` itself, this one half as much again.
    """
    names = [arg.name for arg in defined.args]
    audit = "_" * (1 + max(map(len, names), default=0))  # called as no argument is
    parameters = ", ".join(f"{name}=None" for name in names)
    source = f"def raise_event({parameters}): {audit}({', '.join([repr(defined.name), *names])})"
    made: dict[str, Any] = {audit: sys.audit}
    exec(compile(source, f"<otel_audit.event {defined.name}>", "exec"), made)
    raise_event: Callable[..., None] = made["raise_event"]
    raise_event.__name__ = raise_event.__qualname__ = defined.name
    raise_event.__doc__ = defined.meaning or f"Raise the audit event {defined.name}."
    return raise_event
