"""What must hold of a described and redacted record, whatever went in."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar

from fuzz import encoded
from otel_audit.chain import Chain
from otel_audit.model import Described

CPU_SECONDS = 0.5
"""Of one record, through describe, redact and body: a thousand times what it takes, on a slow machine, instrumented."""
_TEXT_LIMIT = 64 * 1024
"""Characters of one text: a record holds 4 KB, and an escape is 4 characters."""
_TOTAL_LIMIT = 256 * 1024
_BODY_LIMIT = 512
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_INT64 = range(-(1 << 63), 1 << 63)

_T = TypeVar("_T")
TYPES: dict[str, str] = {}
"""Type of each key met so far: one, in every event."""


class Wrong(AssertionError):
    """An attribute that no exporter could take, or that has no bound."""


def _text(key: str, value: str) -> int:
    value.encode()  # a lone surrogate cannot be exported
    if len(value) > _TEXT_LIMIT:
        raise Wrong(f"{key}: {len(value)} characters")
    return len(value)


def _scalar(key: str, value: Any) -> tuple[str, int]:
    if type(value) is str:
        return "string", _text(key, value)
    if type(value) is bool or type(value) is float:
        return type(value).__name__, 8
    if type(value) is int and value in _INT64:
        return "int", 8
    raise Wrong(f"{key}: {value!r:.200} is no attribute value")


def _value(key: str, value: Any) -> tuple[str, int]:
    if type(value) not in (list, tuple):
        return _scalar(key, value)
    found = [_scalar(key, item) for item in value]
    kinds = {kind for kind, _ in found}
    if len(kinds) > 1:
        raise Wrong(f"{key}: a list of {sorted(kinds)}")
    return f"{kinds.pop()}[]" if kinds else "", sum(size for _, size in found)


def check_attributes(attributes: Mapping[str, Any], told: Collection[str] = ()) -> None:
    """Each is of an attribute's type, the same in every event, and bounded.

    Args:
        attributes: by key.
        told: keys that the record itself holds, so that any bytes may be one.

    Raises:
        Wrong: saying which.
    """
    total = 0
    for key, value in attributes.items():
        if key in told:
            total += _text("a key", key)
        elif type(key) is not str or not key or not key.isprintable():
            raise Wrong(f"{key!r} is no key")
        kind, size = _value(key, value)
        total += size
        if kind and TYPES.setdefault(key, kind) != kind:
            raise Wrong(f"{key}: {kind} here, {TYPES[key]} elsewhere")
    if total > _TOTAL_LIMIT:
        raise Wrong(f"{total} characters of attributes")


def check(described: Described) -> None:
    """Hold a record to what sinks rely on."""
    check_attributes(Chain.attributes(described), described.record.who)
    message = described.fields["message"]
    if type(message) is not str or len(message) > _BODY_LIMIT or _CONTROL.search(message):
        raise Wrong(f"body {message!r:.600}")
    if not described.fields["event"].startswith("python.audit."):
        raise Wrong(f"event name {described.fields['event']!r:.200}")
    encoded.check(described)


def timed(call: Callable[..., _T], *arguments: Any) -> tuple[_T, float]:
    """Call, and say what it cost in seconds of this thread's processor time.

    Raises:
        Wrong: more than any record may cost.
    """
    start = time.thread_time()
    result = call(*arguments)
    spent = time.thread_time() - start
    if spent > CPU_SECONDS:
        raise Wrong(f"{spent:.2f} s of processor time for one record")
    return result, spent
