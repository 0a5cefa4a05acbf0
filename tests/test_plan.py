"""Plans: who is selected, which sampler holds, and what is refused as a typo."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_audit import events
from otel_audit.application import Code
from otel_audit.errors import SettingsError
from otel_audit.model import MESSAGE_ID, OTHER_ID, Arg, Event, Kind, Plan, PlanEvent, Rule, RuleKind
from otel_audit.plan import build_plan, parse_rule, plan_event
from otel_audit.selectors import glob_match
from otel_audit.settings import Option, Settings

ALL = Rule()
RATE_5 = Rule(RuleKind.RATE, 5)
CUSTOM = Rule(RuleKind.RATE, 100)
ROWS = {
    "open": Event("open", "filesystem", (Arg("path", Kind.PATH), Arg("mode", Kind.TEXT), Arg("flags", Kind.INT))),
    "os.remove": Event("os.remove", "filesystem", (Arg("path", Kind.PATH),)),
    "os.system": Event("os.system", "process", (Arg("command", Kind.TEXT),), blocking=True),
    "socket.bind": Event("socket.bind", "network"),
    "socket.connect": Event("socket.connect", "network", (Arg("self", Kind.SKIP), Arg("address", Kind.ADDRESS))),
}
FAKE: Any = SimpleNamespace(
    CATALOGUE=ROWS,
    GROUPS={
        "filesystem": frozenset({"open", "os.remove"}),
        "process": frozenset({"os.system"}),
        "network": frozenset({"socket.bind", "socket.connect"}),
        "custom": frozenset(),
    },
    DEFAULT={"os.system": ALL, "socket.connect": RATE_5},
    SECURITY=frozenset({"os.system", "socket.bind", "os.remove"}),
    NAMESPACES=frozenset({"os", "socket"}),
    CUSTOM_KINDS=(Kind.AUTO, Kind.AUTO),
    CUSTOM_RULE=CUSTOM,
    severity=lambda name: "warn" if name == "os.system" else "info",
)


ORDER = Event("shop.order", "custom", (Arg("id", Kind.TEXT, "shop.order.id"), Arg("n", Kind.INT)), severity="warn")


def plan(*, custom: tuple[Event, ...] = (), **arguments: Any) -> Plan:
    return build_plan(Settings(**arguments), catalogue=FAKE, custom=custom)


def by_name(found: Plan) -> dict[str, PlanEvent]:
    return {event.name: event for event in found.events}


def selected(found: Plan) -> set[str]:
    return {event.name for event in found.events if event.selected}


def behind(found: Plan) -> list[str]:
    """Names behind `other` and `message`."""
    return [event.name for event in found.events[2:]]


def rule(found: Plan, name: str) -> str:
    return str(by_name(found)[name].rule)


def refusal(**arguments: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        plan(**arguments)
    return str(caught.value)


def test_rows_stay_in_order_behind_other_and_message_selected_or_not() -> None:
    found = plan()
    assert [event.name for event in found.events] == ["other", "message", *ROWS]
    assert found.events[OTHER_ID] == PlanEvent("other", "custom", True, (Kind.TEXT,), CUSTOM, "info")
    assert found.events[MESSAGE_ID] == PlanEvent("message", "custom", True, FAKE.CUSTOM_KINDS, CUSTOM, "info")
    assert by_name(found)["socket.connect"].kinds == (Kind.SKIP, Kind.ADDRESS)
    assert by_name(found)["os.system"].severity == "warn"


@pytest.mark.parametrize(
    ("include", "exclude", "names"),
    [
        ("default", "", {"other", "message", "os.system", "socket.connect"}),
        ("security", "", {"os.system", "socket.bind", "os.remove"}),
        ("all", "", {"other", "message", *ROWS}),
        ("all", "network", {"other", "message", "open", "os.remove", "os.system"}),
        ("all", "custom", set(ROWS)),
        ("all", "default", {"open", "os.remove", "socket.bind"}),
        ("all", "all", set()),
        ("*", "", {"other", "message", *ROWS}),
        ("*", "*", set()),
        ("filesystem, socket.c*", "", {"open", "os.remove", "socket.connect"}),
        ("open", "", {"open"}),
        ("open", "o*", set()),
        ("socket.????", "", {"socket.bind"}),
        ("custom", "", {"other", "message"}),
        ("all", "message", {"other", *ROWS}),
        (",", "", set()),
    ],
)
def test_include_and_exclude(include: str, exclude: str, names: set[str]) -> None:
    assert selected(plan(include=include, exclude=exclude)) == names


def chances(found: Plan, name: str) -> tuple[float, float]:
    """That a record of an event says where it came from: any, and one marked on_event_loop."""
    event = by_name(found)[name]
    return event.location, event.loop_location


def test_by_default_what_blocks_a_loop_is_located() -> None:
    found = plan()
    assert by_name(found)["os.system"].blocking
    assert chances(found, "os.system") == (0.0, 1.0)
    assert chances(found, "open") == chances(found, "other") == (0.0, 0.0)
    assert (found.unknown.locations, found.unknown.location) == ((), 0.0)


@pytest.mark.parametrize(
    ("location", "name", "expected"),
    [
        ("none", "os.system", (0.0, 0.0)),
        ("NONE", "os.system", (0.0, 0.0)),
        ("event_loop=0.5", "os.system", (0.0, 0.5)),
        ("event_loop=0.5,os.system=0.7", "os.system", (0.7, 0.7)),
        ("os.system=0.2,event_loop", "os.system", (0.2, 1.0)),
        ("open", "os.system", (0.0, 0.0)),
        ("open=0.1,process,event_loop", "open", (0.1, 0.1)),
        ("open=0.1,process,event_loop", "os.system", (1.0, 1.0)),
        ("os.*=0.3,process,all=0.9", "os.system", (0.3, 0.3)),
        ("process=0.3,all=0.9", "os.system", (0.3, 0.3)),
        ("process=0.3,all", "socket.bind", (1.0, 1.0)),
        ("custom=0.4", "message", (0.4, 0.4)),
        ("all=0.4", "other", (0.4, 0.4)),
        ("my.own=0.6", "my.own", (0.6, 0.6)),
        ("open=all", "open", (1.0, 1.0)),
    ],
)
def test_who_says_where_it_came_from(location: str, name: str, expected: tuple[float, float]) -> None:
    assert chances(plan(location=location), name) == expected


def test_names_in_no_row_say_where_they_came_from_too() -> None:
    unknown = plan(location="m*=0.1,my.*=0.2,custom=0.3").unknown
    assert (unknown.locations, unknown.location) == ((("my.*", 0.2), ("m*", 0.1)), 0.3)


def test_a_location_is_a_table_too() -> None:
    assert chances(plan(location={"open": 0.1, "event_loop": "all"}), "open") == (0.1, 0.1)


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("none,open", "or none (none stands alone)"),
        ("open=10/s", "open=10/s: expected a ratio above 0 and up to 1, or all, after its ="),
        ("open=first", "open=first: expected a ratio"),
        ("open=0", "open=0: expected a ratio"),
        ("=0.5", "=0.5: expected a ratio"),
        ("open,open=0.1", "each selector once (open has a rule already)"),
        ("event_loop,event_loop=0.1", "each selector once"),
        ("opne", "did you mean open?"),
    ],
)
def test_a_location_that_is_none_is_refused(location: str, reason: str) -> None:
    said = refusal(location=location)
    assert said.startswith("OTEL_PYTHON_AUDIT_LOCATION=")
    assert reason in said


def test_paths_to_skip_are_absolute() -> None:
    assert "srv/x is not absolute" in refusal(location_skip="/srv,!srv/x")
    assert ("/srv/", int(Code.INSTALLED)) in plan(location_skip="/srv").code


def test_exact_custom_names_get_ids() -> None:
    found = plan(include="myapp.a,myapp.*", exclude="myapp.b", sampling="myapp.c=first")
    assert [event.name for event in found.events[-3:]] == ["myapp.a", "myapp.b", "myapp.c"]
    assert selected(found) == {"myapp.a", "myapp.c"}
    assert by_name(found)["myapp.a"].kinds == FAKE.CUSTOM_KINDS
    assert by_name(found)["myapp.a"].group == "custom"
    assert (rule(found, "myapp.a"), rule(found, "myapp.c")) == ("100/s", "first")


def test_a_custom_name_named_in_two_lists_is_one_event() -> None:
    assert [event.name for event in plan(include="x.y", sampling="x.y=all").events].count("x.y") == 1


def test_messages_are_selected_and_sampled_by_their_own_name() -> None:
    assert plan(include="message").events[MESSAGE_ID].selected
    assert plan(include="mess*").events[MESSAGE_ID].selected
    assert not plan(include="os.system").events[MESSAGE_ID].selected
    assert str(plan(sampling="message=0.5,custom=first").events[MESSAGE_ID].rule) == "0.5"
    assert str(plan(sampling="custom=first").events[MESSAGE_ID].rule) == "first"


def test_defined_events_stand_behind_the_rows() -> None:
    found = plan(custom=(ORDER,), include="shop.*,myapp.a")
    assert behind(found) == [*ROWS, "shop.order", "myapp.a"]
    assert by_name(found)["shop.order"] == PlanEvent(
        "shop.order", "custom", True, (Kind.TEXT, Kind.INT), CUSTOM, "warn"
    )


def test_a_defined_event_that_is_named_is_one_event() -> None:
    assert behind(plan(custom=(ORDER,), include="shop.order", sampling="shop.order=all")) == [*ROWS, "shop.order"]


def test_an_event_defined_without_arguments_is_captured_as_an_unknown_one() -> None:
    assert by_name(plan(custom=(Event("shop.x", "custom"),)))["shop.x"].kinds == FAKE.CUSTOM_KINDS


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"include": "custom", "sampling": "shop.*=0.5"},
        {"include": "default", "exclude": "shop.order"},
        {"include": "security", "sampling": "all=first,custom=in-trace"},
        {"include": "shop.order", "sampling": "shop.order=7/s"},
        {"include": "all", "exclude": "custom"},
    ],
)
def test_an_event_defined_later_is_planned_as_if_before(arguments: dict[str, str]) -> None:
    before = by_name(plan(custom=(ORDER,), **arguments))["shop.order"]
    assert plan_event(Settings(**arguments), ORDER, catalogue=FAKE) == before


def test_a_row_says_its_severity() -> None:
    rows = {**ROWS, "open": ROWS["open"]._replace(severity="debug")}
    catalogue: Any = SimpleNamespace(**{**vars(FAKE), "CATALOGUE": rows})
    found = build_plan(Settings(), catalogue=catalogue)
    assert (by_name(found)["open"].severity, by_name(found)["os.remove"].severity) == ("debug", "info")


def test_baggage_is_text_in_every_event() -> None:
    number = "expected keys of text (python.x is int in shop.n)"
    row = Event("shop.n", "custom", (Arg("n", Kind.INT, "python.x"), Arg("id", Kind.TEXT, "shop.order.id")))
    assert refusal(custom=(row,), baggage="tenant,python.x") == f"OTEL_PYTHON_AUDIT_BAGGAGE=python.x: {number}"
    plan(custom=(row,), baggage="tenant,shop.order.id")


def test_an_error_names_what_the_user_wrote(tmp_path: Path) -> None:
    file = tmp_path / "audit.toml"
    file.write_text("include = ['default', 'socket.conect']\nexclude = ['netwrok']\n")
    expected = "expected a group, an event or a glob (did you mean socket.connect?)"
    assert refusal(config_file=file) == f"{file}: include=socket.conect: {expected}"
    assert refusal(include=Option("socket.conect", "--include")) == f"--include=socket.conect: {expected}"


def test_unknown_names_follow_the_custom_group_and_globs() -> None:
    unknown = plan(include="myapp.*", exclude="myapp.debug.*", sampling="m*=0.5,myapp.*=first").unknown
    assert (unknown.selected, unknown.include, unknown.exclude) == (False, ("myapp.*",), ("myapp.debug.*",))
    assert [(glob, str(found)) for glob, found in unknown.sampling] == [("myapp.*", "first"), ("m*", "0.5")]
    assert unknown.rule == CUSTOM


@pytest.mark.parametrize("group", ["custom", "all", "default"])
def test_excluding_a_group_that_holds_custom_events_ignores_all_unknown_names(group: str) -> None:
    assert plan(include="all", exclude=group).unknown.exclude == ("*",)


def test_unknown_names_take_the_rule_of_the_smallest_group() -> None:
    assert str(plan(sampling="all=first,custom=0.5,default=in-trace").unknown.rule) == "0.5"
    assert str(plan(sampling="all=first,default=in-trace").unknown.rule) == "in-trace"


@pytest.mark.parametrize(
    ("include", "sampling", "expected"),
    [
        ("default", "", "5/s"),
        ("default,socket.*", "", "all"),
        ("default,socket.connect", "", "all"),
        ("default,network", "", "all"),
        ("all", "", "all"),
        ("default", "socket.connect=0.1", "0.1"),
        ("default", "socket.connect=all", "all"),
        ("default", "all=first,network=0.2,default=0.3", "0.2"),
        ("default", "network=0.2,socket.*=0.4", "0.4"),
        ("default", "socket.*=0.4,socket.conn*=in-trace,*=first", "in-trace"),
        ("default", "socket.conn*=in-trace,socket.connect=7/s", "7/s"),
        ("default", " socket.connect = 1 0 / s ", "10/s"),
    ],
)
def test_the_sampler_of_a_row(include: str, sampling: str, expected: str) -> None:
    assert rule(plan(include=include, sampling=sampling), "socket.connect") == expected


def test_the_smaller_of_two_groups_decides() -> None:
    assert rule(plan(sampling="security=first,process=0.5"), "os.system") == "0.5"
    assert rule(plan(sampling="process=0.5,security=first"), "os.system") == "0.5"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("all", ALL),
        ("1", ALL),
        ("1.0", ALL),
        ("0.1", Rule(RuleKind.RATIO, 0.1)),
        (".5", Rule(RuleKind.RATIO, 0.5)),
        ("1e-3", Rule(RuleKind.RATIO, 0.001)),
        ("100/s", CUSTOM),
        ("0.5/s", Rule(RuleKind.RATE, 0.5)),
        ("first", Rule(RuleKind.FIRST)),
        ("in-trace", Rule(RuleKind.IN_TRACE)),
    ],
)
def test_rules(text: str, expected: Rule) -> None:
    assert parse_rule(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "0", "0.0", "2", "-0.1", "nan", "inf", "inf/s", "0/s", "10/m", "10/h", "/s", "1e-999", "1e999/s", "some"],
)
def test_rules_that_are_none(text: str) -> None:
    assert refusal(sampling=f"open={text}") == (
        f"OTEL_PYTHON_AUDIT_SAMPLING=open={text}: expected all, a ratio above 0 and up to 1, a rate such as 100/s, "
        "first or in-trace as the rule"
    )


@given(st.sampled_from(list(RuleKind)), st.floats(0.001, 0.999))
def test_a_rule_reads_back_from_its_text(kind: RuleKind, value: float) -> None:
    given_rule = Rule(kind, float(f"{value:g}") if kind in (RuleKind.RATIO, RuleKind.RATE) else 0.0)
    assert parse_rule(str(given_rule)) == given_rule


def test_sampling_splits_at_the_last_equals_sign() -> None:
    assert rule(plan(sampling="app.a=b=0.5"), "app.a=b") == "0.5"


@pytest.mark.parametrize("item", ["open", "=0.5", "first"])
def test_sampling_needs_a_selector(item: str) -> None:
    assert refusal(sampling=item).startswith(f"OTEL_PYTHON_AUDIT_SAMPLING={item}: expected selector=rule")


def test_a_selector_has_one_rule() -> None:
    assert "each selector once" in refusal(sampling="open=0.5,open=all")


@pytest.mark.parametrize(
    ("item", "near"),
    [
        ("socket.conect", "socket.connect"),
        ("socket.conect*", "socket.connect"),
        ("os.sytem", "os.system"),
        ("netwrok", "network"),
        ("Network", "network"),
        ("ALL", "all"),
        ("oppen", "open"),
        ("socket", "socket.*"),
    ],
)
def test_a_typo_is_refused_with_the_nearest_name(item: str, near: str) -> None:
    expected = f"expected a group, an event or a glob (did you mean {near}?)"
    assert refusal(include=f"default,{item}") == f"OTEL_PYTHON_AUDIT_INCLUDE={item}: {expected}"
    assert refusal(exclude=item) == f"OTEL_PYTHON_AUDIT_EXCLUDE={item}: {expected}"
    assert refusal(sampling=f"{item}=0.5") == f"OTEL_PYTHON_AUDIT_SAMPLING={item}=0.5: {expected}"


@pytest.mark.parametrize("item", ["myapp.plugin.load", "myapp.*", "login", "x*", "django.db.query"])
def test_names_of_other_namespaces_are_custom_events(item: str) -> None:
    plan(include=item, exclude=item, sampling=f"{item}=first")


@pytest.mark.parametrize(
    ("signals", "stream", "flags"),
    [
        ("span_events,metrics,logs", "none", (True, True, True)),
        ("metrics", "none", (False, False, True)),
        ("none", "stderr", (True, False, False)),
        ("span_events", "none", (False, True, False)),
    ],
)
def test_destinations(signals: str, stream: str, flags: tuple[bool, bool, bool]) -> None:
    found = plan(signals=signals, log_stream=stream)
    assert (found.ring, found.spans, found.metrics) == flags


@pytest.mark.parametrize(("size", "ring"), [(65536, 65536), (65537, 131072), (4194304, 4194304), (1 << 30, 1 << 30)])
def test_the_ring_is_a_power_of_two(size: int, ring: int) -> None:
    assert plan(ring_size=size).ring_size == ring


def test_the_real_catalogue_plans() -> None:
    found = build_plan(Settings())
    assert behind(found) == list(events.CATALOGUE)
    assert {event.name for event in found.events[2:] if event.selected} == set(events.DEFAULT)
    assert all(event.rule == events.DEFAULT[event.name] for event in found.events[2:] if event.selected)


@pytest.mark.parametrize("name", list(events.CATALOGUE))
def test_every_catalogued_name_is_a_selector(name: str) -> None:
    assert selected(build_plan(Settings(include=name))) == {name}


def test_no_group_is_named_like_an_event() -> None:
    assert not ({*events.GROUPS, "default", "security", "all"} & set(events.CATALOGUE))


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("*", "", True),
        ("?", "", False),
        ("a*c", "abbc", True),
        ("a*c", "abbcd", False),
        ("a?c", "abc", True),
        ("a**", "a", True),
        ("*b*b", "abab", True),
        ("[ab]", "a", False),
        ("a.c", "abc", False),
        ("A", "a", False),
    ],
)
def test_globs(pattern: str, name: str, expected: bool) -> None:
    assert glob_match(pattern, name) is expected


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=8))
def test_globs_match_as_their_definition_says(pattern: str, name: str) -> None:
    def slowly(at: int, start: int) -> bool:
        if at == len(pattern):
            return start == len(name)
        if pattern[at] == "*":
            return any(slowly(at + 1, later) for later in range(start, len(name) + 1))
        return start < len(name) and pattern[at] in ("?", name[start]) and slowly(at + 1, start + 1)

    assert glob_match(pattern, name) is slowly(0, 0)
