"""Event loops, tasks and frames: what a record says of the code it came from."""

from __future__ import annotations

import _asyncio
import _socket
import asyncio
import os
import signal
import socket
import sys
import threading
import time
from _thread import start_new_thread
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from types import ModuleType
from typing import Any

from otel_audit.application import Code, prefixes
from otel_audit.model import Kind, Rule, RuleKind
from tests.capture.programs.driver import (
    RING_MARKED,
    RING_OFF,
    case,
    close_span,
    counts,
    open_span,
    records,
    row,
    start,
    unknown,
    within,
)

BLOCKING = row("app.block", blocking=True, loop_location=1.0)
LOCATED = row("app.here", location=1.0, loop_location=1.0)
CODE = (
    ("/lib/asyncio/events.py", int(Code.RUNNER)),
    ("/lib/asyncio/", int(Code.LOOP)),
    ("/lib/", int(Code.LIBRARY)),
    ("/site/", int(Code.INSTALLED)),
)
STEP = """
def step(rest, *arguments):
    if rest:
        return rest[0](rest[1:], *arguments)
    audit(*arguments)
"""


def steps(*files: str) -> Callable[..., None]:
    """Raises an event below frames of these files, the oldest first."""
    made = []
    for file in files:
        namespace: dict[str, Any] = {"audit": sys.audit}
        exec(compile(STEP, file, "exec"), namespace)
        made.append(namespace["step"])
    return lambda *arguments: made[0](made[1:], *arguments)


def begin(name: str, *events: Any, code: tuple[tuple[str, int], ...] = CODE, **options: Any) -> Any:
    core = start(name, *events, code=code, **options)
    assert core.bind_event_loop(_asyncio, _socket)
    return core


def said(core: Any) -> list[Any]:
    """First argument, mark, and task."""
    return [[record.values[0], record.on_event_loop, record.task] for record in records(core)]


def marked(name: str) -> Any:
    core = begin(name, BLOCKING, row("app.other"))

    async def work() -> None:
        sys.audit("app.block", "on a loop")
        sys.audit("app.other", "does not block")
        await asyncio.to_thread(sys.audit, "app.block", "in a thread")
        await asyncio.get_running_loop().run_in_executor(None, sys.audit, "app.block", "in the executor")

    sys.audit("app.block", "before")
    loop = asyncio.new_event_loop()
    loop.run_until_complete(loop.create_task(work(), name="the task"))
    sys.audit("app.block", "between")
    loop.close()
    sys.audit("app.block", "after")
    return said(core)


def tasks(name: str) -> Any:
    """Names of all kinds; of a class that answers for itself none is asked."""
    core = begin(name, BLOCKING)
    asked: list[str] = []

    class Answering(asyncio.Task[None]):
        def get_name(self) -> str:
            asked.append("a task")
            return "answered"

    class Loop(asyncio.SelectorEventLoop):
        def __hash__(self) -> int:
            asked.append("a loop")
            return object.__hash__(self)

    async def work(number: int) -> None:
        asked.clear()
        sys.audit("app.block", number)
        assert not asked

    loop = Loop()
    loop.run_until_complete(loop.create_task(work(1), name="\u20ac" * 50))
    loop.run_until_complete(loop.create_task(work(2), name="\ud800"))
    loop.run_until_complete(loop.create_task(work(3), name=""))
    loop.run_until_complete(loop.create_task(work(4)))
    factory: Any = lambda loop, work, **more: Answering(work, loop=loop, **more)  # noqa: E731
    loop.set_task_factory(factory)
    loop.run_until_complete(work(5))
    loop.set_task_factory(None)
    loop.call_soon(sys.audit, "app.block", 6)
    loop.run_until_complete(pause(loop))
    loop.close()
    return [line[2] for line in said(core)]


def pause(loop: asyncio.AbstractEventLoop) -> asyncio.Future[None]:
    done = loop.create_future()
    loop.call_later(0.001, done.set_result, None)
    return done


