"""A client: sends numbered requests over a few connections at a time and keeps what was answered."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

NO_ANSWER = (OSError, http.client.HTTPException, AssertionError)
"""What `get` raises where a server is not there, goes away, or answers with an error."""
TIMEOUT_S = 60.0
"""Of one request; the machine may be busy."""


class Answer(NamedTuple):
    """What the application said of one request.

    Args:
        number: of the request.
        trace: it was handled in, as hex.
        span: its server span, as hex.
        pid: of the process that handled it.
        raised: custom events it raised.
    """

    number: int
    trace: str
    span: str
    pid: int
    raised: int


def get(port: int, path: str) -> dict[str, object]:
    """One GET on a connection of its own.

    Raises:
        NO_ANSWER: none, or one other than 200.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_S)
    try:
        connection.request("GET", path, headers={"Connection": "close"})
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    assert response.status == 200, f"{path}: {response.status} {body[:200]!r}"
    answer: dict[str, object] = json.loads(body)
    return answer


def gather(port: int, path: str, times: int) -> list[dict[str, object]]:
    """The answers to some GETs at once."""
    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(lambda _: get(port, path), range(times)))


def ask(port: int, number: int) -> Answer:
    """Have one request handled."""
    said = get(port, f"/work/{number}")
    return Answer(number, str(said["trace"]), str(said["span"]), int(str(said["pid"])), int(str(said["raised"])))


def run(port: int, numbers: Iterable[int], *, at_once: int = 8) -> list[Answer]:
    """Have all of them handled, `at_once` at a time; every one must be answered."""
    with ThreadPoolExecutor(at_once) as pool:
        return list(pool.map(lambda number: ask(port, number), numbers))
