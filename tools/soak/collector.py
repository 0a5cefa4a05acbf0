"""The collector as a process of its own: `tests.receiver`, counting what arrives instead of keeping it.

The first line of output names the variables that point a program here. Each line of input is a command: `fail STATUS`,
`hang`, `stop`, `heal`, or `counts`; each is answered with a line of JSON. The end of input ends it.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from tests.receiver.faults import MALFORMED, Failure
from tests.receiver.inbox import Inbox, Read
from tests.receiver.records import attributes_of, points_in
from tests.receiver.server import Receiver

PREFIX = "python.audit."
INSTANCE = "service.instance.id"
"""Tells processes apart. Their ids do not: in twenty minutes a busy machine gives some of them out again."""
UNDER_WAY_S = 0.3
"""How long a request that was stored may take to be answered before its connection is cut."""


class Counting(Inbox):
    """Counts records by process, kind and event; of metrics the last value of each stream is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.records: Counter[tuple[str, str, str]] = Counter()
        self.points: dict[tuple[str, str], float] = {}

    def _store(self, signal: str, read: Read) -> Failure | None:
        try:
            body = read()
            if signal == "logs":
                self._count_logs(self.logs.parse(body).resource_logs)
            elif signal == "traces":
                self._count_events(self.traces.parse(body).resource_spans)
            else:
                self._take_points(body)
        except ValueError:  # DecodeError is one
            return MALFORMED
        return None

    def _count_logs(self, groups: Iterable[Any]) -> None:
        for group in groups:
            process = _process(group)
            for scoped in group.scope_logs:
                if scoped.scope.name == "otel_audit":
                    self.records.update((process, "logs", record.event_name) for record in scoped.log_records)

    def _count_events(self, groups: Iterable[Any]) -> None:
        for group in groups:
            process = _process(group)
            for scoped in group.scope_spans:
                for span in scoped.spans:
                    self.records.update((process, "span_events", event.name) for event in span.events)

    def _take_points(self, body: bytes) -> None:
        for point in points_in(self.metrics.parse(body)):
            if point.metric == PREFIX + "events":
                process = str(point.resource.get(INSTANCE))
                self.points[process, str(point.attributes[PREFIX + "event"])] = point.value


def _process(group: Any) -> str:
    return str(attributes_of(group.resource.attributes).get(INSTANCE))


def counts(inbox: Counting) -> dict[str, Any]:
    """`records`: process -> kind -> event -> number; `points`: process -> event -> last value; `requests`."""
    with inbox.changed:
        records: dict[str, dict[str, dict[str, int]]] = {}
        for (process, kind, event), number in inbox.records.items():
            if event.startswith(PREFIX) and not event.startswith(PREFIX + "bridge."):
                records.setdefault(process, {}).setdefault(kind, {})[event.removeprefix(PREFIX)] = number
        points: dict[str, dict[str, float]] = {}
        for (process, event), value in inbox.points.items():
            points.setdefault(process, {})[event] = value
        requests = {f"{name} {outcome}": number for (name, outcome), number in sorted(inbox.answered.items())}
    return {"records": records, "points": points, "requests": requests}


def stop(receiver: Receiver) -> None:
    """Die like a killed collector, but never between storing a request and answering it: the books stay exact."""
    receiver.fail(503)
    time.sleep(UNDER_WAY_S)
    receiver.stop_listening()


def heal(receiver: Receiver) -> None:
    """Be well again. What hung is refused, not stored: its client may give up at that very moment."""
    receiver.fail(503)
    receiver.release()
    time.sleep(UNDER_WAY_S)
    receiver.heal()
    receiver.resume_listening()


def main() -> None:
    """Serve until the end of input."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the soak decides when it is over
    inbox = Counting()
    with Receiver(inbox) as receiver:
        commands: dict[str, Callable[..., object]] = {
            "fail": lambda status: receiver.fail(int(status)),
            "hang": receiver.hang,
            "stop": lambda: stop(receiver),
            "heal": lambda: heal(receiver),
            "counts": lambda: counts(inbox),
        }
        _say(receiver.env("http/protobuf"))
        for line in sys.stdin:
            name, *arguments = line.split()
            _say(commands[name](*arguments))


def _say(value: object) -> None:
    print(json.dumps(value), flush=True)


if __name__ == "__main__":
    main()
