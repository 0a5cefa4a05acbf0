"""Requests, with secrets in their URLs, headers and bodies."""

from __future__ import annotations

import http.client
import socket
import sys
import threading
import urllib.error
import urllib.request
import webbrowser
from http.server import BaseHTTPRequestHandler, HTTPServer

from tests.secrets import forms
from tests.secrets.planting import Garden

OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """It would show the URL: that is the application's own doing."""


def run(plant: Garden) -> None:
    """Real requests to loopback, then every form of a URL."""
    server = HTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    port = server.server_address[1]
    requests(plant, port)
    connections(plant, port)
    server.shutdown()
    server.server_close()
    for form in (*forms.URLS, *forms.DSNS):
        sys.audit("urllib.Request", plant.said(form), None, {}, "GET")
        sys.audit("webbrowser.open", plant.said(form))


def requests(plant: Garden, port: int) -> None:
    here = f"http://127.0.0.1:{port}"
    headers = {"Authorization": f"Bearer {plant.hidden('header')}", "X-Note": plant.hidden("harmless header")}
    url = f"{here}/a?access_token={plant('query')}&x=1#token={plant('fragment')}"
    OPENER.open(urllib.request.Request(url, headers=headers)).close()
    OPENER.open(urllib.request.Request(here, data=plant.hidden("body").encode(), method="POST")).close()
    for user in ("bob:", "", ":"):
        try:  # urllib gives the whole authority to the connection
            OPENER.open(f"http://{user}{plant(f'URL with {user!r}', length=40)}@127.0.0.1:{port}/", timeout=5).close()
        except (OSError, ValueError, http.client.HTTPException):
            pass
    webbrowser.GenericBrowser("true").open(f"{here}/?password={plant('webbrowser')}")


def connections(plant: Garden, port: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request(
        "POST",
        f"/?token={plant.hidden('path sent')}",
        plant.hidden("body sent"),
        {"Cookie": plant.hidden("cookie sent")},
    )
    connection.getresponse().read()
    connection.close()
    for what, call in (
        ("http.client", lambda host: http.client.HTTPConnection(host, 1, timeout=1).connect()),
        ("getaddrinfo", lambda host: socket.getaddrinfo(host, 80)),
        ("gethostbyname", socket.gethostbyname),
    ):
        try:
            call(f"bob:{plant(f'authority given to {what}', length=20)}@127.0.0.1")
        except (OSError, UnicodeError):
            pass