def sockets(name: str) -> Any:
    """A socket that does not wait blocks nothing, nor does one that sends nothing; subclasses cannot say otherwise."""
    core = begin(name, BLOCKING)

    class Lying(socket.socket):
        def gettimeout(self) -> float | None:
            raise AssertionError("a hook ran the application's code")

    async def work() -> None:
        for name, kind in (("socket", socket.socket), ("lying", Lying), ("bare", _socket.socket)):
            for timeout in (None, 0.0, 1.5):
                one = kind()
                one.settimeout(timeout)
                sys.audit("app.block", one, f"{name} {timeout}")
                one.close()
        one = socket.socket(type=socket.SOCK_DGRAM)
        sys.audit("app.block", one, "datagram")
        one.close()

    asyncio.run(work())
    return [[record.values[1], record.on_event_loop] for record in records(core)]


def innocence(name: str) -> Any:
    """Who did it: the first frame that is not the standard library's; where: no further than who calls callbacks."""
    core = begin(name, BLOCKING)
    cases = {
        "application": ("/lib/asyncio/events.py", "/app/a.py"),
        "through the library": ("/lib/asyncio/events.py", "/app/a.py", "/lib/b.py", "/lib/c.py"),
        "through a package": ("/lib/asyncio/events.py", "/app/a.py", "/site/b.py", "/lib/c.py"),
        "asyncio itself": ("/lib/asyncio/events.py", "/app/a.py", "/lib/asyncio/unix.py", "/lib/subprocess.py"),
        "asyncio itself, below a package": ("/app/a.py", "/site/b.py", "/lib/asyncio/unix.py"),
        "within asyncio's wait": ("/lib/asyncio/events.py", "/app/a.py", "/lib/asyncio/tasks.py", "/site/b.py"),
        "a package, started by the application": ("/app/a.py", "/lib/asyncio/events.py", "/site/b.py"),
        "a callback in C": ("/app/a.py", "/lib/asyncio/events.py"),
        "nobody": ("/lib/a.py",),
        "far away": ("/app/a.py", *("/lib/b.py",) * 63),
        "too far away": ("/app/a.py", *("/lib/b.py",) * 64),
    }
    _asyncio._set_running_loop(asyncio.new_event_loop())
    for each, files in cases.items():
        steps("/lib/asyncio/events.py", *files)("app.block", each)
    _asyncio._set_running_loop(None)
    return {
        record.values[0]: [record.on_event_loop, record.location and record.location.file] for record in records(core)
    }


def here(mark: str) -> int:
    sys.audit("app.here", mark)
    return sys._getframe().f_lineno - 1


def generated(mark: str) -> Any:
    sys.audit("app.here", mark)
    yield


class Place:
    def method(self) -> None:
        (lambda: [sys.audit("app.here", "lambda")])()  # type: ignore[func-returns-value]
        [sys.audit("app.here", "comprehension") for _ in range(1)]  # type: ignore[func-returns-value]
        next(generated("generator"))
        for _ in map(sys.audit, ["app.here"], ["through C"]):
            pass

    def __del__(self) -> None:
        sys.audit("app.here", "finalizer")


def places(name: str) -> Any:
    """File, function and line, as a traceback would have them."""
    core = begin(name, LOCATED, code=prefixes())
    line = here("function")
    Place().method()
    thread = threading.Thread(target=here, args=("thread",))
    thread.start()
    thread.join()
    exec(compile("\n\nsys.audit('app.here', 'exec')", "made.py", "exec"), globals())
    deep(200)
    found = {record.values[0]: record.location for record in records(core)}
    assert all(place is not None for place in found.values())
    return {
        "first": [Path(found["function"].file).name, found["function"].line - line],  # type: ignore[union-attr]
        "functions": {mark: place.function.rpartition(".")[2] for mark, place in found.items() if place},
        "qualified": found["finalizer"].function,  # type: ignore[union-attr]
        "made": [found["exec"].file, found["exec"].line],  # type: ignore[union-attr]
    }


def deep(levels: int) -> None:
    if levels:
        deep(levels - 1)
    else:
        sys.audit("app.here", "deep")


def merging(name: str) -> Any:
    """Equal events of two places, of two tasks, on a loop and off it, stay apart."""
    core = begin(name, LOCATED, BLOCKING)
    one, two = steps("/app/one.py"), steps("/app/two.py")
    for _ in range(3):
        one("app.here", "x")
        two("app.here", "x")

    async def work() -> None:
        for _ in range(2):
            sys.audit("app.block", "x")

    async def both() -> None:
        await asyncio.gather(asyncio.create_task(work(), name="a"), asyncio.create_task(work(), name="b"))

    asyncio.run(both())
    sys.audit("app.block", "x")
    return [
        [record.location and Path(record.location.file).name, record.task, record.on_event_loop, record.count]
        for record in records(core)
    ]


