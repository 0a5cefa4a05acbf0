"""From a record to what sinks take: described, redacted, said in one line, then through the user's processors.

What an event id's records have in common is found once, when the first of them comes: its recipe.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from otel_audit import semconv, wire
from otel_audit.events import CATALOGUE, CUSTOM_GROUP, MESSAGE, generic
from otel_audit.events.describe import describer, sayer
from otel_audit.model import MESSAGE_ID, Arg, AttributeValue, Core, Described, Event, Plan, Record, Rule, RuleKind
from otel_audit.processors import EVENT_PREFIX, INTERPRETER, RESERVED, EventDict, Processor, is_drop, trace_fields
from otel_audit.redaction import Level, Redactor

Attributes = dict[str, AttributeValue]

_REMEMBERED = 1024
"""Thread names and routes whose redacted form is kept: more than a process has at a time."""


class Recipe(NamedTuple):
    """What all records of one event id have in common.

    Args:
        name: redacted, as some names are sentences.
        row: what names the arguments.
        severity: of the log record.
        rule: the sampler.
        head: fields every record begins with.
        describe: from a record to attributes.
        say: from attributes to the message.
        custom: an application's own, whose arguments may hold anything.
        secrets: arguments that are secret by declaration.
    """

    name: str
    row: Event
    severity: str
    rule: Rule
    head: Mapping[str, Any]
    describe: Callable[[Record], Attributes]
    say: Callable[[str, Mapping[str, AttributeValue]], str]
    custom: bool
    secrets: tuple[Arg, ...]


class Chain:
    """Turns records into what sinks take.

    Args:
        plan: names, groups and rules of the events it selects.
        core: tells the names and rules of ids given out since.
        redact: level of redaction.
        processors: structlog processors that run after redaction.
        key: of the hashes that let equal secrets be correlated; empty for none.
        rows: custom events that were defined before the plan was made, by name.
    """

    def __init__(
        self,
        plan: Plan,
        core: Core,
        redact: Level,
        processors: Iterable[Processor] = (),
        *,
        key: bytes = b"",
        rows: Mapping[str, Event] | None = None,
    ) -> None:
        self._core = core
        self._redactor = Redactor(redact, key)
        self._redact = self._redactor.__call__  # asked for each record: calling the instance costs twice the way
        self._processors = tuple(processors)
        self._text = lru_cache(maxsize=_REMEMBERED)(self._redactor.text)
        self._place: tuple[tuple[int, int, int], dict[str, str]] = ((0, 0, 0), {})
        self.learning = threading.Lock()
        """Held while an event is added to a core that listens: none of its records is read before its row is known."""
        known = rows or {}
        self._recipes = {
            id_: self._recipe(event.name, known.get(event.name) or _row(id_, event.name), event.severity, event.rule)
            for id_, event in enumerate(plan.events)
        }

    def add(self, event_id: int, row: Event, severity: str, rule: Rule) -> None:
        """Name the arguments of an id that the core gave out after the plan was made."""
        self._recipes[event_id] = self._recipe(row.name, row, severity, rule)

    def event(self, event_id: int) -> Recipe:
        """What is known of an id."""
        return self._recipes.get(event_id) or self._learn(event_id)

    def event_name(self, event_id: int) -> str:
        """Name of the log event and span event of an id."""
        return EVENT_PREFIX + self.event(event_id).name

    def after_fork_child(self) -> None:
        """Another thread of the parent may have held it."""
        self.learning = threading.Lock()

    def text(self, text: str) -> str:
        """Redact any text that is to be shown: names of spans, messages of errors."""
        return self._text(text, custom=True)

    @staticmethod
    def attributes(described: Described) -> dict[str, Any]:
        """What of the event dict is an OpenTelemetry attribute."""
        return {key: value for key, value in described.fields.items() if key not in RESERVED}

    def decode(self, data: bytes, at: int = 0) -> Described | None:
        """Decode and process one record; None when a processor dropped it."""
        return self(wire.decode(data, at))

    def __call__(self, record: Record) -> Described | None:
        """Process one record; None when a processor dropped it."""
        recipe = self._recipes.get(record.event_id) or self._learn(record.event_id)
        attributes = self._redacted(recipe, record)
        fields = {**recipe.head, **self._trace(record)} if record.trace_id else dict(recipe.head)
        name = recipe.name
        if record.name is not None and record.event_id != MESSAGE_ID:
            fields[semconv.AUDIT_EVENT] = name = self.text(record.name)
        for key, value in record.who.items():
            fields[key] = self._text(value)
        fields.update(attributes)
        self._add_circumstances(fields, record, recipe.rule)
        fields["message"] = recipe.say(name, attributes)
        return self._process(record, fields) if self._processors else Described(record, fields)

    def _redacted(self, recipe: Recipe, record: Record) -> Attributes:
        attributes = recipe.describe(record)
        for arg in recipe.secrets:
            self._mark(arg, attributes)
        return self._redact(attributes, custom=recipe.custom)

    def _mark(self, arg: Arg, attributes: Attributes) -> None:
        """Hide what an argument is declared to hold; by definition it is text, or its type."""
        if self._redactor.level == "off":
            return
        key = arg.attribute or semconv.AUDIT_ARG_PREFIX + arg.name
        if key in attributes:
            attributes[key] = self._redactor.mark(arg.redact, str(attributes[key]))

    def _trace(self, record: Record) -> dict[str, str]:
        """The trace fields; records of one span come in a row."""
        place = (record.trace_id, record.span_id, record.trace_flags)
        known, fields = self._place
        if known != place:
            fields = trace_fields(*place)
            self._place = place, fields
        return fields

    def _add_circumstances(self, fields: EventDict, record: Record, rule: Rule) -> None:
        fields[semconv.THREAD_ID] = record.thread_id
        if record.thread_name:
            fields[semconv.THREAD_NAME] = self._text(record.thread_name)
        if record.interpreter:
            fields[INTERPRETER] = record.interpreter - 1
        stands_for = record.count
        if rule.kind is not RuleKind.ALL:
            fields[semconv.AUDIT_SAMPLER] = str(rule)
            if rule.kind is RuleKind.RATIO:
                stands_for = round(record.count / rule.value)
        if stands_for != 1:
            fields[semconv.AUDIT_COUNT] = stands_for

    def _process(self, record: Record, fields: EventDict) -> Described | None:
        try:
            for processor in self._processors:
                fields = processor(None, str(fields["level"]), fields)  # type: ignore[assignment]
        except BaseException as error:  # structlog.DropEvent is no Exception
            if is_drop(error):
                return None
            raise
        return Described(record, dict(fields))

    def _learn(self, event_id: int) -> Recipe:
        """The recipe of a name that nobody described; its id is the core's own."""
        with self.learning:
            known = self._recipes.get(event_id)
            if known is None:
                name = self._core.event_name(event_id)
                _, kind, value = self._core.event_policy(event_id)
                known = self._recipe(name, generic(name), "info", Rule(RuleKind(kind), value))
                self._recipes[event_id] = known
            return known

    def _recipe(self, name: str, row: Event, severity: str, rule: Rule) -> Recipe:
        if row.group == CUSTOM_GROUP:
            name = self._redactor.text(name, custom=True)
        head = {
            "event": EVENT_PREFIX + name,
            "level": severity,
            semconv.AUDIT_EVENT: name,
            semconv.AUDIT_GROUP: row.group,
        }
        secrets = tuple(arg for arg in row.args if arg.redact)
        custom = row.group == CUSTOM_GROUP
        return Recipe(name, row, severity, rule, head, describer(row), sayer(row), custom, secrets)


def _row(event_id: int, name: str) -> Event:
    """The catalogue's row, or the one for names that are in none."""
    return MESSAGE if event_id == MESSAGE_ID else CATALOGUE.get(name) or generic(name)
