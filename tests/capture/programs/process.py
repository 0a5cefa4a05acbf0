"""Installing, pausing, other hooks, forks, signals, finalizers: the hook among everything else in a process."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

from otel_audit.model import Kind
from tests.capture.programs.driver import (
    FIRST,
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


def arm_first(name: str) -> Any:
    from tests.capture.programs.driver import load

    core = load(name)
    core.pause(), core.resume(), core.close()  # nothing to do yet
    try:
        core.arm()
    except RuntimeError as error:
        return str(error)
    return "armed"


def arm_twice(name: str) -> Any:
    core = start(name, row("app.e"))
    assert core.arm()
    sys.audit("app.e")
    return counts(core)["app.e"].seen


def paused(name: str) -> Any:
    core = start(name, row("app.e"))
    for call, what in ((core.resume, "on"), (core.pause, "off"), (core.resume, "on again")):
        call()
        sys.audit("app.e", what)
    return [[record.values[0] for record in records(core)], counts(core)["app.e"].seen]


def closed(name: str) -> Any:
    core = start(name, row("app.e"))
    core.close()
    sys.audit("app.e")
    return [counts(core)["app.e"]._asdict(), len(records(core))]


def vetoed(name: str) -> Any:
    def refuse(event: str, args: tuple[object, ...]) -> None:
        if event == "sys.addaudithook":
            raise RuntimeError("no other hook")

    sys.addaudithook(refuse)
    core = start(name, row("app.e"), arm=False)
    armed = core.arm()
    sys.audit("app.e")
    return [armed, counts(core)]


def refused_loudly(name: str) -> Any:
    def refuse(event: str, args: tuple[object, ...]) -> None:
        if event == "sys.addaudithook":
            raise ValueError("no other hook")

    sys.addaudithook(refuse)
    core = start(name, row("app.e"), arm=False)
    try:
        return [core.arm(), counts(core)]
    except ValueError as error:
        return [str(error), counts(core)]


def follower(name: str) -> Any:
    """A Python hook after ours that raises: the operation fails as it would without us, and we have seen it."""
    core = start(name, row("open"), row("app.e"), others=unknown(selected=False))

    def veto(event: str, args: tuple[object, ...]) -> None:
        if event == "app.e":
            raise PermissionError("not today")

    sys.addaudithook(veto)
    found = []
    for _ in range(3):
        try:
            sys.audit("app.e", 1)
        except PermissionError as error:
            found.append(str(error))
    return [found, counts(core)["app.e"].seen]


def follower_of_errors(name: str) -> Any:
    """Errors that the hook meets on its own are gone when the next hook runs."""
    core = start(name, row("app.e"))
    found: list[object] = []
    sys.addaudithook(lambda event, args: found.append(event) if event == "app.e" else None)
    odd = type("Odd", (), {})()  # no `_context`
    for suppress in (1 << 70, False):
        with within(odd, **{"the-suppression": suppress}):
            sys.audit("app.e", 1 << 100_000)
    return [len(found), counts(core)["app.e"].seen]


def pending(name: str) -> Any:
    """Events raised while an exception is on its way leave it alone."""
    core = start(name, row("app.e"))

    class Raising:
        def __del__(self) -> None:
            sys.audit("app.e", "while unwinding")

    def fail() -> None:
        held = Raising()  # noqa: F841 - dies while the error unwinds
        raise KeyError("mine")

    try:
        fail()
    except KeyError as error:
        caught = repr(error)
        del error
    gc.collect()
    return [caught, counts(core)["app.e"].seen]


def forked(name: str) -> Any:
    core = start(name, row("app.e"), row("app.child"))
    span = open_span(core, 1, 2)
    with within(span):
        for number in range(3):
            sys.audit("app.e", number)
        child = in_child(lambda: child_report(core, span))
    taken, _ = close_span(core, span)
    return {"child": child, "parent": [counts(core)["app.e"].seen, len(records(core)), len(taken)]}


def child_report(core: Any, span: Any) -> Any:
    core.after_fork_child()
    at_start = [list(counts(core)), core.stats()["ring_bytes"], core.stats()["span_bytes"]]
    sys.audit("app.child", 0)
    sys.audit("app.child", 0)
    taken, over = close_span(core, span)
    found = [[core.event_name(each.event_id), each.trace_id, each.count] for each in records(core)]
    return [at_start, found, [record.count for record in taken], over]


def in_child(work: Any) -> Any:
    """What a function returns in a forked child."""
    import json

    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, json.dumps(work()).encode())
        os._exit(0)
    os.close(writing)
    text = Path(f"/dev/fd/{reading}").read_text()
    os.waitpid(child, 0)
    os.close(reading)
    return json.loads(text)


def forked_under_load(name: str) -> Any:
    """Other threads write while the process forks; the child has threads of its own."""
    core = start(name, row("app.e"), row("app.child"), ring_size=65536)
    stop = threading.Event()

    def work() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            sys.audit("app.e", number)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    found = [in_child(lambda: busy_child(core)) for _ in range(5)]
    stop.set()
    for thread in threads:
        thread.join()
    seen, kept, *_ = counts(core)["app.e"]
    return [found, seen == kept]


def busy_child(core: Any) -> Any:
    core.after_fork_child()
    threads = [threading.Thread(target=sys.audit, args=("app.child", number)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    core.pause()
    return [len(records(core)), {key: each.seen for key, each in counts(core).items()}]


def siblings(name: str) -> Any:
    """Forked workers draw their own lots."""
    from otel_audit.model import Rule, RuleKind

    core = start(name, row("app.r", rule=Rule(RuleKind.RATIO, 0.5)))
    sys.audit("app.r", 0)
    found = []
    for _ in range(4):
        found.append(in_child(lambda: lots(core)))
    return len({tuple(each) for each in found})


def lots(core: Any) -> Any:
    core.after_fork_child()
    for number in range(64):
        sys.audit("app.r", number)
    return [record.values[0] for record in records(core)]


def signals(name: str) -> Any:
    """A signal handler that raises events, also while the hook is at work."""
    core = start(name, row("app.e"), row("app.signal"), ring_size=1 << 22)
    handled = 0

    def handle(number: int, frame: object) -> None:
        nonlocal handled
        handled += 1
        sys.audit("app.signal", handled)

    signal.signal(signal.SIGALRM, handle)
    signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
    sent = 0
    while handled < 50:
        sent += 1
        sys.audit("app.e", sent, "x" * 500)
        if sent % 500 == 0:
            core.drain(1 << 22)
    signal.setitimer(signal.ITIMER_REAL, 0)
    found = counts(core)
    balance = [each.seen - sum(each[1:]) for each in found.values()]
    dropped = sum(each.dropped for each in found.values())
    return [found["app.e"].seen == sent, found["app.signal"].seen == handled, balance,
            dropped == core.stats()["dropped_reentrant"]]  # fmt: skip


def interrupted(name: str) -> Any:
    """Ctrl-C and timeouts that arrive inside the hook reach the application."""
    start(name, row("app.e"), others=unknown())
    found = []
    for error in (KeyboardInterrupt, TimeoutError):

        def handle(number: int, frame: object, error: type[BaseException] = error) -> None:
            raise error

        signal.signal(signal.SIGALRM, handle)
        for _ in range(20):
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.002)  # on a busy machine it comes before the next line
                raise_events()
            except BaseException as caught:
                found.append(type(caught).__name__)
    return [found.count("KeyboardInterrupt"), found.count("TimeoutError"), still_alive()]


def raise_events() -> None:
    """A loop of its own: in 3.13.0 an interrupt escapes a `try` around a `while`."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        sys.audit("app.e", "x" * 100, 1, 2, 3)


