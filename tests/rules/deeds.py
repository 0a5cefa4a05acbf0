"""What the log rules look for, and what resembles it, done under the bridge: deeds.py LOG FOLDER.

Every deed happens under a span named after it, so that the lines tell which deed they belong to. Nothing leaves the
machine, and nothing listens: addresses are announced to the audit hooks, as the socket module does, and not used.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

import otel_audit

LOG, FOLDER = sys.argv[1], Path(sys.argv[2])
SITE = "lib/python3/site-packages"


def bind(address: object) -> Callable[[], object]:
    return lambda: sys.audit("socket.bind", None, address)


def connect(address: object) -> Callable[[], object]:
    return lambda: sys.audit("socket.connect", None, address)


def request(url: str) -> Callable[[], object]:
    return lambda: sys.audit("urllib.Request", url, None, {}, "GET")


def run(*command: str) -> Callable[[], object]:
    return lambda: subprocess.run(command, check=True)


def write(name: str) -> Callable[[], object]:
    def deed() -> None:
        (FOLDER / name).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / name).write_text("")

    return deed


def read(name: str) -> Callable[[], object]:
    return lambda: (FOLDER / name).read_text()


def shell() -> None:
    os.system("true")


def move() -> None:
    (FOLDER / "draft.txt").write_text("")
    shutil.move(FOLDER / "draft.txt", FOLDER / SITE / "moved.pth")


def trace_everything() -> None:
    sys.settrace(None)


IN_REQUEST: dict[str, Callable[[], object]] = {
    "os.system in a request": shell,
    "sh by path in a request": run("/bin/sh", "-c", "true"),
    "sh by name in a request": run("sh", "-c", "true"),
    "another program in a request": run("true"),
    "connect to the metadata address in a request": connect(("169.254.169.254", 80)),
    "request its URL in a request": request("http://169.254.169.254/latest/meta-data/"),
    "connect to its neighbour in a request": connect(("169.254.169.253", 53)),
}
DEEDS: dict[str, Callable[[], object]] = {
    "os.system outside": shell,
    "connect to the metadata address": connect(("169.254.169.254", 80)),
    "connect to the metadata address, IPv6": connect(("fd00:ec2::254", 80, 0, 0)),
    "connect to its neighbour": connect(("169.254.169.253", 53)),
    "request its URL": request("http://metadata.google.internal/computeMetadata/v1/"),
    "request a URL that mentions it": request("http://example.com/?about=http://169.254.169.254/"),
    "look its name up": lambda: sys.audit("socket.getaddrinfo", "metadata.google.internal", 80, 0, 0, 0),
    "bind every interface": bind(("", 4444)),
    "bind an address": bind(("10.0.0.7", 4444)),
    "bind every interface, IPv6": bind(("::", 4444, 0, 0)),
    "bind a known port": bind(("0.0.0.0", 8080)),
    "bind a port of the kernel's choice": bind(("0.0.0.0", 0)),
    "bind loopback": bind(("127.0.0.1", 4444)),
    "bind loopback, IPv6": bind(("::1", 4444, 0, 0)),
    "bind a path": bind("/run/shop.sock"),
    "set a tracer": trace_everything,
    "write a .pth file": write(f"{SITE}/evil.pth"),
    "write a .pth file of Debian's": write("lib/python3/dist-packages/evil.pth"),
    "write sitecustomize": write("sitecustomize.py"),
    "move a .pth file into place": move,
    "write another file": write(f"{SITE}/evil.pth.txt"),
    "read a .pth file": read(f"{SITE}/evil.pth"),
    "save a model": write("models/resnet50.pth"),
    "save a model below a package": write(f"{SITE}/detector/weights/resnet50.pth"),
}

if __name__ == "__main__":
    trace.set_tracer_provider(TracerProvider())
    status = otel_audit.install(include="all", sampling="all=all", log_stream=LOG, log_format="json", signals="none")
    assert status.state == "armed", status.reason
    tracer, spans = trace.get_tracer("deeds"), {}
    for routed, deeds in ((True, IN_REQUEST), (False, DEEDS)):
        for name, deed in deeds.items():
            route = {"http.route": "/report"} if routed else {}
            with tracer.start_as_current_span(name, attributes=route) as span:
                deed()
            spans[f"{span.get_span_context().span_id:016x}"] = name
    assert otel_audit.flush(10)
    print(json.dumps(spans))
