"""Plans read from bytes, and which names they select: said again here, without the cores' code."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fuzz.source import Source
from otel_audit import events
from otel_audit.model import KEEP_ALL, MESSAGE_ID, Arg, Event, Kind, Plan, PlanEvent, Rule, RuleKind, UnknownPlan

LENGTH = 96
"""Bytes of an input that its plan is read from; the calls follow."""

EXACT_RULES = (
    *(KEEP_ALL,) * 9,
    Rule(RuleKind.RATIO, 1.0),  # every one
    Rule(RuleKind.RATIO, 1e-300),  # none
    Rule(RuleKind.RATE, 1e-6),  # one, then none for days
    Rule(RuleKind.RATE, 1e15),  # no limit
    Rule(RuleKind.FIRST),
    Rule(RuleKind.IN_TRACE),
)
"""Rules by which both cores keep the same."""

LOOSE_RULES = (Rule(RuleKind.RATIO, 0.5), Rule(RuleKind.RATE, 1000.0), Rule(RuleKind.RATE, 1.5e9))

CUSTOM = ("app.a", "app.b", "shop.order", "appé.d", "x" * 128, "é" * 64, "no.group", "a b exact", "y" * 129)
"""Exact names a plan may hold; the last two would be messages if it did not."""

DYNAMIC = ("new.one", "new.two", "no.thing", "", "other", "message", "x" * 129, "é" * 65, "é" * 70,
           "User logged in: username=ann",
           "tab\there", "nbsp\u00a0here", "line\n", "password=hunter2 " * 90, "z" * 3000, "\U0001f40d.e",
           "app.a ")  # fmt: skip
"""Names in no row."""

OF_THE_TWIN = ("sys._getframe", "object.__getattr__", "builtins.id")
"""What the Python core raises when it reads a frame: the C core would hear it."""

_GLOBS = ("*", "app.*", "new.?*", "??*", "no.*", "x*", "*é*", "?pp.a", "", "\U0001f40d.*", "*.*.*")
_ROWS = tuple(events.CATALOGUE.values())
_KINDS = tuple(Kind)


def catalogue(rule: Rule = KEEP_ALL) -> tuple[PlanEvent, ...]:
    """Every row, selected."""
    return tuple(
        PlanEvent(
            row.name,
            row.group,
            True,
            tuple(arg.kind for arg in row.args),
            rule,
            events.severity(row.name),
            row.blocking,
            loop_location=float(row.blocking),
        )
        for row in _ROWS
    )


_ALL, _IN_TRACE = catalogue(), catalogue(Rule(RuleKind.IN_TRACE))
_CATALOGUES = (*(_ALL,) * 13, _IN_TRACE, (), ())
_WINDOW = 24
"""Rows of a plan that lives for one input: compiling them all would take longer than playing it."""


def special() -> tuple[PlanEvent, PlanEvent]:
    """The events before the catalogue's: both stand for many names."""
    other = PlanEvent("other", events.CUSTOM_GROUP, True, (Kind.TEXT,), KEEP_ALL, "info")
    message = PlanEvent("message", events.CUSTOM_GROUP, True, events.CUSTOM_KINDS, KEEP_ALL, "info")
    return other, message


_LOOKS = ((True, 0.0, 1.0), (False, 1.0, 1.0), (True, 1.0, 1.0), (False, 0.0, 0.0), (True, 0.0, 0.0))
"""Whether an event is blocking, and the chances that its location is looked for: by none of them do cores differ."""

WIDE = "app.wide"
"""Three texts, which fill a record's values, then anything: what comes last finds little room or none."""


FIRST = "app.first"
"""Each value once."""


def _fixed(source: Source) -> tuple[PlanEvent, ...]:
    """Custom events that every plan has."""
    return (
        PlanEvent(WIDE, "custom", True, (Kind.TEXT,) * 3 + _kinds(source)[:13], KEEP_ALL, "info"),
        PlanEvent(FIRST, "custom", True, (Kind.INT,), Rule(RuleKind.FIRST), "info"),
    )


def _kinds(source: Source) -> tuple[Kind, ...]:
    return tuple(source.pick(_KINDS) for _ in range(source.pick((0, 1, 2, 3, 4, 8, 12, 16))))


