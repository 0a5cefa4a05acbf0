"""One run of everything: a shop under load, and beside it processes of which each has one thing wrong with it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property

import traffic

from tests_stack import arrival, history
from tests_stack.model import Series
from tests_stack.processes import NO_LOSS, PROGRAMS, SHOP, Health, Program, program
from tools.backends import Stack
from tools.backends.ports import addresses

ROUNDS = 30
ENVIRONMENTS = {"shop-1": "production", "tasks-1": "production", "queue-1": "production", "limits-1": "production"}
ENVIRONMENTS |= {"blind-1": "staging", "refused-1": "staging", "paused-1": "staging"}
# What the workers do; the numbers are what the tests expect to find again.
TASKS = {"os.system": 7, "pickle.find_class": 5, "code.__new__": 3, "worker.event": 40}
BLOCKED = 3
"""Of the worker's os.system, those that an event loop waited for."""
QUEUED, HELD, LIMITED, EQUAL, DISTINCT, BLIND, PAUSED = 6000, 6, 400, 25, 2500, 60, 4
# Of the distinct values, which `first` keeps once each, it remembers so many (docs/configuration.md).
REMEMBERED = 2048
PACE_S = 0.5
"""Seconds from round to round at least: a load that is over too soon leaves rates without samples."""
WORKER = PROGRAMS / "worker.py"
INTERVAL = 250
"""Milliseconds between two samples."""


@dataclass(frozen=True, eq=False)
class Run:
    """What happened, as the processes themselves say it, and where it was sent.

    Args:
        backends: still running, as are the processes.
        start: Unix time in seconds before any process began.
        time: when all of it had arrived, and nothing more happened.
        health: last health of each process, by instance.
        jobs: service of each instance.
        events: how often each audit event happened, by instance and event; not from the bridge, but for what the
            interpreter opened before the shop's own code began.
        past: of the shop, if one was sent.
    """

    backends: Stack
    start: float
    time: float
    health: dict[str, Health]
    jobs: dict[str, str]
    events: dict[tuple[str, str], int]
    past: history.Past | None

    @cached_property
    def series(self) -> tuple[Series, ...]:
        """Raw samples of everything that the bridges and their SDKs reported until then, the past included."""
        found = self.backends.query('{__name__=~"python_audit_.+|target_info"}[8d]', at=self.time)
        return tuple(Series(one["metric"], tuple((float(t), float(v)) for t, v in one["values"])) for one in found)


@contextmanager
def run(backends: Stack, *, with_past: bool) -> Iterator[Run]:
    """Start all processes, let them work, and wait until everything they said has arrived."""
    start = time.time()
    past = history.send(backends, start) if with_past else None
    with ExitStack() as running:
        programs = list(_start(backends, running))
        by_instance = {one.instance: one for one in programs}
        work(by_instance)
        health = {instance: by_instance[instance].settled() for instance in by_instance if instance != "queue-1"}
        health["queue-1"] = by_instance["queue-1"].tell()  # its ring is never emptied
        arrival.wait_for_counters(backends, health)
        jobs = {one.instance: one.job for one in programs}
        now = round(time.time(), 3)  # Prometheus counts in milliseconds
        arrival.wait_until_past(backends, now)
        yield Run(backends, start, now, health, jobs, _events(health), past)


def work(programs: dict[str, Program]) -> None:
    """The shop's rounds, with the other processes' work between them."""
    url = programs["shop-1"].read().split()[-1]
    others = iter(_commands(programs))
    due = time.monotonic()
    for number in range(ROUNDS):
        assert traffic.send_round(url, number)
        next(others, lambda: None)()
        due += PACE_S
        time.sleep(max(0.0, due - time.monotonic()))
    for command in others:
        command()
    # Last: rates look back some seconds only, and of a thread's records every thousandth has its hook timed.
    for words in (f"same {EQUAL}", f"different {DISTINCT}", f"spans {BLIND // 20} 20"):
        programs["blind-1"].tell(words)


