"""A client of the Debug Adapter Protocol: as much of it as an editor needs to stop, look, and go on."""

from __future__ import annotations

import json
import socket
import time
from types import TracebackType
from typing import Any

PAUSE_S = 0.1
"""Between two attempts to connect to a program that starts."""


def free_port() -> int:
    """One that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Adapter:
    """A session with debugpy's adapter.

    Args:
        port: where it listens, now or soon.
        timeout_s: for each answer, and for the connection.
    """

    def __init__(self, port: int, timeout_s: float) -> None:
        self._socket = _connect(port, timeout_s)
        self._file = self._socket.makefile("rb")
        self._number = 0
        self._events: list[dict[str, Any]] = []

    def __enter__(self) -> Adapter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._file.close()
        self._socket.close()

    def stop_at(self, path: str, line: int) -> int:
        """Attach, and run to a breakpoint; the result is the frame that stopped there."""
        self.ask("initialize", adapterID="tests", pathFormat="path", linesStartAt1=True, columnsStartAt1=True)
        attached = self._send("attach", {"justMyCode": True})
        self._event("initialized")
        self._break(path, line)
        self.ask("configurationDone")
        self._answer(attached)
        self._thread = self._event("stopped")["threadId"]
        frames = self.ask("stackTrace", threadId=self._thread)["stackFrames"]
        assert frames[0]["line"] == line
        frame: int = frames[0]["id"]
        return frame

    def let_go(self, path: str) -> None:
        """Without breakpoints, to the end."""
        self._break(path)
        self.ask("continue", threadId=self._thread)

    def ask(self, command: str, **arguments: Any) -> dict[str, Any]:
        """One request; the result is the body of its answer."""
        return self._answer(self._send(command, arguments))

    def _break(self, path: str, *lines: int) -> None:
        self.ask("setBreakpoints", source={"path": path}, breakpoints=[{"line": line} for line in lines])

    def _send(self, command: str, arguments: dict[str, Any]) -> int:
        self._number += 1
        request = {"seq": self._number, "type": "request", "command": command, "arguments": arguments}
        body = json.dumps(request).encode()
        self._socket.sendall(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        return self._number

    def _answer(self, number: int) -> dict[str, Any]:
        while True:
            message = self._read()
            if message["type"] == "response" and message["request_seq"] == number:
                assert message["success"], message
                body: dict[str, Any] = message.get("body", {})
                return body
            self._events.append(message)

    def _event(self, name: str) -> dict[str, Any]:
        while True:
            for message in self._events:
                if message.get("event") == name:
                    self._events.remove(message)
                    body: dict[str, Any] = message.get("body", {})
                    return body
            self._events.append(self._read())

    def _read(self) -> dict[str, Any]:
        length = 0
        while line := self._file.readline().strip():
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        assert length, "the adapter hung up"
        message: dict[str, Any] = json.loads(self._file.read(length))
        return message


def _connect(port: int, timeout_s: float) -> socket.socket:
    end = time.monotonic() + timeout_s
    while True:
        try:
            found = socket.create_connection(("127.0.0.1", port), timeout_s)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(PAUSE_S)
        else:
            return found
