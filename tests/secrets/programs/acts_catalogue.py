"""Every event of CPython, with a secret in each argument: bare where the content is never captured, announced else."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from opentelemetry import trace

from tests.secrets.planting import Garden
from tests.secrets.programs.acts_custom import Hostile

ROWS = Path(__file__).parents[2] / "data" / "audit_events.csv"

CAPTURED: dict[str, Callable[[str], Any]] = {
    "subprocess.Popen args": lambda secret: ["tool", "--password", secret],
    "_posixsubprocess.fork_exec args": lambda secret: [b"tool", b"--password=" + secret.encode()],
    "_posixsubprocess.fork_exec executable_list": lambda secret: [b"/bin/tool?token=" + secret.encode()],
    "os.exec args": lambda secret: ("mysql", f"-p{secret}"),
    "os.posix_spawn argv": lambda secret: ["env", f"API_TOKEN={secret}", "x"],
    "os.spawn args": lambda secret: ("tool", "--token", secret),
    "pty.spawn argv": lambda secret: ["sshpass", "-p", secret, "ssh", "h"],
    "os.system command": lambda secret: f"curl -u bob:{secret} https://h/".encode(),
    "_winapi.CreateProcess command_line": lambda secret: f'tool.exe --password "{secret}"',
    "os.startfile/2 arguments": lambda secret: f"--password={secret}",
    "urllib.Request fullurl": lambda secret: f"https://bob:{secret}@h/",
    "webbrowser.open url": lambda secret: f"https://h/?token={secret}",
    "sqlite3.connect database": lambda secret: f"file:x?key={secret}",
    "cpython.remote_debugger_script script_path": lambda secret: f"/x?token={secret}",
    "sys.remote_exec script": lambda secret: f"/x?token={secret}",
}
"""Sensitive arguments whose text is the point of the event: secrets in it are redacted. All others: size or type."""

_KINDS: tuple[Callable[[str], Any], ...] = (
    str,
    str.encode,
    lambda secret: bytearray(secret.encode()),
    lambda secret: [secret, secret.encode()],
    lambda secret: {secret: secret},
    lambda secret: (secret, (secret,)),
    lambda secret: compile(repr(secret), "<x>", "eval"),
    Hostile,
)
"""What an argument that is never captured may be: whatever its type."""


tracer = trace.get_tracer("planted")


def run(plant: Garden) -> None:
    with ROWS.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for number, kind in enumerate(_KINDS):
        with tracer.start_as_current_span(f"kind {number}"):
            for row in rows:
                if not number or row["sensitive_args"]:
                    raised(plant, row, kind)


def raised(plant: Garden, row: dict[str, str], kind: Callable[[str], Any]) -> None:
    """One event, with the arguments and types that were documented for it."""
    names = [name for name in row["arguments"].split(";") if name]
    types = [each.strip() for each in row["argtypes"].split(";")]
    sensitive = set(row["sensitive_args"].split(";"))
    arguments = []
    for name, types_of_it in zip(names, types + [""] * len(names)):
        what = f"{row['event']} {name}"
        if what in CAPTURED:
            arguments.append(CAPTURED[what](plant(what)))
        elif name in sensitive:
            arguments.append(kind(plant.hidden(what)))
        else:
            arguments.append(_harmless(plant, what, types_of_it))
    sys.audit(row["event"], *arguments)


def _harmless(plant: Garden, what: str, types: str) -> Any:
    """A number, or text with a secret that is announced."""
    first = types.split("|")[0]
    if first in ("int", "bool"):
        return 1
    if first == "tuple":
        return (f"bob:{plant(what)}@example.com", 80)
    if first in ("str", "bytes", "NoneType", "PosixPath"):
        text = f"password={plant(what)}"
        return text.encode() if first == "bytes" else text
    return Hostile(plant.hidden(what))