def chances(name: str) -> Any:
    """A tenth of the records, and of those on a loop all, say where they came from."""
    event = row("app.here", blocking=True, location=0.1, loop_location=1.0)
    core = begin(name, event, ring_size=1 << 22, code=())

    async def work() -> None:
        for number in range(100):
            sys.audit("app.here", "loop", number)

    for number in range(3000):
        sys.audit("app.here", "no loop", number)
    asyncio.run(work())
    found = records(core)
    without = [record.location is not None for record in found if record.values[0] == "no loop"]
    return [len(without), sum(without), sum(record.location is not None for record in found) - sum(without)]


def ring_of_marked(name: str) -> Any:
    """Where only marked records have a destination, the others are counted; a span takes all."""
    core = begin(name, BLOCKING, row("app.ratio", rule=Rule(RuleKind.IN_TRACE), blocking=True), ring=RING_MARKED)
    span = open_span(core)

    async def work() -> None:
        sys.audit("app.block", "marked")
        sys.audit("app.ratio", "sampled out")
        with within(span):
            sys.audit("app.block", "in a span")

    sys.audit("app.block", "off the loop")
    with within(span):
        sys.audit("app.block", "in a span, off the loop")
    asyncio.run(work())
    ring = [record.values[0] for record in records(core)]
    buffered = [record.values[0] for record in close_span(core, span)[0]]
    found = counts(core)
    return [ring, buffered, list(found["app.block"]), list(found["app.ratio"]), core.stats()["ring_kept"]]


def no_destination(name: str) -> Any:
    core = begin(name, BLOCKING, ring=RING_OFF)

    async def work() -> None:
        sys.audit("app.block", 1)

    asyncio.run(work())
    return list(counts(core)["app.block"])


def forked(name: str) -> Any:
    """In a child of a process whose loop was running none is running, as asyncio sees it."""
    core = begin(name, BLOCKING)
    report, result = os.pipe()

    async def work() -> None:
        child = os.fork()
        if child == 0:
            core.after_fork_child()
            sys.audit("app.block", "child")
            os.write(result, bytes([records(core)[0].on_event_loop, asyncio._get_running_loop() is not None]))
            os._exit(0)
        os.waitpid(child, 0)

    asyncio.run(work())
    ours, asyncios = os.read(report, 2)
    return ours == asyncios


def refused(name: str) -> Any:
    """Whatever is not asyncio's C code is not asked."""
    core = start(name, BLOCKING)
    fake = ModuleType("_asyncio")
    found = [core.bind_event_loop(fake, None)]
    fake._get_running_loop = lambda: object()  # type: ignore[attr-defined]
    found.append(core.bind_event_loop(fake, None))
    found.append(core.bind_event_loop(None, None))
    found.append(core.bind_event_loop(_asyncio, ModuleType("_socket")))

    async def work() -> None:
        sys.audit("app.block", 1)

    asyncio.run(work())
    core.bind_event_loop(None, None)
    asyncio.run(work())
    return [*found, [record.on_event_loop for record in records(core)]]


def unseen(name: str) -> Any:
    """What the hook itself does is no event: every name is selected here."""
    names = ("sys._getframe", "object.__getattr__", "builtins.id", "app.here")
    core = begin(name, *(row(each, location=1.0, loop_location=1.0) for each in names))
    here("x")
    core.pause()
    return [{each: found.seen for each, found in counts(core).items()}, core.stats()["dropped_reentrant"],
            core.stats()["suppressed"]]  # fmt: skip


def frameless(name: str) -> Any:
    """Events of threads that began with a built-in function: nothing of Python is below them."""
    core = begin(name, LOCATED)
    for number in range(3):
        start_new_thread(sys.audit, ("app.here", number))
    end = time.monotonic() + 10
    while counts(core).get("app.here", (0,))[0] < 3 and time.monotonic() < end:
        time.sleep(0.001)
    found = sorted([record.values[0], record.location] for record in records(core))
    return [found, core.stats()["dropped_no_memory"]]