def still_alive() -> bool:
    """The hook still works after what interrupted it."""
    core = sys.modules.get("otel_audit.capture._core") or sys.modules["otel_audit.capture._pycore"]
    records(core)
    before = counts(core)["app.e"].seen
    sys.audit("app.e", "after")
    return counts(core)["app.e"].seen == before + 1 and records(core)[-1].values[0] == "after"


def finalizers(name: str) -> Any:
    """Collections that start inside the hook, and whose finalizers raise events."""
    core = start(name, row("app.e"), row("app.del"), ring_size=1 << 22)
    made = 0

    class Cycle:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            sys.audit("app.del", id(self))

    gc.set_threshold(3)
    for number in range(2000):
        made += 1
        Cycle()
        sys.audit("app.e", number, [number], {"k": number})
    gc.set_threshold(700)
    gc.collect()
    found = counts(core)
    return [found["app.e"].seen == 2000, found["app.del"].seen == made,
            [each.seen - sum(each[1:]) for each in found.values()],
            sum(each.dropped for each in found.values()) == core.stats()["dropped_reentrant"]]  # fmt: skip


def untracked(name: str) -> Any:
    """The C hook allocates nothing that the garbage collector tracks."""
    core = start(name, row("app.e"))
    span = open_span(core)
    gc.disable()
    with within(span):
        sys.audit("app.e", "warm", 0)
        before = gc.get_count()[0]
        for number in range(1000):
            sys.audit("app.e", "text", number)
        return gc.get_count()[0] - before


