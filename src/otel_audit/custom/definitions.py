"""From what somebody says of an event of their own to a row like the catalogue's, or to one line of what is wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple, NoReturn
from unicodedata import normalize

from otel_audit import semconv
from otel_audit.custom.attribute_names import is_reserved
from otel_audit.custom.attribute_types import key_types
from otel_audit.errors import DefinitionError
from otel_audit.events import CUSTOM_GROUP, NAMESPACES
from otel_audit.events.addresses import local_address, peer_address
from otel_audit.events.decode import Decoder, arg_key
from otel_audit.lazy import lazy
from otel_audit.model import Arg, Event, Kind, Severity

CAPTURES = {
    "auto": Kind.AUTO,
    "text": Kind.TEXT,
    "size": Kind.SIZE,
    "int": Kind.INT,
    "float": Kind.FLOAT,
    "bool": Kind.BOOL,
    "path": Kind.PATH,
    "address": Kind.ADDRESS,
    "argv": Kind.ARGV,
    "code": Kind.CODE,
    "type": Kind.TYPE,
    "skip": Kind.SKIP,
}
"""How an argument may be captured, by the word for it."""

SEVERITIES: tuple[Severity, ...] = ("debug", "info", "warn")
MAX_ARGUMENTS = 16
"""What both cores look at."""
MAX_NAME_BYTES = 128
"""A longer name is taken for a message."""
MAX_TEXT = 500

_RESERVED_NAMESPACES = NAMESPACES | {"python", "cpython", "bridge"}
"""CPython's own, and two that would read as ours: a record is called `python.audit.<name>`."""
_ADDRESSES: Mapping[str, Decoder] = {
    semconv.NETWORK_PEER_ADDRESS: peer_address,
    semconv.NETWORK_LOCAL_ADDRESS: local_address,
}
_WITH_OWN_KEYS = frozenset((Kind.CODE, Kind.SIZE, Kind.SKIP))
_MASKED = frozenset((Kind.AUTO, Kind.TEXT, Kind.PATH))
"""What can become `[redacted:...]`: a key has one type, and that is text."""

_PART = r"[^\W\d][\w-]*"
_NAME = lazy(rf"{_PART}(?:\.{_PART})+(?:/[\w-]+)?")
_ATTRIBUTE = lazy(r"[a-z][a-z0-9_-]*(?:\.[a-z0-9_-]+)+", re.ASCII | re.IGNORECASE)
_REDACT = lazy(r"[a-z][a-z0-9_]{0,31}", re.ASCII)
_TOKEN = lazy(r"\{([^{}\[\]]*)\}")
_OPTIONAL = lazy(r"\[[^\[\]]*\]")


class Argument(NamedTuple):
    """One argument of an event of one's own.

    Args:
        name: as a keyword of the call; its attribute is `python.audit.arg.<name>` unless `attribute` says otherwise.
        attribute: key of the attribute, with a namespace: `shop.order.id`.
        capture: `auto`, `text`, `size`, `int`, `float`, `bool`, `path`, `address`, `argv`, `code`, `type` or `skip`.
        redact: kind of secret it always is: recorded as `[redacted:<kind>]`, whatever it holds.
    """

    name: str
    attribute: str | None = None
    capture: str = "auto"
    redact: str = ""


def define(
    name: str, arguments: Sequence[str | Argument], *, severity: str | None = None, text: str = "", meaning: str = ""
) -> Event:
    """A row of the group `custom`.

    Raises:
        DefinitionError: with the part of the definition that is wrong.
    """
    check_name(name)
    rows = _Arguments(name).rows(arguments)
    if severity is not None and severity not in SEVERITIES:
        raise DefinitionError(name, "severity", _shown(severity), "debug, info or warn")
    if not isinstance(meaning, str) or "\n" in meaning or len(meaning) > MAX_TEXT:
        raise DefinitionError(name, "meaning", _shown(meaning), f"one line of at most {MAX_TEXT} characters")
    plain = Event(name, CUSTOM_GROUP, rows, "", meaning=meaning, severity=severity)
    if not text:
        return plain
    return Event(name, CUSTOM_GROUP, rows, _template(plain, text), meaning=meaning, severity=severity)


