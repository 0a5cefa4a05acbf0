"""Requests by URL. What is sent along is never read."""

from __future__ import annotations

import re

from otel_audit import semconv
from otel_audit.events.decode import LAST_PORT, Attributes, fits
from otel_audit.events.family import Family
from otel_audit.model import KEEP_ALL, Arg, AttributeValue, Event, Kind, Size, Value

GROUP = "web"

# An authority is taken apart only where nothing in it can be a password: with an @ the URL alone has to do.
# Text: the catalogue's import need not compile it, `re` remembers it.
_URL = (
    r"(?ai)(?P<scheme>[a-z][a-z0-9+.-]{0,31}):"
    r"(?://(?P<host>[a-z0-9._~-]{1,253}|\[[0-9a-f:.]{2,45}\])(?::(?P<port>\d{1,5}))?(?=[/?#]|\Z))?"
)
_PORTS = {"http": 80, "https": 443, "ftp": 21}


def url(value: Value) -> Attributes | None:
    """The URL, and of it what groups requests: scheme, server and port."""
    if not isinstance(value, str):
        return None
    attributes: dict[str, AttributeValue] = {semconv.URL_FULL: value}
    found = re.match(_URL, value)
    if found is None or "@" in value:
        return attributes
    scheme = found["scheme"].lower()
    attributes[semconv.URL_SCHEME] = scheme
    if found["host"]:
        attributes[semconv.SERVER_ADDRESS] = found["host"].strip("[]")
        port = int(found["port"]) if found["port"] else _PORTS.get(scheme, 0)
        if 0 < port <= LAST_PORT:
            attributes[semconv.SERVER_PORT] = port
    return attributes


def request_body(value: Value) -> Attributes | None:
    """Bytes only: of a mapping or an iterator the size is not known."""
    if isinstance(value, Size) and value.type_name in ("bytes", "bytearray") and fits(value.length):
        return {semconv.HTTP_REQUEST_BODY_SIZE: value.length}
    return None


EVENTS = (
    Event(
        "urllib.Request",
        GROUP,
        (
            Arg("fullurl", Kind.TEXT, semconv.URL_FULL, decode=url),
            Arg("data", Kind.SIZE, decode=request_body),
            Arg("headers", Kind.SIZE),
            Arg("method", Kind.TEXT, semconv.HTTP_REQUEST_METHOD),
        ),
        "request[ {HTTP_REQUEST_METHOD}] {URL_FULL}",
        "medium",
        "urllib opens a URL: the place to look for server-side request forgery (file: and ftp: URLs come here too).",
        blocking=True,
    ),
    Event(
        "webbrowser.open",
        GROUP,
        (Arg("url", Kind.TEXT, semconv.URL_FULL, decode=url),),
        "open {URL_FULL} in a browser",
        meaning="A browser is started: nothing a service should do.",
        blocking=True,
    ),
)

FAMILY = Family(
    EVENTS,
    {"urllib.Request": KEEP_ALL, "webbrowser.open": KEEP_ALL},
    frozenset(("webbrowser.open",)),
)
