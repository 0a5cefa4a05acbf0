"""Free ports on loopback."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from contextlib import ExitStack

from tools.backends.errors import BackendError

# Below the range from which Linux numbers outgoing connections (32768 to 60999): a port from there, free now, can be
# taken by somebody's connection before the server that it is meant for has started.
_RANGE = range(20000, 32000)


def addresses(number: int) -> list[str]:
    """So many times host and port, of different ports that nobody listens on."""
    with ExitStack() as held:  # all of them, until the last is found
        return [f"127.0.0.1:{port}" for port in _found(number, held)]


def _found(number: int, held: ExitStack) -> Iterator[int]:
    found = 0
    for port in random.sample(_RANGE, len(_RANGE)):
        if found == number:
            return
        one = held.enter_context(socket.socket())
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            continue
        found += 1
        yield port
    raise BackendError(f"ports: expected {number} free ones on 127.0.0.1 from {_RANGE.start} to {_RANGE.stop - 1}")