def check_name(name: str) -> None:
    """Raises DefinitionError unless events may be called so: fixed, short, in a namespace of the application's."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        expected = "a name with a namespace and no white space, such as shop.order.placed"
        raise DefinitionError(str(name), "name", _shown(name), expected)
    if len(name.encode()) > MAX_NAME_BYTES:
        raise DefinitionError(name, "name", name, f"at most {MAX_NAME_BYTES} bytes: data goes into arguments")
    namespace = name.partition(".")[0]
    if namespace in _RESERVED_NAMESPACES:
        owner = "otel-audit" if namespace in ("python", "bridge") else "CPython"
        raise DefinitionError(name, "name", name, f"a namespace of your own ({namespace} is {owner}'s)")


class _Arguments:
    """The arguments of one event, checked in their order."""

    def __init__(self, event: str) -> None:
        self._event = event

    def rows(self, given: Sequence[str | Argument]) -> tuple[Arg, ...]:
        if isinstance(given, Argument) or not isinstance(given, (list, tuple)):
            raise DefinitionError(self._event, "arguments", _shown(given), "a list of arguments")
        if len(given) > MAX_ARGUMENTS:
            raise DefinitionError(self._event, "arguments", f"<{len(given)}>", f"at most {MAX_ARGUMENTS}")
        rows: list[Arg] = []
        for at, item in enumerate(given):
            argument = item if isinstance(item, Argument) else Argument(item)
            where = f"arguments[{at}]"
            self._check_name(where, argument.name, rows)
            row = self._row(where, argument)
            if any((row.attribute or arg_key(row.name)) == (arg.attribute or arg_key(arg.name)) for arg in rows):
                self._refuse(f"{where}.attribute", row.attribute, "each attribute once")
            rows.append(row)
        return tuple(rows)

    def _refuse(self, key: str, value: object, expected: str) -> NoReturn:
        raise DefinitionError(self._event, key, _shown(value), expected)

    def _check_name(self, where: str, name: object, before: Sequence[Arg]) -> None:
        if not isinstance(name, str) or not name.isidentifier() or normalize("NFKC", name) != name:
            self._refuse(f"{where}.name", name, "a name such as order_id")
        if any(arg.name == name for arg in before):
            self._refuse(f"{where}.name", name, "each argument once")

    def _row(self, where: str, argument: Argument) -> Arg:
        name, attribute, capture, redact = argument
        kind = CAPTURES.get(capture) if isinstance(capture, str) else None
        if kind is None:
            self._refuse(f"{where}.capture", capture, f"one of {', '.join(CAPTURES)}")
        if attribute is not None:
            self._check_attribute(where, attribute, kind)
        if redact:
            self._check_redact(where, redact, kind, capture)
            kind = Kind.TEXT if kind is Kind.AUTO else kind
        if kind is Kind.ADDRESS:
            return Arg(name, kind, attribute, _ADDRESSES[attribute or semconv.NETWORK_PEER_ADDRESS])
        return Arg(name, kind, attribute, redact=redact)

    def _check_attribute(self, where: str, attribute: object, kind: Kind) -> None:
        key = f"{where}.attribute"
        if not isinstance(attribute, str) or not _ATTRIBUTE.fullmatch(attribute):
            self._refuse(key, attribute, "a key with a namespace, such as shop.order.id")
        if is_reserved(attribute):
            self._refuse(key, attribute, "a key of your own (this one is reserved)")
        if kind is Kind.ADDRESS and attribute not in _ADDRESSES:
            self._refuse(key, attribute, f"{' or '.join(_ADDRESSES)} for capture=address")
        if kind in _WITH_OWN_KEYS:
            self._refuse(key, attribute, f"none for capture={kind.name.lower()}, which has keys of its own")

    def _check_redact(self, where: str, redact: object, kind: Kind, capture: str) -> None:
        if not isinstance(redact, str) or not _REDACT.fullmatch(redact):
            self._refuse(f"{where}.redact", redact, "the kind of secret in lower case, such as email")
        if kind not in _MASKED:
            self._refuse(f"{where}.redact", redact, f"capture=text or path beside it, not {capture}")


def _template(event: Event, text: str) -> str:
    """The template, argument names in it replaced by the keys of their attributes."""
    if not isinstance(text, str) or "\n" in text or len(text) > MAX_TEXT:
        raise DefinitionError(event.name, "text", _shown(text), f"one line of at most {MAX_TEXT} characters")
    plain = _TOKEN.sub("", text)
    if "{" in plain or "}" in plain or re.search(r"[\[\]]", _OPTIONAL.sub("", plain)):
        raise DefinitionError(event.name, "text", text, "keys in {braces}, parts that may be missing in [brackets]")
    keys = key_types(event)
    names = {arg.name: arg.attribute or arg_key(arg.name) for arg in event.args}

    def full(match: re.Match[str]) -> str:
        for key in (names.get(match[1]), match[1], arg_key(match[1])):
            if key in keys:
                return f"{{{key}}}"
        near = get_close_matches(match[1], [*names, *keys], n=1, cutoff=0.0)
        hint = f" (did you mean {near[0]}?)" if near else " (the event has none)"
        raise DefinitionError(event.name, "text", text, f"arguments or attributes of this event in braces{hint}")

    return _TOKEN.sub(full, text)


def _shown(value: Any) -> str:
    """Values of other types are named by type: their text may be long, or do something."""
    return value if isinstance(value, str) else f"<{type(value).__name__}>"