def _start(backends: Stack, running: ExitStack) -> Iterator[Program]:
    def start(job: str, instance: str, *command: str, **variables: str) -> Program:
        deployment, often = ENVIRONMENTS[instance], {"OTEL_METRIC_EXPORT_INTERVAL": str(INTERVAL)}
        return running.enter_context(
            program(backends, job, instance, *command, deployment=deployment, **often, **_named(variables))
        )

    def worker(instance: str, **variables: str) -> Program:
        return start("worker", instance, str(WORKER), INCLUDE="worker.*", **variables)

    data = running.enter_context(tempfile.TemporaryDirectory(prefix="shop-"))
    observed = (str(PROGRAMS / "observed.py"), str(SHOP))
    # Left out is what comes and goes with versions of the libraries and is not of the shop's making.
    exclude = "os.remove,os.mkdir,interpreter,socket.gethostbyaddr"
    yield start("shop", "shop-1", *observed, EXCLUDE=exclude, SHOP_DATA=data)
    yield start("worker", "tasks-1", str(WORKER), INCLUDE=",".join(TASKS), SAMPLING="worker.*=all")
    yield worker("queue-1", RING_SIZE="65536", FLUSH_INTERVAL="3600000", SAMPLING="worker.*=all")
    yield worker("limits-1", SAMPLING="worker.*=10/s")
    nowhere = f"http://{addresses(1)[0]}"  # nobody listens there
    # The exporter tries each batch again for so many seconds.
    unheard = {"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": nowhere, "OTEL_EXPORTER_OTLP_LOGS_TIMEOUT": "1"}
    yield worker("blind-1", CORE="python", SAMPLING="worker.*=first", **unheard)
    yield worker("refused-1", RING_SIZE="1")
    yield worker("paused-1")


def _named(variables: dict[str, str]) -> dict[str, str]:
    whole = ("SHOP_", "OTEL_")
    return {name if name.startswith(whole) else f"OTEL_PYTHON_AUDIT_{name}": value for name, value in variables.items()}


def _commands(programs: dict[str, Program]) -> Iterator[Callable[[], object]]:
    """One after the other, spread over the shop's load."""

    def tell(instance: str, command: str) -> Callable[[], object]:
        return lambda: programs[instance].tell(command)

    yield tell("paused-1", f"different {PAUSED}")
    yield tell("paused-1", "pause")
    yield tell("paused-1", "different 100")  # nobody sees these
    yield tell("queue-1", f"different {QUEUED}")
    for _ in range(4):
        yield tell("limits-1", f"different {LIMITED // 4}")
    yield tell("tasks-1", f"system {TASKS['os.system'] - BLOCKED}")
    yield tell("tasks-1", f"block {BLOCKED}")
    yield tell("tasks-1", f"unpickle {TASKS['pickle.find_class']}")
    yield tell("tasks-1", f"code {TASKS['code.__new__']}")
    yield tell("tasks-1", f"spans {TASKS['worker.event'] // 4} 4")
    yield tell("queue-1", f"hold {HELD}")  # these stay in a ring that is far from full, and in the span's buffer


def _events(health: dict[str, Health]) -> dict[tuple[str, str], int]:
    """Facts of the traffic and the commands; how often the shop opened files, an audit hook of the tests' counted."""
    shop = {event: number for event, number in traffic.expected(ROUNDS).items() if event in SHOP_EVENTS}
    shop["socket.bind"] = 1
    shop["open"] = health["shop-1"]["before"] + health["shop-1"]["opened"]
    worked = {"queue-1": QUEUED + HELD, "limits-1": LIMITED, "blind-1": EQUAL + DISTINCT + BLIND, "paused-1": PAUSED}
    return {
        **{("shop-1", event): number for event, number in shop.items()},
        **{("tasks-1", event): number for event, number in TASKS.items()},
        **{(instance, "worker.event"): number for instance, number in worked.items()},
    }


SHOP_EVENTS = frozenset(
    (
        "http.client.connect",
        "shop.user.login",
        "shop.user.register",
        "socket.connect",
        "socket.getaddrinfo",
        "sqlite3.connect",
        "subprocess.Popen",
        "urllib.Request",
    )
)
"""Of the events that traffic.py counts, those that the selector `default` has."""


def losses(health: Health) -> dict[tuple[str, str], int]:
    """Records lost after they were kept, by destination and cause."""
    return {
        (destination, cause): number
        for destination, account in health["destinations"].items()
        for cause, number in account.items()
        if cause not in NO_LOSS
    }
