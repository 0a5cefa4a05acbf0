"""Lines of a log stream, as the bridge writes them."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

NOON = 1_763_726_400
"""2025-11-21T12:00:00Z: in the past, or the records would not be believed."""
TRACE = "d4c7c68c43a83a3f1bd6c1d7e1f22bf7"


def line(name: str = "app.step", at: float = NOON, **fields: Any) -> bytes:
    """One record.

    Args:
        name: of the event.
        at: seconds since 1970.
        fields: keys of the line, with `__` for dots.
    """
    told = {
        "timestamp": f"{datetime.fromtimestamp(at, timezone.utc):%Y-%m-%dT%H:%M:%S.%f}000Z",
        "level": "info",
        "event": f"python.audit.{name}",
        "message": f"{name} happened",
        "python.audit.event": name,
        "python.audit.group": "custom",
        **{key.replace("__", "."): value for key, value in fields.items()},
    }
    return json.dumps(told).encode()


def notice(name: str, state: str, number: int, at: float = NOON) -> bytes:
    """The bridge's word about a rate limit."""
    return line(
        name,
        at,
        event="python.audit.bridge.rate_limit",
        python__audit__bridge__state=state,
        python__audit__bridge__limited=number,
    )


SHOP = [
    line("sqlite3.connect", NOON - 3, python__audit__group="database", trace_id=TRACE, http__route="/cart"),
    line(
        "open",
        NOON - 2,
        level="debug",
        python__audit__group="filesystem",
        file__path="/srv/shop/cart.html",
        python__audit__arg__open_flags=["read"],
        trace_id=TRACE,
    ),
    line(
        "open",
        NOON - 2,
        level="debug",
        python__audit__group="filesystem",
        file__path="/srv/shop/1.txt",
        python__audit__arg__open_flags=["write", "create"],
        python__audit__count=3,
    ),
    line(
        "socket.connect",
        NOON - 1,
        python__audit__group="network",
        network__peer__address="10.0.0.7",
        network__peer__port=5432,
        message="connect to 10.0.0.7:5432",
        trace_id=TRACE,
    ),
    line(
        "subprocess.Popen",
        NOON,
        level="warn",
        python__audit__group="process",
        process__executable__path="/usr/bin/git",
        process__command_args=["git", "fetch", "--all"],
        message="run git fetch --all",
    ),
]
"""Five records of seven events: one trace, a peer, a program, two files."""
