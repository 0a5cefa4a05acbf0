"""Paths and hosts, hashed so that equal ones stay comparable."""

from __future__ import annotations

import os
import re
from hashlib import blake2s

from otel_audit import semconv

_HASH_KEY = os.urandom(16)
"""Per process: equal values stay comparable within one process, and guessing outside it is useless."""

_HASHED = re.compile(r"\[hashed:[0-9a-f]{12}\]")

_PLACES = frozenset({semconv.DNS_QUESTION_NAME, semconv.DB_NAMESPACE, semconv.PROCESS_WORKING_DIRECTORY})
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)([^/?#]*@)?([^/?#]*?)(:\d{1,5})?(/[^?#]*)?([?#].*)?", re.DOTALL)
_HOST = re.compile(r"(?:[\w.-]+@)?(?:(?:[\w-]+\.)+[A-Za-z][\w-]*|\d{1,3}(?:\.\d{1,3}){3}|localhost)(?::\S*)?")
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?|[0-9A-Fa-f:]*::[0-9A-Fa-f:.]*")
_NAMED = re.compile(r"\w")  # else it is punctuation, and names no place
_PART = re.compile(r"(?P<head>-{0,2}[\w.-]*=)?(?P<place>[^\s\"'`,;]+)")


def _hash(value: str) -> str:
    """Keyed BLAKE2s, first 12 hex digits."""
    if not _NAMED.search(value) or _HASHED.fullmatch(value):
        return value
    return f"[hashed:{blake2s(value.encode('utf-8', 'replace'), key=_HASH_KEY).hexdigest()[:12]}]"


def _hash_url(url: re.Match[str]) -> str:
    scheme, user, host, port, path, rest = (part or "" for part in url.groups())
    return f"{scheme}{user}{_hash(host)}{port}{path[:1]}{_hash(path[1:])}{rest}"


def _hash_places(text: str, host: re.Pattern[str]) -> str:
    """Words that look like a path, a URL or a host."""
    if text.startswith(("/", "~", "./", "../")):
        return _hash(text)

    def place(match: re.Match[str]) -> str:
        word, head = match["place"], match["head"] or ""
        if url := _URL.fullmatch(word):
            return head + _hash_url(url)
        return head + (_hash(word) if set("/\\~") & set(word) or host.fullmatch(word) else word)

    return _PART.sub(place, text)


def hash_attribute(key: str, text: str) -> str:
    """The attribute's text with what its key says are places hashed: all of it, or the words that look like one."""
    if key == semconv.URL_FULL:
        url = _URL.fullmatch(text)
        return _hash_url(url) if url else _hash(text)
    if key in _PLACES or key.endswith((".path", "_path", ".address", ".directory")):
        return _hash(text)
    if key in {semconv.PROCESS_COMMAND_LINE, semconv.PROCESS_COMMAND_ARGS}:
        return _hash_places(text, _HOST)
    # Dotted words are modules here as often as hosts.
    return _hash_places(text, _ADDRESS) if key.startswith((semconv.AUDIT_ARG_PREFIX, semconv.AUDIT_ARGS)) else text
