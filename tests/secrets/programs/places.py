"""Goes to places nobody else knows, for the level `strict`: `places.py WHERE`."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import sqlite3
import string
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable
from pathlib import Path

from opentelemetry import trace

import otel_audit
from tests.secrets.planting import Garden

FLUSH_S = 30.0
TRUE = shutil.which("true") or "/bin/true"


def run(plant: Garden) -> None:
    def place(what: str) -> str:
        return plant(what, alphabet=string.ascii_lowercase)

    def host(what: str) -> str:
        return f"{place(what)}.{place(what + ', domain')}.internal"

    with tempfile.TemporaryDirectory(prefix=place("temporary directory")) as directory:
        path = Path(directory) / place("file")
        path.write_text("x", encoding="utf-8")
        path.rename(path.with_name(place("renamed")))
        list(Path(directory).iterdir())
        sqlite3.connect(Path(directory) / place("database")).close()
        subprocess.run(["tool", path, f"--out={path}", f"-I{path}"], executable=TRUE, cwd=directory, check=False)
        subprocess.run(["sh", "-c", f": > {path}; : ./{place('in a shell')}/x"], check=False)
    for target in (f"/{place('exec')}/tool", f"./{place('relative')}/tool"):
        try:
            os.execv(target, [target, f"/{place('argument')}/x", f"bob@{host('argument, host')}"])
        except OSError:
            pass
    compile("1", f"/srv/{place('code')}.py", "eval")
    connections(host, place)
    for event in ("urllib.Request", "webbrowser.open"):
        sys.audit(event, f"https://{host('URL')}:8443/{place('URL path')}/x?page=2", None, {}, "GET")
    for event in ("ftplib.connect", "smtplib.connect", "imaplib.open", "poplib.connect", "http.client.connect"):
        sys.audit(event, object(), host(event), 25)
    sys.audit(
        "shop.export", f"/srv/{place('custom path')}/x", f"https://{host('custom URL')}/{place('custom URL path')}"
    )


def connections(host: Callable[[str], str], place: Callable[[str], str]) -> None:
    for call in (lambda name: socket.getaddrinfo(name, 80), socket.gethostbyname):
        try:
            call(host("look-up"))
        except OSError:
            pass
    try:
        http.client.HTTPConnection(host("http.client"), 80, timeout=1).connect()
    except OSError:
        pass
    try:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"http://{host('urllib')}/{place('urllib')}")
    except OSError:
        pass
    with socket.socket(socket.AF_UNIX) as local:
        for address in (f"/run/{place('unix socket')}", f"\0{place('abstract socket')}"):
            try:
                local.connect(address)
            except OSError:
                pass


def main() -> int:
    plant = Garden()
    with trace.get_tracer("places").start_as_current_span("places"):
        run(plant)
    plant.save(sys.argv[1])
    return 0 if otel_audit.flush(FLUSH_S) else 3


if __name__ == "__main__":
    sys.exit(main())
