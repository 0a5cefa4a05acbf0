"""Settings x catalogue -> a frozen Plan. What can be decided here is never asked in the hook."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from otel_audit import application, events
from otel_audit.custom.attribute_types import key_types
from otel_audit.errors import SettingsError
from otel_audit.model import Event, Kind, Plan, PlanEvent, Rule, RuleKind, Severity, UnknownPlan
from otel_audit.selectors import glob_match, is_glob
from otel_audit.settings import Settings

OTHER = "other"
MESSAGE = "message"
CUSTOM = "custom"
_KEEP_ALL = Rule()
_NEAR = 0.75
"""How alike an undotted word must be to a group or event to count as a typo; below, it is a custom event."""


class Catalogue(Protocol):
    """What `otel_audit.events` offers, as one object."""

    @property
    def CATALOGUE(self) -> Mapping[str, Event]: ...
    @property
    def GROUPS(self) -> Mapping[str, frozenset[str]]: ...
    @property
    def DEFAULT(self) -> Mapping[str, Rule]: ...
    @property
    def SECURITY(self) -> frozenset[str]: ...
    @property
    def NAMESPACES(self) -> frozenset[str]: ...
    @property
    def CUSTOM_KINDS(self) -> tuple[Kind, ...]: ...
    @property
    def CUSTOM_RULE(self) -> Rule: ...
    def severity(self, name: str) -> Severity: ...


class Groups(NamedTuple):
    """Group name -> names in it, and which groups hold the events that no row knows."""

    members: Mapping[str, frozenset[str]]
    custom: frozenset[str] = frozenset({CUSTOM, "default", "all"})

    @classmethod
    def of(cls, catalogue: Catalogue) -> Groups:
        """The catalogue's groups, and `default`, `security`, `all`."""
        special = {
            "default": frozenset(catalogue.DEFAULT),
            "security": frozenset(catalogue.SECURITY),
            "all": frozenset(catalogue.CATALOGUE),
        }
        return cls({**catalogue.GROUPS, CUSTOM: frozenset(), **special})

    def hold(self, group: str, name: str, custom: bool) -> bool:
        """Whether an event is in a group."""
        return group in self.custom if custom else name in self.members[group]


class Selection(NamedTuple):
    """One comma list, sorted by what its items are; order as written."""

    groups: list[str]
    globs: list[str]
    names: list[str]

    def holds(self, groups: Groups, name: str, custom: bool) -> bool:
        """Whether any item selects an event."""
        return (
            name in self.names
            or any(groups.hold(group, name, custom) for group in self.groups)
            or any(glob_match(glob, name) for glob in self.globs)
        )

    def holds_custom(self, groups: Groups) -> bool:
        """Whether events of names not known yet are selected as a whole."""
        return "*" in self.globs or not groups.custom.isdisjoint(self.groups)


def build_plan(settings: Settings, *, catalogue: Catalogue = events, custom: Iterable[Event] = ()) -> Plan:
    """Resolve settings against a catalogue, and the events that were defined by now.

    An exclude wins over every include. Not-selected rows stay in the plan, so that the core ignores them by one lookup;
    names given exactly that are in no row get an id too. An event's sampler is its SAMPLING rule (exact name, then the
    longest glob, then the smallest group), else its default rule when only the group `default` selected it, else `all`;
    custom events keep `CUSTOM_RULE` unless SAMPLING names them.

    Raises:
        SettingsError: an item that is a typo, a rule that is none, or a baggage key that is no text elsewhere.
    """
    selections = _Selections.of(settings, catalogue)
    rows = {row.name: row for row in (*catalogue.CATALOGUE.values(), *custom)}
    _check_baggage(settings, rows.values())
    known = [selections.event(name, row) for name, row in rows.items()]
    named = [selections.event(name, None) for name in selections.names() if name not in rows]
    return Plan(
        events=(selections.other(), selections.event(MESSAGE, None), *known, *named),
        unknown=selections.unknown(),
        ring="logs" in settings.signals or settings.log_stream != "none",
        spans="span_events" in settings.signals,
        metrics="metrics" in settings.signals,
        ring_size=1 << (settings.ring_size - 1).bit_length(),
        max_span_events=settings.max_span_events,
        code=application.prefixes(settings.location_skip),
    )


def plan_event(settings: Settings, row: Event, *, catalogue: Catalogue = events) -> PlanEvent:
    """Resolve settings for an event that is defined after the plan was built, as `build_plan` would have.

    Raises:
        SettingsError: as `build_plan`, which was asked before.
    """
    return _Selections.of(settings, catalogue).event(row.name, row)


def _check_baggage(settings: Settings, rows: Iterable[Event]) -> None:
    """Baggage is text; a key that is a number elsewhere would have two types."""
    if not settings.baggage:
        return
    types = {key: (kind, row.name) for row in rows for key, kind in key_types(row).items() if kind != "str"}
    for key in settings.baggage:
        if key in types:
            kind, name = types[key]
            raise SettingsError(settings.written("baggage"), key, f"keys of text ({key} is {kind} in {name})")


