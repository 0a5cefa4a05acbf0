"""The pass every attribute takes before a sink sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeGuard

from otel_audit import semconv
from otel_audit.model import AttributeValue
from otel_audit.redaction.command_line import mask_arguments, mask_options
from otel_audit.redaction.headers import mask_headers
from otel_audit.redaction.keys import key_kind
from otel_audit.redaction.masking import marker
from otel_audit.redaction.pairs import mask_pairs
from otel_audit.redaction.personal import mask_personal
from otel_audit.redaction.shapes import mask_shapes
from otel_audit.redaction.strict import hash_attribute
from otel_audit.redaction.urls import mask_host, mask_userinfo

Level = Literal["default", "strict", "off"]

_MASKS = (mask_shapes, mask_userinfo, mask_headers, mask_options, mask_pairs)
"""In this order: a private key is taken as a whole before a pair takes its first word."""

_HOSTS = frozenset(
    (semconv.SERVER_ADDRESS, semconv.DNS_QUESTION_NAME, semconv.NETWORK_PEER_ADDRESS, semconv.NETWORK_LOCAL_ADDRESS)
)
"""urllib hands a URL's whole authority to http.client and the resolver, credentials included."""


def _is_strings(value: AttributeValue) -> TypeGuard[list[str] | tuple[str, ...]]:
    """The first item tells: a key's values are of one type."""
    return isinstance(value, (list, tuple)) and bool(value) and isinstance(value[0], str)


class Redactor:
    """Masks what must not leave the process; runs before every sink.

    Args:
        level: `default` masks secrets, and personal data in custom events; `strict` also hashes paths and hosts; `off`.
    """

    def __init__(self, level: Level = "default") -> None:
        self.level = level

    def __call__(self, attributes: Mapping[str, AttributeValue], *, custom: bool) -> dict[str, AttributeValue]:
        """Attributes with their strings, and lists of strings, masked. Never raises.

        Args:
            attributes: as described; not changed.
            custom: the event is in no row of the catalogue, so its text may be anything.
        """
        if self.level == "off":
            return dict(attributes)
        return {key: self._value(key, value, custom) for key, value in attributes.items()}

    def text(self, text: str, *, custom: bool = False) -> str:
        """One string, masked; not hashed, as nothing says what it is."""
        if self.level == "off":
            return text
        for mask in _MASKS:
            text = mask(text)
        return mask_personal(text) if custom else text

    def _value(self, key: str, value: AttributeValue, custom: bool) -> AttributeValue:
        try:
            if isinstance(value, str):
                return self._string(key, value, custom)
            if _is_strings(value):
                masked = mask_arguments(value, lambda item: self.text(item, custom=custom))
                return [hash_attribute(key, item) for item in masked] if self.level == "strict" else masked
        except Exception:  # a value nobody could examine must not pass
            return marker("error")
        return value

    def _string(self, key: str, value: str, custom: bool) -> str:
        kind = key_kind(key.rpartition(".")[2])
        if kind and value:
            return marker(kind)
        if key in _HOSTS and "@" in value:
            value = mask_host(value)
        value = self.text(value, custom=custom)
        return hash_attribute(key, value) if self.level == "strict" else value
