"""The pass every attribute takes before a sink sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from otel_audit import semconv
from otel_audit.model import AttributeValue
from otel_audit.redaction.arguments import mask_arguments
from otel_audit.redaction.glance import calm, plain
from otel_audit.redaction.keys import folded, key_kind
from otel_audit.redaction.masking import marking
from otel_audit.redaction.masks import MASKS
from otel_audit.redaction.named_values import mask_prose
from otel_audit.redaction.personal import mask_personal
from otel_audit.redaction.strict import Places
from otel_audit.redaction.suspicion import BEGINNINGS, suspicious
from otel_audit.redaction.token_shapes import FREQUENT_LENGTH, frequent
from otel_audit.redaction.urls import mask_host

Level = Literal["default", "strict", "off"]

_HOSTS = frozenset(
    (semconv.SERVER_ADDRESS, semconv.DNS_QUESTION_NAME, semconv.NETWORK_PEER_ADDRESS, semconv.NETWORK_LOCAL_ADDRESS)
)
"""urllib hands a URL's whole authority to http.client and the resolver, credentials included."""
_FEW = frozenset((semconv.AUDIT_EVENT, semconv.AUDIT_GROUP, semconv.AUDIT_SAMPLER, semconv.THREAD_NAME))
"""Keys whose values repeat: each is looked at once."""
_REMEMBERED = 1024
"""Keys, and texts of few values, that are remembered; an application may invent both."""
_NUMBERS = frozenset((int, float, bool))


class Redactor:
    """Masks what must not leave the process; runs before every sink.

    Args:
        level: `default` masks secrets, and personal data in custom events; `strict` also hashes paths and hosts; `off`.
        key: makes equal secrets carry equal marks, and strict hashes comparable between processes.
    """

    def __init__(self, level: Level = "default", key: bytes = b"") -> None:
        self.level = level
        self.mark = marking(key)
        self._places = Places(key)
        self._plain: set[str] = set()
        """Keys that say nothing about their values, at level default."""
        self._clean: set[str] = set()
        """Texts of few values that hold nothing."""

    def __call__(self, attributes: Mapping[str, AttributeValue], *, custom: bool) -> dict[str, AttributeValue]:
        """Attributes with their strings, and lists of strings, masked; what was given where there is nothing to mask.

        Never raises.

        Args:
            attributes: as described; not changed.
            custom: the event is in no row of the catalogue, so its text may be anything.
        """
        if not custom and type(attributes) is dict and calm(attributes, self._plain):
            return attributes
        found = dict(attributes)
        if self.level == "off":
            return found
        plain, clean = () if custom else self._plain, self._clean
        for key, value in attributes.items():
            if type(value) is str:
                if key in plain:
                    if value in clean:
                        continue
                    if BEGINNINGS.search(value) is None and (len(value) < FREQUENT_LENGTH or not frequent(value)):
                        if key in _FEW and len(clean) < _REMEMBERED:
                            clean.add(value)
                        continue
                found[key] = self._value(key, value, custom)
            elif type(value) not in _NUMBERS:
                found[key] = self._value(key, value, custom)
        return found

    def text(self, text: str, *, custom: bool = False) -> str:
        """One string, masked; not hashed, as nothing says what it is. Never raises."""
        if self.level == "off":
            return text
        try:
            return self._masked(text, custom)
        except Exception:  # a value nobody could examine must not pass
            return self.mark("error", "")

    def _masked(self, text: str, custom: bool) -> str:
        if suspicious(text):
            lowered = text.lower() if text.isascii() else folded(text).lower()
            for hints, mask in MASKS:
                for hint in hints:
                    if hint in lowered:
                        text = mask(text, self.mark)
                        break
        if custom:
            text = mask_personal(mask_prose(text, self.mark), self.mark)
        return text

    def _value(self, key: str, value: AttributeValue, custom: bool) -> AttributeValue:
        try:
            if isinstance(value, str):
                return self._string(key, value, custom)
            if isinstance(value, (list, tuple)) and any(isinstance(item, str) for item in value):
                return self._strings(key, value, custom)
        except Exception:
            return self.mark("error", "")
        return value

    def _strings(self, key: str, values: Sequence[AttributeValue], custom: bool) -> AttributeValue:
        texts = [value if isinstance(value, str) else str(value) for value in values]
        kind = key_kind(key.rpartition(".")[2])
        if kind:
            return [self.mark(kind, text) if text else text for text in texts]
        self._note(key)
        masked = texts
        if custom or not plain(texts):
            masked = mask_arguments(texts, lambda item: self._masked(item, custom), self.mark)
        return [self._places.hash(key, item) for item in masked] if self.level == "strict" else masked

    def _string(self, key: str, value: str, custom: bool) -> str:
        kind = key_kind(key.rpartition(".")[2])
        if kind and value:
            return self.mark(kind, value)
        if key in _HOSTS and "@" in value:
            value = mask_host(value, self.mark)
        elif not kind:
            self._note(key)
        value = self._masked(value, custom)
        return self._places.hash(key, value) if self.level == "strict" else value

    def _note(self, key: str) -> None:
        """Remember that a key announces nothing; at level strict it says what to hash."""
        if self.level == "default" and len(self._plain) < _REMEMBERED:
            self._plain.add(key)
