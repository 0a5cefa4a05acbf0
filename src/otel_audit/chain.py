"""From a record to what sinks take: described, redacted, said in one line, then through the user's processors.

What an event id's records have in common is found once, when the first of them comes: its recipe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from otel_audit import semconv, wire
from otel_audit.compiled import optional_extension
from otel_audit.contract import Core
from otel_audit.events import CATALOGUE, CUSTOM_GROUP, MESSAGE, generic
from otel_audit.events.describe import describer, sayer
from otel_audit.model import (
    MESSAGE_ID,
    OTHER_ID,
    Arg,
    AttributeValue,
    Described,
    Event,
    Location,
    Plan,
    Record,
    Rule,
    RuleKind,
)
from otel_audit.processors import (
    EVENT_PREFIX,
    INTERPRETER,
    NOTICES,
    RESERVED,
    EventDict,
    Processor,
    is_drop,
    trace_fields,
)
from otel_audit.redaction import Level, Redactor
from otel_audit.visible import visible

Attributes = dict[str, AttributeValue]

_REMEMBERED = 1024
"""Thread names, routes and places whose redacted form is kept: more than a process has at a time."""
_CODE_KEYS = frozenset((semconv.CODE_FILE_PATH, semconv.CODE_FUNCTION_NAME, semconv.CODE_LINE_NUMBER))
"""What an event says of code by its arguments is another place than the one it was raised at, and comes first."""


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
        sampler: the rule as text; "" where all are kept.
    """

    name: str
    row: Event
    severity: str
    rule: Rule
    head: dict[str, Any]
    describe: Callable[[Record], Attributes]
    say: Callable[[str, Mapping[str, AttributeValue]], str]
    custom: bool
    secrets: tuple[Arg, ...]
    sampler: str


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
        self._fields, self._described = fields_of, described_of
        self._planned, self._rows = dict(enumerate(plan.events)), rows or {}
        self._recipes: dict[int, Recipe] = {}
        """Made when the first record of an id comes: most programs raise few of the catalogue's events."""
        self._entering: dict[str, Recipe] = {}
        """Of events that are being added to the core, which listens: their ids are not known yet, records may come."""

    def add(self, row: Event, severity: str, rule: Rule, enter: Callable[[], int]) -> int:
        """Describe an event that the core learns of after the plan was made.

        Without a lock: a finalizer may define events while a recipe is made, in the background thread too.

        Args:
            row: names the arguments.
            severity: of its records.
            rule: the sampler.
            enter: adds it to the core; its id there.

        Returns:
            The id; that of `other` where the core had no room.
        """
        recipe = self._recipe(row.name, row, severity, rule)
        self._entering[row.name] = recipe
        try:
            event_id = enter()
            if event_id != OTHER_ID:
                self._recipes[event_id] = recipe
        finally:
            self._entering.pop(row.name, None)
        return event_id

    def event(self, event_id: int) -> Recipe:
        """What is known of an id."""
        return self._recipes.get(event_id) or self._learn(event_id)

    def event_name(self, event_id: int) -> str:
        """Name of the log event and span event of an id."""
        name: str = self.event(event_id).head["event"]
        return name

    def after_fork_child(self) -> None:
        """What another thread of the parent was adding does not come."""
        self._entering.clear()

    def text(self, text: str) -> str:
        """Redact any text that is to be shown: names of spans, messages of errors."""
        return self._text(text, custom=True)

    def redacted(self, attributes: Attributes) -> Attributes:
        """Redact attributes of the bridge's own notices."""
        return self._redact(attributes, custom=False)

    @staticmethod
    def attributes(described: Described) -> dict[str, Any]:
        """What of the event dict is an OpenTelemetry attribute."""
        return {key: value for key, value in described.fields.items() if key not in RESERVED}

    def decode(self, data: bytes, at: int = 0) -> Described | None:
        """Decode and process one record; None when a processor dropped it."""
        return self(wire.decode(data, at))

    def __call__(self, record: Record) -> Described | None:
        """Process one record; None when a processor dropped it."""
        # Taken apart at once: each field by its name would cost as much as a call, a starred rest as a list.
        event_id, _, _, _, _, _, _, interpreter, count, _, _, _, text, _, on_event_loop, task, location = record
        recipe = self._recipes.get(event_id) or self._learn(event_id)
        name, _, _, rule, head, describe, say, custom, secrets, sampler = recipe
        attributes = describe(record)
        if secrets:
            self._mark(secrets, attributes)
        attributes = self._redact(attributes, custom=custom)
        fields = self._fields(record, head, attributes, self._text)
        if text is not None and event_id != MESSAGE_ID:
            fields[semconv.AUDIT_EVENT] = name = visible(self.text(text))
        if interpreter:
            fields[INTERPRETER] = interpreter - 1
        if sampler:
            fields[semconv.AUDIT_SAMPLER] = sampler
            if rule.kind is RuleKind.RATIO:
                count = round(count / rule.value)
        if count != 1:
            fields[semconv.AUDIT_COUNT] = count
        if on_event_loop:
            fields[semconv.AUDIT_ON_EVENT_LOOP] = True
            if task is not None:
                fields[semconv.AUDIT_TASK] = self._text(task)
        if location is not None and _CODE_KEYS.isdisjoint(attributes):
            self._add_location(fields, location)
        fields["message"] = say(name, attributes)
        return self._process(record, fields) if self._processors else self._described(record, fields)

    def _mark(self, secrets: Iterable[Arg], attributes: Attributes) -> None:
        """Hide what arguments are declared to hold; by definition it is text, or its type."""
        if self._redactor.level == "off":
            return
        for arg in secrets:
            key = arg.attribute or semconv.AUDIT_ARG_PREFIX + arg.name
            if key in attributes:
                attributes[key] = self._redactor.mark(arg.redact, str(attributes[key]))

    def _add_location(self, fields: EventDict, location: Location) -> None:
        fields[semconv.CODE_FILE_PATH] = self._text(location.file)
        fields[semconv.CODE_FUNCTION_NAME] = self._text(location.function)
        fields[semconv.CODE_LINE_NUMBER] = location.line

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
        """The recipe of an id whose first record came."""
        planned = self._planned.get(event_id)
        if planned is not None:
            row = self._rows.get(planned.name) or _row(event_id, planned.name)
            made = self._recipe(planned.name, row, planned.severity, planned.rule)
        else:
            name = self._core.event_name(event_id)
            entering = self._entering.get(name)
            if entering is not None:  # not kept: the id may be an older one, given out before the name was defined
                return entering
            made = self._generic(event_id, name)
        return self._recipes.setdefault(event_id, made)

    def _generic(self, event_id: int, name: str) -> Recipe:
        """Of what nobody described; its id is the core's own."""
        _, kind, value = self._core.event_policy(event_id)
        return self._recipe(name, generic(name), "info", Rule(RuleKind(kind), value))

    def _recipe(self, name: str, row: Event, severity: str, rule: Rule) -> Recipe:
        if row.group == CUSTOM_GROUP:
            name = visible(self._redactor.text(name, custom=True))
        called = EVENT_PREFIX + name
        if called in NOTICES:  # nobody forges the bridge's own word
            called = f"{EVENT_PREFIX}custom.{name}"
        head = {
            "event": called,
            "level": severity,
            semconv.AUDIT_EVENT: name,
            semconv.AUDIT_GROUP: row.group,
        }
        secrets = tuple(arg for arg in row.args if arg.redact)
        custom = row.group == CUSTOM_GROUP
        sampler = "" if rule.kind is RuleKind.ALL else str(rule)
        return Recipe(name, row, severity, rule, head, describer(row), sayer(row), custom, secrets, sampler)