class _Selections(NamedTuple):
    """The three lists of the settings, read against one catalogue."""

    catalogue: Catalogue
    groups: Groups
    include: Selection
    exclude: Selection
    sampling: _Sampling
    location: _Sampling
    loop_location: float

    @classmethod
    def of(cls, settings: Settings, catalogue: Catalogue) -> _Selections:
        groups = Groups.of(catalogue)
        read = _Reader(settings, catalogue, groups)
        include = read.selection("include", ((item, item) for item in settings.include))
        exclude = read.selection("exclude", ((item, item) for item in settings.exclude))
        location, loop_location = read.location()
        return cls(catalogue, groups, include, exclude, read.sampling(), location, loop_location)

    def names(self) -> Iterable[str]:
        """Given exactly, in any list; each once, as written."""
        lists = (self.include, self.exclude, self.sampling.selectors, self.location.selectors)
        return dict.fromkeys(name for selection in lists for name in selection.names)

    def event(self, name: str, row: Event | None) -> PlanEvent:
        custom = name not in self.catalogue.CATALOGUE
        kinds = tuple(arg.kind for arg in row.args) if row else ()
        location = _chance(self.location.rule(self.groups, name, custom))
        blocking = row is not None and row.blocking
        return PlanEvent(
            name=name,
            group=row.group if row else CUSTOM,
            selected=self.include.holds(self.groups, name, custom)
            and not self.exclude.holds(self.groups, name, custom),
            kinds=self.catalogue.CUSTOM_KINDS if custom and not kinds else kinds,
            rule=self.sampling.rule(self.groups, name, custom) or self._unsampled(name, custom),
            severity=(row.severity if row else None) or self.catalogue.severity(name),
            blocking=blocking,
            location=location,
            loop_location=max(location, self.loop_location) if blocking else location,
        )

    def other(self) -> PlanEvent:
        """Stands for every name that came after the name table was full."""
        selected = self.include.holds_custom(self.groups) and not self.exclude.holds_custom(self.groups)
        location = _chance(self.location.custom_rule(self.groups))
        severity = self.catalogue.severity(OTHER)
        return PlanEvent(
            OTHER,
            CUSTOM,
            selected,
            (Kind.TEXT,),
            self.catalogue.CUSTOM_RULE,
            severity,
            location=location,
            loop_location=location,
        )

    def unknown(self) -> UnknownPlan:
        return UnknownPlan(
            selected=self.include.holds_custom(self.groups),
            include=tuple(self.include.globs),
            exclude=("*",) if self.exclude.holds_custom(self.groups) else tuple(self.exclude.globs),
            sampling=self.sampling.globs(),
            rule=self.sampling.custom_rule(self.groups) or self.catalogue.CUSTOM_RULE,
            locations=tuple((glob, _chance(rule)) for glob, rule in self.location.globs()),
            location=_chance(self.location.custom_rule(self.groups)),
        )

    def _unsampled(self, name: str, custom: bool) -> Rule:
        """The rule of an event that SAMPLING does not name."""
        if custom:
            return self.catalogue.CUSTOM_RULE
        groups, include = self.groups, self.include
        others = Selection([group for group in include.groups if group != "default"], include.globs, include.names)
        if "default" in include.groups and not others.holds(groups, name, False):
            return self.catalogue.DEFAULT.get(name, _KEEP_ALL)
        return _KEEP_ALL


class _Sampling(NamedTuple):
    """The rules of SAMPLING, by selector."""

    selectors: Selection
    rules: dict[str, Rule]

    def globs(self) -> tuple[tuple[str, Rule], ...]:
        """Longest first; of equal length, as written."""
        return tuple((glob, self.rules[glob]) for glob in sorted(self.selectors.globs, key=len, reverse=True))

    def rule(self, groups: Groups, name: str, custom: bool) -> Rule | None:
        if name in self.selectors.names:
            return self.rules[name]
        glob_rule = next((rule for glob, rule in self.globs() if glob_match(glob, name)), None)
        return glob_rule or self._smallest(groups, [g for g in self.selectors.groups if groups.hold(g, name, custom)])

    def custom_rule(self, groups: Groups) -> Rule | None:
        return self._smallest(groups, [group for group in self.selectors.groups if group in groups.custom])

    def _smallest(self, groups: Groups, holding: Sequence[str]) -> Rule | None:
        if not holding:
            return None
        return self.rules[min(holding, key=lambda group: len(groups.members[group]))]


def _chance(rule: Rule | None) -> float:
    """Of a rule of LOCATION, which is a ratio or `all`."""
    if rule is None:
        return 0.0
    return rule.value if rule.kind is RuleKind.RATIO else 1.0


