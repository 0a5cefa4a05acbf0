"""Requests by URL."""

from __future__ import annotations

from otel_audit import semconv
from otel_audit.events.family import Family
from otel_audit.model import KEEP_ALL, Arg, Event, Kind

GROUP = "web"

EVENTS = (
    Event(
        "urllib.Request",
        GROUP,
        (
            Arg("fullurl", Kind.TEXT, semconv.URL_FULL),
            Arg("data", Kind.SIZE),
            Arg("headers", Kind.SIZE),
            Arg("method", Kind.TEXT, semconv.HTTP_REQUEST_METHOD),
        ),
        "request[ {http.request.method}] {url.full}",
        "medium",
        "urllib opens a URL: the place to look for server-side request forgery (file: and ftp: URLs come here too).",
    ),
    Event(
        "webbrowser.open",
        GROUP,
        (Arg("url", Kind.TEXT, semconv.URL_FULL),),
        "open {url.full} in a browser",
        meaning="A browser is started: nothing a service should do.",
    ),
)

FAMILY = Family(
    EVENTS,
    {"urllib.Request": KEEP_ALL, "webbrowser.open": KEEP_ALL},
    frozenset(("webbrowser.open",)),
)