def fields_in_python(
    record: Record, head: dict[str, Any], attributes: dict[str, Any], text: Callable[[str], str], /
) -> dict[str, Any]:
    """Fields of a record, up to its thread.

    Args:
        head: of its recipe; the same objects come out.
        attributes: redacted.
        text: redacts what else is shown.
    """
    _, _, trace_id, span_id, trace_flags, thread_id, thread_name, *_ = record
    fields = {**head, **trace_fields(trace_id, span_id, trace_flags)} if trace_id else {**head}
    for key, value in record.who.items():
        fields[key] = text(value)
    fields.update(attributes)
    fields[semconv.THREAD_ID] = thread_id
    if thread_name:
        fields[semconv.THREAD_NAME] = text(thread_name)
    return fields


fields_of = fields_in_python
"""The same, by the C code where it was compiled."""
described_of: Callable[[Record, dict[str, Any]], Described] = Described
"""Likewise: the named tuple's own way takes several times as long."""
_steps = optional_extension("otel_audit._steps")
if _steps is not None:
    _steps.bind("trace_id", "span_id", "trace_flags", semconv.THREAD_ID, semconv.THREAD_NAME, Described)
    fields_of, described_of = _steps.fields, _steps.described


def _row(event_id: int, name: str) -> Event:
    """The catalogue's row, or the one for names that are in none."""
    return MESSAGE if event_id == MESSAGE_ID else CATALOGUE.get(name) or generic(name)
