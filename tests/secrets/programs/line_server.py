"""Little mail, file and news servers: they greet, and say yes to every line."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from io import BufferedRWPair
from types import TracebackType

Answer = Callable[[str], str]
"""What to say to one line; "" is nothing."""


_SMTP = {"EHLO": "250-here\r\n250 AUTH PLAIN LOGIN", "AUTH": "235 welcome", "DATA": "354 go on", "QUIT": "221 bye"}


def smtp(line: str) -> str:
    if line.startswith("AUTH LOGIN"):
        return "334 UGFzc3dvcmQ6"
    known = line[:4] in ("MAIL", "RCPT") or line == "." or " " not in line
    return _SMTP.get(line[:4].upper(), "250 fine" if known and line else "")


def ftp(line: str) -> str:
    return {"USER": "331 and the password?", "PASS": "230 welcome", "QUIT": "221 bye"}.get(line[:4].upper(), "200 fine")


def pop3(line: str) -> str:
    return "+OK fine"


def imap(line: str) -> str:
    tag, _, rest = line.partition(" ")
    if rest.upper().startswith("CAPABILITY"):
        return f"* CAPABILITY IMAP4REV1 AUTH=PLAIN\r\n{tag} OK fine"
    if rest.upper().startswith("AUTHENTICATE"):
        return "+ "
    return f"{tag} OK fine" if rest else "A9 BAD"


def nntp(line: str) -> str:
    if line == "CAPABILITIES":
        return "500 what?"
    return "381 and the password?" if line.upper().startswith("AUTHINFO USER") else "281 welcome"


class LineServer:
    """Listens on loopback and serves one client after the other, in a thread."""

    def __init__(self, greeting: str, answer: Answer) -> None:
        self._greeting, self._answer = greeting, answer
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
                with client, client.makefile("rwb") as lines:
                    self._talk(lines)
            except OSError:
                return  # closed, or the client had heard enough

    def _talk(self, lines: BufferedRWPair) -> None:
        lines.write(self._greeting.encode() + b"\r\n")
        lines.flush()
        for line in lines:
            answer = self._answer(line.decode().strip())
            lines.write(f"{answer}\r\n".encode() if answer else b"")
            lines.flush()

    def __enter__(self) -> LineServer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._socket.close()