def speaking(name: str) -> Any:
    """Names of a class that answers for itself: nothing of it is asked."""
    core = begin(name, LOCATED)
    asked: list[str] = []

    class Name(str):
        def __hash__(self) -> int:
            asked.append("hash")
            return str.__hash__(self)

        def __eq__(self, other: object) -> bool:
            asked.append("equal")
            return str.__eq__(self, other)

    work = steps("/app/a.py")
    code = here.__code__.replace(co_filename=Name("/app/b.py"), co_name=Name("named"))
    if sys.version_info >= (3, 11):
        code = code.replace(co_qualname=Name("named"))
    here.__code__ = code
    asked.clear()
    work("app.here", "x")
    here("x")
    for _ in range(2):
        sys._getframe()  # what follows is at another place
        [here("x") for _ in range(2)]
    asked_then = list(asked)
    found = [[record.location.file, record.location.function, record.count] for record in records(core)
             if record.location is not None]  # fmt: skip
    return [asked_then, found]


def interrupted(name: str) -> Any:
    """Events of a signal handler are counted wherever it interrupts; what it raises is the application's."""
    core = begin(name, LOCATED, row("app.signal"))
    raised, caught = [0], 0

    class Alarm(Exception):
        pass

    def handler(*_: Any) -> None:
        raised[0] += 1
        sys.audit("app.signal", raised[0])
        raise Alarm

    def wait(delay: float) -> None:
        end = time.monotonic() + 1
        signal.setitimer(signal.ITIMER_REAL, delay)
        while time.monotonic() < end:
            sys.audit("app.here", "x")

    signal.signal(signal.SIGALRM, handler)
    for number in range(300):
        try:
            wait(0.0002 + number * 1e-7)
        except Alarm:
            caught += 1
    return [caught, raised[0], counts(core)["app.signal"].seen]


def vetoed(name: str) -> Any:
    """Another hook refuses that frames are read: the application does not hear of it."""
    core = begin(name, LOCATED)
    refused, refusing = ["sys._getframe"], [True]

    def refuse(event: str, _: Any) -> None:
        if refusing[0] and event in refused:
            raise PermissionError(event)

    sys.addaudithook(refuse)
    sys.audit("app.here", 1)
    refused[0] = "object.__getattr__"
    sys.audit("app.here", 2)
    refused[0] = "builtins.id"
    sys.audit("app.here", 3)
    refusing[0] = False
    sys.audit("app.here", 4)
    return [[record.values[0], record.location is not None] for record in records(core)]


def fullest(name: str) -> Any:
    """A record of which every part is at its bound, and a little over it."""
    many = row("message", *(Kind.TEXT,) * 2, *(Kind.PATH,) * 14, blocking=True, location=1.0, loop_location=1.0)
    core = start(name, others=unknown(selected=False), message=many)
    assert core.bind_event_loop(_asyncio, _socket)
    threading.current_thread().name = "t" * 100
    namespace: dict[str, Any] = {"audit": sys.audit}
    exec(compile("def audited(*arguments):\n audit(*arguments)", "f" * 2000, "exec"), namespace)
    audited = namespace["audited"]
    named = {"co_qualname" if sys.version_info >= (3, 11) else "co_name": "g" * 300}
    audited.__code__ = audited.__code__.replace(**named)
    span, pieces = open_span(core, who=b"w" * 512), PurePosixPath(*["q"] * 64)

    async def work() -> None:
        with within(span):
            for left in range(64):  # bytes before the values' bound, where a path of many pieces begins
                audited(" " + "n" * 2000, "a" * 1024, "a" * 1024, "a" * (1012 - left), *[pieces] * 13)

    async def main() -> None:
        await asyncio.get_running_loop().create_task(work(), name="k" * 200)

    asyncio.run(main())
    found = records(core)
    parts = {
        (
            (record.name or "")[-2:],
            len(record.values),
            record.location and (len(record.location.file), len(record.location.function), record.location.line),
            len(record.task or ""),
            record.on_event_loop,
        )
        for record in found
    }
    return [len(found), len(close_span(core, span)[0]), *map(list, parts)]


if __name__ == "__main__":
    case(globals())