_NUMBER = re.compile(r"(?:\d{1,18}(?:\.\d{0,18})?|\.\d{1,18})(?:[eE][+-]?\d{1,3})?", re.ASCII)
_RULE_EXPECTED = "all, a ratio above 0 and up to 1, a rate such as 100/s, first or in-trace as the rule"
_CHANCE_EXPECTED = "a ratio above 0 and up to 1, or all, after its ="
_ON_LOOP = "event_loop"
"""Item of LOCATION that stands for the records marked on_event_loop."""
_WORDS = {"all": _KEEP_ALL, "first": Rule(RuleKind.FIRST), "in-trace": Rule(RuleKind.IN_TRACE)}


def parse_rule(rule: str) -> Rule | None:
    """The part after the last `=`, spaces ignored; None when it is no rule."""
    text = "".join(rule.split()).lower()
    if text in _WORDS:
        return _WORDS[text]
    number = text[:-2] if text.endswith("/s") else text
    value = float(number) if _NUMBER.fullmatch(number) else math.nan
    if text.endswith("/s"):
        return Rule(RuleKind.RATE, value) if 0 < value < math.inf else None
    if value == 1:
        return _KEEP_ALL
    return Rule(RuleKind.RATIO, value) if 0 < value < 1 else None


class _Reader(NamedTuple):
    """Reads the items of the lists; what can only be a typo is refused, under the name the user wrote."""

    settings: Settings
    catalogue: Catalogue
    groups: Groups

    def _error(self, setting: str, item: str, expected: str) -> SettingsError:
        return SettingsError(self.settings.written(setting), item, expected)

    def sampling(self) -> _Sampling:
        rules: dict[str, Rule] = {}
        written: list[tuple[str, str]] = []
        for item in self.settings.sampling:
            selector, equals, text = item.rpartition("=")
            selector = selector.strip()
            if not equals or not selector:
                raise self._error("sampling", item, "selector=rule, such as open=10/s")
            rule = parse_rule(text)
            if rule is None:
                raise self._error("sampling", item, _RULE_EXPECTED)
            self._enter("sampling", item, selector, rule, rules)
            written.append((selector, item))
        return _Sampling(self.selection("sampling", written), rules)

    def location(self) -> tuple[_Sampling, float]:
        """Chances by selector, and that of records marked on_event_loop."""
        rules: dict[str, Rule] = {}
        written: list[tuple[str, str]] = []
        for item in self.settings.location:
            selector, equals, text = item.rpartition("=")
            selector = (selector if equals else item).strip()
            rule = parse_rule(text) if equals else _KEEP_ALL
            if not selector or rule is None or rule.kind not in (RuleKind.ALL, RuleKind.RATIO):
                raise self._error("location", item, _CHANCE_EXPECTED)
            self._enter("location", item, selector, rule, rules)
            if selector != _ON_LOOP:
                written.append((selector, item))
        return _Sampling(self.selection("location", written), rules), _chance(rules.get(_ON_LOOP))

    def _enter(self, setting: str, item: str, selector: str, rule: Rule, rules: dict[str, Rule]) -> None:
        if selector in rules:
            raise self._error(setting, item, f"each selector once ({selector} has a rule already)")
        rules[selector] = rule

    def selection(self, setting: str, written: Iterable[tuple[str, str]]) -> Selection:
        """Sort (selector, item as written) pairs."""
        found = Selection([], [], [])
        for selector, item in written:
            if selector in self.groups.members:
                found.groups.append(selector)
                continue
            near = self._typo(selector)
            if near is not None:
                raise self._error(setting, item, f"a group, an event or a glob (did you mean {near}?)")
            (found.globs if is_glob(selector) else found.names).append(selector)
        return found

    def _typo(self, selector: str) -> str | None:
        """The suggestion for a selector that matches nothing; None where it may be an application's own event.

        A selector in a namespace of CPython's must match; other namespaces belong to applications.
        """
        rows = self.catalogue.CATALOGUE
        if selector in rows or (is_glob(selector) and any(glob_match(selector, name) for name in rows)):
            return None
        namespace, dot, _ = selector.partition(".")
        plain = selector.replace("*", "").replace("?", "")
        if namespace in self.catalogue.NAMESPACES:
            inside = [name for name in rows if name.startswith(f"{namespace}.")]
            if not dot:
                return _closest(plain, self.groups.members, _NEAR) or (f"{namespace}.*" if inside else None)
            return _closest(plain, inside or rows, 0.0)
        if dot or is_glob(selector):
            return None
        return _closest(plain, [*self.groups.members, *rows], _NEAR)


def _closest(word: str, names: Iterable[str], cutoff: float) -> str | None:
    """Case aside: ALL is near all."""
    from difflib import get_close_matches  # for typos only: no start that goes well needs it

    folded = {name.lower(): name for name in names}
    near = get_close_matches(word.lower(), folded, n=1, cutoff=cutoff)
    return folded[near[0]] if near else None