def _globs(source: Source) -> tuple[str, ...]:
    return tuple(source.pick(_GLOBS) for _ in range(source.pick((0, 0, 1, 2))))


def _unknown(source: Source, rules: tuple[Rule, ...]) -> UnknownPlan:
    return UnknownPlan(
        selected=not source.one_in(8),
        include=_globs(source),
        exclude=_globs(source) if source.one_in(4) else (),
        sampling=tuple((glob, source.pick(rules)) for glob in _globs(source)),
        rule=source.pick(rules),
    )


def read(source: Source, *, exact: bool, whole: bool = True) -> Plan:
    """A plan.

    Args:
        source: choices; at most `LENGTH` bytes are read.
        exact: both cores must keep the same by it: no chance, no clock, and a ring that drains in time.
        whole: with all the catalogue, for a life of many inputs: its ring is on, or most of them would leave nothing.
    """
    rules = EXACT_RULES if exact else EXACT_RULES + LOOSE_RULES
    rows, first = source.pick(_CATALOGUES), source.byte()
    if not whole:
        rows = rows[first : first + _WINDOW]
    ring = not source.one_in(8) or whole
    chosen = [name for name in CUSTOM if not source.one_in(3)]
    custom = tuple(
        PlanEvent(name, "custom", not source.one_in(8), _kinds(source), source.pick(rules), "info", *looks)
        for name, looks in zip(chosen[:5], _LOOKS)
    )
    if exact:
        rows = tuple(row for row in rows if row.name not in OF_THE_TWIN)
        rows += tuple(PlanEvent(name, "introspection", False, (), KEEP_ALL, "info") for name in OF_THE_TWIN)
    return Plan(
        events=(*special(), *rows, *custom, *_fixed(source)),
        unknown=_unknown(source, rules),
        ring=ring,
        spans=not ring or not source.one_in(8),
        ring_size=1 << 18 if exact else source.pick((1 << 16, 1 << 17, 1 << 20)),
        max_span_events=source.pick((64, 64, 3, 0, 1, 1000)) if ring else 64,
    )


def rows(plan: Plan) -> dict[str, Event]:
    """Definitions of every other custom event: its arguments named by kind, a second one that is text a secret."""
    custom = [event for event in plan.events[len(special()) :] if event.name not in events.CATALOGUE]
    return {
        event.name: Event(
            event.name,
            events.CUSTOM_GROUP,
            tuple(
                Arg(f"{kind.name.lower()}_{place}", kind, redact="password" if place == 1 and kind is Kind.TEXT else "")
                for place, kind in enumerate(event.kinds)
            ),
            "custom {text_0}[ and {int_1}]",
        )
        for event in custom[::2]
    }


_REMEMBERED = 4096


def _matches(glob: str, name: str) -> bool:
    pattern = "".join(".*" if each == "*" else "." if each == "?" else re.escape(each) for each in glob)
    return re.fullmatch(pattern, name, re.DOTALL) is not None


@dataclass
class Oracle:
    """Which events a plan counts, said without looking into a core."""

    plan: Plan

    def __post_init__(self) -> None:
        self._exact = {event.name: event.selected for event in self.plan.events[len(special()) :]}
        self._known: dict[str, bool] = {}

    def add(self, name: str, selected: bool) -> None:
        """A row was added after arming."""
        self._exact[name] = selected

    def selects(self, name: str) -> bool:
        """Whether an event of this name must be seen."""
        if name in self._exact:
            return self._exact[name]
        known = self._known.get(name)
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        if known is None:
            known = self._known[name] = self._unknown(name)
        return known

    def _unknown(self, name: str) -> bool:
        if is_message(name):
            return self.plan.events[MESSAGE_ID].selected
        unknown = self.plan.unknown
        if any(_matches(glob, name) for glob in unknown.exclude):
            return False
        return unknown.selected or any(_matches(glob, name) for glob in unknown.include)


def is_message(name: str) -> bool:
    """Whether a name is a sentence: with white space, or long."""
    return len(name.encode("utf-8", "surrogatepass")) > 128 or any(each.isspace() for each in name)
