"""Which span an event happened in, and whether it is suppressed: read as in C, with nobody's code run."""

from __future__ import annotations

from typing import Any

from otel_audit.capture._pystate import Place, SpanOwner, State

NO_PLACE: Place = (bytes(16), bytes(8), 0, False, b"")
_UNREAD: Place = (bytes(16), bytes(8), 0, True, b"")
_mro = type.__dict__["__mro__"].__get__
_names = type.__dict__["__dict__"].__get__
read = object.__getattribute__


def readable(type_: type, *attributes: str) -> bool:
    """Whether reading these attributes of an instance runs no code of its class."""
    for base in _mro(type_):
        names = _names(base)
        for attribute in attributes:
            if attribute in names:
                return False
        if base is not object and ("__getattribute__" in names or "__getattr__" in names):
            return False
    return True


def is_one_of(type_: type, types: tuple[type, ...]) -> bool:
    for known in types:  # noqa: SIM110 - a generator costs; `in` would ask a metaclass's __eq__
        if known is type_:
            return True
    return False


def _live(s: State, span: Any) -> SpanOwner | None:
    try:
        owner = read(span, "_otel_audit")
    except AttributeError:
        return None
    if type(owner) is not SpanOwner:
        return None
    if owner.era != s.era:
        owner.empty()
    s.span_type = type(span)
    return owner


def _foreign_place(span: Any) -> Place:
    """Identity of a span that the bridge did not see start."""
    if not readable(type(span), "_context"):
        return _UNREAD
    try:
        context = read(span, "_context")
        if not issubclass(type(context), tuple):
            return _UNREAD
        trace, span_id, _, flags = tuple.__getitem__(context, slice(0, 4))
        trace = int.__index__(trace).to_bytes(16, "big")
        span_id = int.__index__(span_id).to_bytes(8, "big")
        trace_flags = int.__index__(flags).to_bytes(1, "big")[0]
        return (trace, span_id, trace_flags, False, b"") if trace != NO_PLACE[0] else NO_PLACE
    except (AttributeError, TypeError, ValueError, OverflowError):
        return _UNREAD


def _is_set(value: Any) -> bool:
    if value is None or value is True or value is False:
        return value is True
    return type(value) is not int or value != 0


def look_around(s: State, context: Any) -> tuple[bool, SpanOwner | None, Place]:
    """(suppressed, live span, place), whatever the context is."""
    if not issubclass(type(context), dict):
        return False, None, NO_PLACE
    s.context_type = type(context)
    if _is_set(dict.get(context, s.suppress_key)):
        return True, None, NO_PLACE
    span = dict.get(context, s.span_key)
    if span is None:
        return False, None, NO_PLACE
    owner = _live(s, span) if is_one_of(type(span), s.span_types) else None
    if owner is not None:
        return False, owner, owner.place
    return False, None, _foreign_place(span)
