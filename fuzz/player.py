"""Plays an input's calls on one core or on both at once, and looks what came out."""

from __future__ import annotations

import _asyncio
import _socket
import sys
import threading
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any

from fuzz import plans, values
from fuzz.account import Account, same
from fuzz.calls import SPANS, Call, parse
from fuzz.outcome import LEVELS, Outcome
from fuzz.source import Source
from fuzz.tally import Tally
from otel_audit.capture import load
from otel_audit.capture._pyvalues import PLAIN_MAX
from otel_audit.contract import Core
from otel_audit.model import Plan
from otel_audit.redaction import Level

SPAN, SUPPRESS = "the-span", "the-suppression"
QUIET = 6
"""Calls until whatever made the cores deaf is taken back: an input is to be heard."""
_ITEMS = 8
"""Of a sequence: further ones are the same."""
HELD_EVERY = 4
"""Of the events, one whose arguments' references are counted before and after: it costs as much as the event."""
DRAIN_EVERY = 48
"""Calls between drains where both cores play: a ring that is full is full at another byte in the twin."""

Raw = Callable[[bytes, object], None]
"""Calls the hook itself, as C code does through PySys_Audit."""


class Span:
    """What a core sees of one."""


class OtherSpan(Span):
    pass


class Unexpected(AssertionError):
    """A law that does not hold."""


def counted(objects: Sequence[Any], count: Callable[[Any], int] = sys.getrefcount) -> list[int]:
    """References to each."""
    return [count(each) for each in objects]


def _own(thing: Any) -> bool:
    """Whether nobody else may hold it: the interpreter shares small values. `isinstance` would ask the thing."""
    kind = type(thing)
    if kind is str or kind is bytes or kind is tuple:
        return len(thing) > 1
    return not (thing is None or thing is ... or thing is NotImplemented or kind is int or kind is bool or kind is type)


def reachable(arguments: tuple[Any, ...]) -> list[Any]:
    """Arguments and the items of plain sequences among them, as far as they belong to the input."""
    found = list(arguments)
    for each in arguments:
        if type(each) is list or type(each) is tuple:
            found.extend(each[:_ITEMS])
    return [each for each in found if _own(each)]


