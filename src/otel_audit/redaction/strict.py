"""Paths and hosts, hashed so that equal ones stay comparable."""

from __future__ import annotations

import os
import re
from functools import lru_cache

from otel_audit import semconv
from otel_audit.events import CATALOGUE
from otel_audit.events.decode import arg_key
from otel_audit.lazy import lazy
from otel_audit.model import Kind
from otel_audit.redaction.masking import derive, digest

_PROCESS_KEY = os.urandom(16)
"""Without a key of one's own, equal values stay comparable within one process only."""

_HASHED = lazy(r"\[hashed:[0-9a-f]{12}\]")

_WHOLE = frozenset({semconv.DNS_QUESTION_NAME, semconv.DB_NAMESPACE, semconv.PROCESS_WORKING_DIRECTORY})
_WHOLE_ENDINGS = (".path", "_path", ".address", ".directory")
_COMMANDS = frozenset({semconv.PROCESS_COMMAND_LINE, semconv.PROCESS_COMMAND_ARGS})
_URL = lazy(r"([A-Za-z][A-Za-z0-9+.-]*://)([^/?#]*@)?([^/?#]*?)(:\d{1,5})?(/[^?#]*)?([?#].*)?", re.DOTALL)
_HOST = lazy(r"(?:[\w.-]+@)?(?:(?:[\w-]+\.)+[A-Za-z][\w-]*|\d{1,3}(?:\.\d{1,3}){3}|localhost)(?::\S*)?")
_ADDRESS = lazy(r"\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?|[0-9A-Fa-f:]*::[0-9A-Fa-f:.]*")
_NAMED = lazy(r"\w")  # else it is punctuation, and names no place
_PART = lazy(r"(?P<head>-{0,2}[\w.-]*=)?(?P<place>[^\s\"'`,;]+)")


@lru_cache(maxsize=1)
def _path_keys() -> frozenset[str]:
    """Attributes of arguments that are paths; a relative one looks like any word."""
    args = (arg for row in CATALOGUE.values() for arg in row.args)
    return frozenset(arg.attribute or arg_key(arg.name) for arg in args if arg.kind is Kind.PATH) | {
        arg_key("pathname")
    }


class Places:
    """Hashes what names a place.

    Args:
        key: makes hashes comparable between processes; empty for one of this process's own.
    """

    def __init__(self, key: bytes) -> None:
        self._key = derive(key or _PROCESS_KEY, b"place")

    def hash(self, key: str, text: str) -> str:
        """The attribute's text with what its key says are places hashed: all of it, or the words that look like one."""
        if key == semconv.URL_FULL:
            url = _URL.fullmatch(text)
            return self._url(url) if url else self._whole(text)
        if key in _WHOLE or key.endswith(_WHOLE_ENDINGS) or key in _path_keys():
            return self._whole(text)
        if key in _COMMANDS:
            return self._words(text, _HOST)
        # Dotted words are modules here as often as hosts.
        if key.startswith((semconv.AUDIT_ARG_PREFIX, semconv.AUDIT_ARGS)):
            return self._words(text, _ADDRESS)
        return text

    def _whole(self, value: str) -> str:
        if not _NAMED.search(value) or _HASHED.fullmatch(value):
            return value
        return f"[hashed:{digest(value, self._key)}]"

    def _url(self, url: re.Match[str]) -> str:
        scheme, user, host, port, path, rest = (part or "" for part in url.groups())
        return f"{scheme}{user}{self._whole(host)}{port}{path[:1]}{self._whole(path[1:])}{rest}"

    def _words(self, text: str, host: re.Pattern[str]) -> str:
        """Words that look like a path, a URL or a host."""
        if text.startswith(("/", "~", "./", "../")):
            return self._whole(text)

        def place(match: re.Match[str]) -> str:
            word, head = match["place"], match["head"] or ""
            if url := _URL.fullmatch(word):
                return head + self._url(url)
            return head + (self._whole(word) if set("/\\~") & set(word) or host.fullmatch(word) else word)

        return _PART.sub(place, text)
