"""The receiver as a process of its own: `python -m tests.receiver --print-endpoint`.

The first line of output names the endpoints. Each line of input is a command (`fail 503 [count [signal]]`, `hang`,
`release`, `heal`, `stop_listening`, `resume_listening`, `clear`, `summary`, `dump`), answered with a line of JSON.
SIGTERM, SIGINT or the end of input ends it; its last line is the summary.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict
from types import FrameType
from typing import Any, NoReturn

from .server import SIGNALS, Receiver


class _Stop(BaseException):
    """Raised by a signal, out of whatever the main thread waits in."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.receiver", description=__doc__)
    parser.add_argument("--print-endpoint", action="store_true", help="print a JSON line with endpoints and variables")
    parser.add_argument("--ignore-stdin", action="store_true", help="end by signal only, take no commands")
    options = parser.parse_args()
    with Receiver() as receiver:
        try:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, _stop)
            if options.print_endpoint:
                _print(endpoints(receiver))
            if options.ignore_stdin:
                threading.Event().wait()
            for line in sys.stdin:
                _print(answer(receiver, line.split()))
        except _Stop:
            pass
        _print(summary(receiver))
    return 0


def endpoints(receiver: Receiver) -> dict[str, Any]:
    return {
        "grpc_endpoint": receiver.grpc_endpoint,
        "http_endpoint": receiver.http_endpoint,
        "env": {"grpc": receiver.env("grpc"), "http/protobuf": receiver.env("http/protobuf")},
    }


def answer(receiver: Receiver, words: list[str]) -> dict[str, Any]:
    commands: dict[str, Callable[[], object]] = {
        "hang": receiver.hang,
        "release": receiver.release,
        "heal": receiver.heal,
        "stop_listening": receiver.stop_listening,
        "resume_listening": receiver.resume_listening,
        "clear": receiver.clear,
        "fail": lambda: _fail(receiver, *words[1:]),
        "summary": lambda: summary(receiver),
        "dump": lambda: dump(receiver),
    }
    try:
        result = commands[words[0]]()
    except (IndexError, KeyError, TypeError, ValueError) as error:
        return {"error": f"{' '.join(words)}: expected {' | '.join(commands)} ({error})"}
    return result if isinstance(result, dict) else {"done": words[0]}


def _fail(receiver: Receiver, status: str = "503", count: str | None = None, name: str | None = None) -> None:
    chosen = next((known for known in SIGNALS if known == name), None)
    if name is not None and chosen is None:
        raise ValueError(f"signal={name}: expected one of {', '.join(SIGNALS)}")
    receiver.fail(int(status) if status.isdigit() else status, int(count) if count else None, chosen)


def summary(receiver: Receiver) -> dict[str, Any]:
    requests: dict[str, dict[str, int]] = {}
    for (name, outcome), number in sorted(receiver.requests.items()):
        requests.setdefault(name, {})[outcome] = number
    return {
        "requests": requests,
        "spans": len(receiver.spans),
        "span_events": dict(Counter(event.name for span in receiver.spans for event in span.events)),
        "logs": dict(Counter(log.event_name for log in receiver.logs)),
        "metrics": {
            name: [{"attributes": dict(key), "value": value} for key, value in receiver.metric_totals(name).items()]
            for name in sorted({point.metric for point in receiver.metrics})
        },
    }


def dump(receiver: Receiver) -> dict[str, Any]:
    return {
        "spans": [asdict(span) for span in receiver.spans],
        "logs": [asdict(log) for log in receiver.logs],
        "metrics": [asdict(point) for point in receiver.metrics],
    }


def _print(value: object) -> None:
    print(json.dumps(value, default=lambda other: other.hex() if isinstance(other, bytes) else str(other)), flush=True)


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise _Stop


if __name__ == "__main__":
    sys.exit(main())