class Player:
    """Both cores hear each event, as both are armed in one process.

    Args:
        cores: the first one's records are decoded; further ones must agree with it.
        tally: what is counted.
        raw: the C core's own hook, where it can be reached.
        released: called before each configuration; frees what a core keeps of the one before.
        fresh: configure for each input; else once for all inputs that begin with the same plan.
        whole: plans with all the catalogue.
    """

    def __init__(
        self,
        cores: Sequence[Core],
        tally: Tally,
        *,
        raw: Raw | None = None,
        released: Callable[[], None] | None = None,
        fresh: bool = False,
        whole: bool = True,
    ) -> None:
        self.cores, self.tally = tuple(cores), tally
        self._twin = any(core.core_name == "python" for core in cores)
        self._raw, self._released, self._fresh, self._whole = raw, released, fresh, whole
        self._variable: ContextVar[dict[str, Any]] = ContextVar("context", default={})  # noqa: B039 - never changed
        self._planned = b"?"
        self._spans: dict[int, Any] = {}
        self._context: dict[str, Any] = {}
        self._last: tuple[str, tuple[Any, ...]] = ("app.a", ())
        self._quiet = 0
        self._raised = 0
        self._heard = True
        self._arm()

    def _arm(self) -> None:
        plan = Plan(plans.special())
        for core in self.cores:
            load(core, plan)
            core.bind_context(self._variable, SPAN, SUPPRESS)
            core.bind_event_loop(_asyncio, _socket)
            if not core.arm():
                raise Unexpected("the hook was vetoed")
            core.pause()

    def play(self, data: bytes) -> None:
        """Play one input.

        Raises:
            AssertionError: a law that does not hold.
        """
        if self._fresh or data[: plans.LENGTH] != self._planned:
            self._configure(data[: plans.LENGTH])
        calls = parse(Source(data[plans.LENGTH :]))
        for core in self.cores:
            core.turn()
        self._resume()
        values.listen(True)
        try:
            self._all(calls)
        finally:
            values.listen(False)
            self.loop("")
            self._stop()
        self._look()
        self.tally.add("inputs")
        self.tally.put("raised", self._raised)

    def _configure(self, planned: bytes) -> None:
        source = Source(planned)
        level: Level = source.pick(LEVELS)
        key = b"of sixteen bytes" if source.one_in(8) else b""
        plan = plans.read(source, exact=len(self.cores) > 1, whole=self._whole)
        if self._released is not None:
            self._released()
        for core in self.cores:
            load(core, plan)
        self._planned, self._oracle = planned, plans.Oracle(plan)
        self._accounts = [Account(core, plan, walked=core is self.cores[0]) for core in self.cores]
        self._outcome = Outcome(plan, self.cores[0], level, self.tally, key=key, rows=plans.rows(plan))

    def _all(self, calls: list[Call]) -> None:
        for number, call in enumerate(calls):
            getattr(self, call.do)(*call.arguments)
            if self._quiet:
                self._quiet -= 1
                if not self._quiet:
                    self._listen_again()
            if len(self.cores) > 1 and number % DRAIN_EVERY == DRAIN_EVERY - 1:
                self.drain(1 << 30)

    def _stop(self) -> None:
        for core in self.cores:
            core.own_thread(False)
            core.pause()
        self._variable.set({})
        self._context = {}
        self._spans.clear()
        self._last = ("app.a", ())
        self.drain(1 << 30)

    def _look(self) -> None:
        if values.told():
            raise Unexpected(f"the hook called {values.told()}")
        for account in self._accounts:
            account.check()
        same(self._accounts)
        self._outcome.take(self._accounts[0].records)
        for account in self._accounts:
            self.tally.add("taken" if account is self._accounts[0] else "twins", len(account.records))
            account.forget_records()
        self.tally.add("kept", self._accounts[0].kept_since())

    # -- calls: events -------------------------------------------------------------------------------------------

    def audit(self, name: str, arguments: tuple[Any, ...]) -> None:
        """Raise an event; nothing may be left behind, neither an error nor a reference."""
        self._last = (name, arguments)
        self._raised += 1
        objects = self._never_held(arguments) if self._raised % HELD_EVERY == 0 else []
        before = counted(objects)
        sys.audit(name, *arguments)
        after = counted(objects)
        if after != before:
            raise Unexpected(f"references to arguments of {name!r}: {before} before, {after} after")
        if self._heard and self._oracle.selects(name):
            for account in self._accounts:
                account.expected += 1

    def _never_held(self, arguments: tuple[Any, ...]) -> list[Any]:
        """What no core may hold, nor let go. The Python core keeps short text as it is, until its record is read: an
        event may make it forget another one's that has the same text.
        """

        def may_be_kept(each: Any) -> bool:
            return self._twin and type(each) is str and each.isascii() and len(each) <= PLAIN_MAX

        return [each for each in reachable(arguments) if not may_be_kept(each)]

    def again(self, times: int) -> None:
        """The event before, which may be merged."""
        for _ in range(times):
            self.audit(*self._last)

    def flood(self, what: str, number: int) -> None:
        """Names, values, distinct values of `first`, or spans, each once."""
        for at in range(number):
            if what == "names":
                self.audit(f"flood.{at}", (at,))
            elif what == "values":
                self.audit(plans.WIDE, (f"{at:01024}", f"{at:01024}", at))
            elif what == "first":
                self.audit(plans.FIRST, (at,))
            else:
                self.open(SPANS + at, 1, (1 << 57) + at, 1, b"")
            if len(self.cores) > 1 and at % DRAIN_EVERY == 0:
                self.drain(1 << 30)
        for at in range(SPANS, SPANS + number, 3):
            self.forget(at)

    def raw(self, name: bytes, arguments: object) -> None:
        """An event of a name that no str has; where the hook is out of reach, nothing."""
        if self._raw is None:
            return
        account = self._accounts[0]
        before = account.heard()
        self._raw(name, arguments)
        self._raised += 1
        heard = account.heard() - before
        if heard not in (0, 1):
            raise Unexpected(f"one event of {name!r} was counted {heard} times")
        account.expected += heard

    def inside(self, go: threading.Event, inside: tuple[Call, ...], failed: list[BaseException]) -> None:
        """What a thread of `thread` runs."""
        go.wait()
        try:
            for call in inside:
                self.audit(*call.arguments)
        except BaseException as error:
            failed.append(error)

    def thread(self, name: str, inside: tuple[Call, ...]) -> None:
        """Events on a thread of its own; starting it raises events too, which are not ours to count."""
        failed: list[BaseException] = []
        go = threading.Event()
        thread = threading.Thread(target=self.inside, args=(go, inside, failed), name=name)
        for core in self.cores:
            core.pause()
        values.listen(False)
        thread.start()
        values.listen(True)
        heard, self._heard = self._heard, True
        for core in self.cores:
            core.resume()
        go.set()
        thread.join()
        self._heard = heard
        if not heard:
            for core in self.cores:
                core.pause()
        if failed:
            raise failed[0]

    # -- calls: spans --------------------------------------------------------------------------------------------

    def open(self, at: int, trace: int, span_id: int, flags: int, who: bytes) -> None:
        """Start a span in a place; what was there is forgotten."""
        self.forget(at)
        span: Any = (OtherSpan if at % 2 else Span)()
        span._owners = [core.span_open(span, trace, span_id, flags, who) for core in self.cores]
        span._otel_audit = span._owners[-1]  # the Python core looks here, the C core at the address
        self._spans[at] = span

    def use(self, at: int) -> None:
        """Make a span the current one, or none."""
        self._enter({SPAN: self._spans[at]} if at in self._spans else {})

    def foreign(self, context: object) -> None:
        """A span that the cores did not see start."""
        span: Any = Span()
        span._context = context
        self._enter({SPAN: span})

    def suppress(self, value: object) -> None:
        """OpenTelemetry's suppression."""
        self._enter({**self._context, SUPPRESS: value})
        self._quiet = QUIET

    def close_span(self, at: int) -> None:
        """End a span, which stays current: what comes now is late."""
        if at in self._spans:
            for account, owner in zip(self._accounts, self._spans[at]._owners):
                account.close_span(owner)

    def forget(self, at: int) -> None:
        """Drop a span, ended or not."""
        span = self._spans.pop(at, None)
        if span is not None and self._context.get(SPAN) is span:
            self._enter({})

    def _enter(self, context: dict[str, Any]) -> None:
        self._context = context
        self._variable.set(context)

    # -- calls: the runtime's ------------------------------------------------------------------------------------

    def drain(self, limit: int) -> None:
        """Take records; both cores must have taken the same before they can merge alike."""
        for account in self._accounts:
            account.drain(limit if len(self.cores) == 1 else 1 << 30)

    def turn(self) -> None:
        """A new merge window."""
        for core in self.cores:
            core.turn()

    def pause(self) -> None:
        """Ignore a few events."""
        for core in self.cores:
            core.pause()
        self._heard, self._quiet = False, QUIET

    def resume(self) -> None:
        """Listen again."""
        self._resume()

    def close(self) -> None:
        """Count only, for a few events."""
        if self._heard:
            for core in self.cores:
                core.close()
            self._quiet = QUIET

    def own(self, own: bool) -> None:
        """This thread is the bridge's, for a few events: they count as suppressed."""
        for core in self.cores:
            core.own_thread(own)
        self._quiet = QUIET

    def fork(self) -> None:
        """What a forked child does first; nobody else runs here, so that it may be done without a fork."""
        for account in self._accounts:
            account.fork()

    def add(self, name: str, selected: bool, kinds: bytes, rule: int, value: float) -> None:
        """A row after arming; not one that would let the C core hear its twin reading a frame."""
        if self._twin and name in plans.OF_THE_TWIN:
            return
        given = [core.add(name, selected, kinds, rule, value) for core in self.cores]
        if len(set(given)) > 1:
            raise Unexpected(f"add({name!r}) gave {given}")
        if given[0]:
            self._oracle.add(name, selected)

    def bad(self, method: str, arguments: tuple[Any, ...] = ()) -> None:
        """A call that the C core must refuse, changing nothing; types keep it from the twin."""
        for core in self.cores:
            if core.core_name != "c":
                continue
            try:
                getattr(core, method)(*arguments)
            except (TypeError, ValueError, OverflowError, KeyError):
                continue
            raise Unexpected(f"{method}{arguments!r:.200} was taken")

    def loop(self, state: str) -> None:
        """A loop begins or ceases to run in this thread."""
        _asyncio._set_running_loop(self if state else None)  # type: ignore[arg-type]  # anything may be one

    def ask(self) -> None:
        """Whatever may be asked at any time."""
        for core in self.cores:
            core.wake()
            core.wait(0)
            core.stats()
            for event_id, _ in core.counters():
                core.event_name(event_id)
                core.event_policy(event_id)

    def _resume(self) -> None:
        for core in self.cores:
            core.resume()
        self._heard = True

    def _listen_again(self) -> None:
        for core in self.cores:
            core.own_thread(False)
        self._resume()
        self._enter({key: value for key, value in self._context.items() if key == SPAN})