def deep(name: str) -> Any:
    """Near the recursion limit an audited operation fails with its own error or works."""
    core = start(name, row("app.argv", Kind.ARGV), row("app.e"))
    outcomes = set()

    def dive(left: int) -> None:
        if left:
            dive(left - 1)
            return
        sys.audit("app.argv", ["deep"])

    for depth in range(sys.getrecursionlimit() - 60, sys.getrecursionlimit()):
        try:
            dive(depth)
            outcomes.add("worked")
        except RecursionError:
            outcomes.add("RecursionError")
    found = counts(core)["app.argv"]
    sys.audit("app.e", "after")
    stats = core.stats()
    causes = stats["dropped_no_memory"]
    return [
        sorted(outcomes),
        found.seen == sum(found[1:]),
        found.dropped - causes,
        found.dropped,
        records(core)[-1].values,
    ]


def deep_names(name: str) -> Any:
    """A name in no row fails no deeper operation than one in a row does."""
    core = start(name, row("app.e"), others=unknown())

    def dive(left: int, event: str) -> None:
        if left:
            dive(left - 1, event)
            return
        sys.audit(event, "deep")

    def worked(event: str) -> int:
        found = 0
        for depth in range(sys.getrecursionlimit() - 60, sys.getrecursionlimit()):
            try:
                dive(depth, event)
                found += 1
            except RecursionError:
                pass
        return found

    found = [worked(event) for event in ("app.e", "a message", "x" * 200, "app.new")]
    seen = counts(core)
    return [len(set(found)), 0 < found[0] < 60, sum(each.seen for each in seen.values()) == sum(found)]


def waiting(name: str) -> Any:
    core = start(name, row("app.e"), ring_size=65536)
    begin = time.monotonic()
    quiet = core.wait(20)
    waited = time.monotonic() - begin
    core.wake()
    core.wake()
    woken = [core.wait(1000), core.wait(0)]
    number = 0
    while core.stats()["ring_bytes"] <= 65536 // 4:
        number += 1
        sys.audit("app.e", number)
    return [quiet, waited >= 0.019, woken, core.wait(1000)]


def waiting_frees_others(name: str) -> Any:
    """The GIL is free while a thread waits, so another one can wake it."""
    core = start(name, row("app.e"))
    answers: list[bool] = []
    thread = threading.Thread(target=lambda: answers.append(core.wait(20_000)))
    thread.start()
    core.wake()
    thread.join(10)
    return answers


def overflow(name: str) -> Any:
    core = start(name, row("app.e"), ring_size=65536)
    for number in range(2000):
        sys.audit("app.e", number)
    stats = core.stats()
    kept = records(core)
    sys.audit("app.e", "room again")
    values = [record.values[0] for record in kept]
    return [
        len(kept) + stats["ring_queue_full"],
        values == list(range(len(kept))),
        [each.values[0] for each in records(core)],
    ]


def fill(core: Any) -> None:
    """Until nothing fits any more."""
    number = 0
    while core.stats()["ring_queue_full"] < 100:
        number += 1
        sys.audit("app.fill", number)


def full_ring(name: str) -> Any:
    """Every span there may be, and none: what a full ring loses is counted, what a span takes is kept."""
    core = start(name, row("app.e"), row("app.fill"), ring_size=65536, max_span_events=3)
    over, late, roomy = (open_span(core, 1, number) for number in (1, 2, 3))
    close_span(core, late)
    fill(core)
    before = core.stats()
    found: list[Any] = []
    for span in (over, late, roomy, None):
        with within(span) if span is not None else contextlib.nullcontext():
            for number in range(2 if span is roomy else 5):
                sys.audit("app.e", number, "larger than what room is left " * 10)
    after = core.stats()
    keys = ("ring_kept", "ring_queue_full", "span_kept", "span_over", "span_late")
    found.append({key: after[key] - before[key] for key in keys})
    found.append(counts(core)["app.e"].kept)
    records(core)
    with within(over):
        for _ in range(2):
            sys.audit("app.e", "room again")
    found.append([(each.values[0], each.count) for each in records(core)])
    for span in (over, roomy):
        taken, lost = close_span(core, span)
        found.append([[each.values[0] for each in taken], lost])
    return found


def elsewhere(call: Any) -> None:
    """In a thread of its own, to the end."""
    thread = threading.Thread(target=call)
    thread.start()
    thread.join()


