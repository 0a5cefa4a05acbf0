"""Asking a backend over HTTP on loopback: JSON in, no proxy between."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from tools.backends.errors import BackendError

_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
# Seconds: all of these answer in milliseconds; a machine under load gets its time.
_PATIENCE = 30.0


def answers(url: str) -> bool:
    """Whether a page is there; False while nobody listens yet."""
    try:
        with _opener.open(url, timeout=_PATIENCE) as answer:
            return bool(answer.status == 200)
    except (OSError, http.client.HTTPException):
        return False


def get(url: str, **parameters: str) -> Any:
    """The JSON at a URL.

    Raises:
        BackendError: another answer than 2xx, with its text.
    """
    return json.loads(_ask(f"{url}?{urllib.parse.urlencode(parameters)}" if parameters else url, None))


def text(url: str) -> str:
    """The text at a URL.

    Raises:
        BackendError: another answer than 2xx, with its text.
    """
    return _ask(url, None).decode()


def post(url: str, **parameters: str) -> bytes:
    """The answer to a form.

    Raises:
        BackendError: another answer than 2xx, with its text.
    """
    return _ask(url, urllib.parse.urlencode(parameters).encode())


def _ask(url: str, body: bytes | None) -> bytes:
    try:
        with _opener.open(url, body, timeout=_PATIENCE) as answer:
            read: bytes = answer.read()
            return read
    except urllib.error.HTTPError as error:
        with error:
            raise BackendError(f"{url}: {error.code}: {error.read().decode(errors='replace')}") from None
    except OSError as error:
        raise BackendError(f"{url}: {error}") from None