def full_ring_and_equals(name: str) -> Any:
    """An event whose equal is in the ring, or in its full span, needs no room; once nothing is there, it is lost."""
    core = start(name, row("app.e"), row("app.fill"), ring_size=65536, max_span_events=3)
    span = open_span(core, 1, 1)
    with within(span):
        for value in ("a", "b", "c"):
            sys.audit("app.e", value)
    sys.audit("app.e", "equal")
    elsewhere(lambda: fill(core))
    before, lost = core.stats(), ("ring_queue_full", "span_over")
    for _ in range(1000):
        sys.audit("app.e", "equal")
        with within(span):
            sys.audit("app.e", "b")
    found = [core.stats()[key] - before[key] for key in lost]
    for number in range(100):  # the last ones it knows by now found no room
        sys.audit("app.e", number)
        with within(span):
            sys.audit("app.e", number)
    sys.audit("app.e", "equal")
    kept = [(each.values[0], each.count) for each in records(core) if type(each.values[0]) is str]
    taken, over = close_span(core, span)
    outcomes = counts(core)["app.e"]
    return [
        found,
        [core.stats()[key] - before[key] for key in lost],
        kept,
        [(each.values[0], each.count) for each in taken],
        over,
        [outcomes.kept, outcomes.merged],
    ]


def full_ring_and_time(name: str) -> Any:
    """What is lost without a look at its values is measured like the rest."""
    core = start(name, row("app.fill"), ring_size=65536)
    fill(core)
    before = core.stats()["hook_timed"]
    for number in range(20 * 1024):
        sys.audit("app.fill", number, "lost")
    return core.stats()["hook_timed"] - before


def ring_bound(name: str) -> Any:
    """Few large records leave room for few small ones."""
    core = start(name, row("app.e"), ring_size=65536)
    for number in range(60):
        sys.audit("app.e", number, *("y" * 1000,) * 3)
    large = core.stats()
    for number in range(1000):
        sys.audit("app.e", number)
    stats = core.stats()
    return [large["ring_queue_full"] > 0, stats["ring_bytes"] <= stats["ring_capacity"]]


def ring_reckoning(name: str) -> Any:
    """Threads fill the ring while another empties it, switching as often as they can: its bytes are what is in it."""
    core = start(name, row("app.e"), ring_size=1 << 24, spans=False)
    over = threading.Event()

    def add(mark: int) -> None:
        number = 0
        while not over.is_set():
            number += 1
            sys.audit("app.e", number, "\u00e9" * 400, mark)
            if number % 50 == 0:
                time.sleep(0)

    def take() -> None:
        core.own_thread(True)
        while not over.is_set():
            if core.stats()["ring_bytes"] < 1 << 17 or not core.drain(1500):  # an empty ring begins at zero
                time.sleep(0)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    busy = [threading.Thread(target=add, args=(mark,)) for mark in range(3)] + [threading.Thread(target=take)]
    for thread in busy:
        thread.start()
    while core.stats()["ring_kept"] < 10_000:
        time.sleep(0.01)
    over.set()
    for thread in busy:
        thread.join()
    sys.setswitchinterval(interval)
    sys.audit("app.e", 0, "\u00e9" * 400, 9)
    reckoned, there = core.stats()["ring_bytes"], 0
    while data := core.drain(1 << 16):
        there += len(data)
    return [there > 0, 0 <= reckoned - there < 4096]  # at its end the ring may have skipped a few


def full_ring_and_first(name: str) -> Any:
    """What `first` has met is left out, not lost, whatever the ring has room for."""
    core = start(name, row("app.e", rule=FIRST), row("app.fill"), ring_size=65536)
    sys.audit("app.e", "met before")
    fill(core)
    before = core.stats()["ring_queue_full"]
    for value in ("met before", *("new" * 100,) * 2):
        sys.audit("app.e", value)
    kept, left_out = counts(core)["app.e"].kept, counts(core)["app.e"].sampled_out
    return [kept, left_out, core.stats()["ring_queue_full"] - before]


def bounded_drain(name: str) -> Any:
    """A drain takes whole records up to a limit, and one at least."""
    core = start(name, row("app.e"))
    for number in range(10):
        sys.audit("app.e", "x" * 100, number)
    sizes = []
    while data := core.drain(500):
        sizes.append(len(data))
    for _ in range(2):
        sys.audit("app.e", "y" * 1000)
        core.turn()
    return [sizes, len(core.drain(1)) > 1000, len(core.drain(1)) > 1000, len(core.drain(1))]


def timed(name: str) -> Any:
    core = start(name, row("app.e"), ring_size=1 << 24)
    for number in range(10_000):
        sys.audit("app.e", number)
    stats = core.stats()
    return [stats["hook_timed"], stats["hook_time_ns"] > 0]


if __name__ == "__main__":
    case(globals())
