"""Queries get their variables as Grafana writes them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from otel_audit.dashboards.variables import Choice, VariableError, choose, matches, step, substituted, times

TIMES = times(3600, 15, start=1000, end=4600)


def sent(text: str, loki: bool = False, **choices: Choice) -> str:
    return substituted(text, choices, TIMES, loki=loki)


def several(*values: str) -> Choice:
    return Choice(values, several=True)


@pytest.mark.parametrize("place", ["$job", "${job}", "[[job]]"])
def test_all_three_notations_are_places(place: str) -> None:
    assert sent(f'up{{job=~"{place}"}}', job=several("shop")) == 'up{job=~"shop"}'


def test_a_name_ends_where_its_letters_end() -> None:
    assert sent('$job"$jobs', job=several("a"), jobs=several("b")) == 'a"b'


def test_several_values_are_alternatives() -> None:
    assert sent("$job", job=several("a", "b")) == "(a|b)"
    assert sent("$job", loki=True, job=several("a", "b")) == "a|b"


def test_values_are_escaped_for_a_regular_expression_in_a_string() -> None:
    assert sent("$job", job=several("a.b+c")) == r"a\\.b\\+c"
    assert sent("$job", job=several("a\\b")) == "a" + "\\" * 4 + "b"


def test_a_single_choice_is_no_regular_expression() -> None:
    assert sent("$job", job=Choice(("shop/web.1",))) == "shop/web.1"


def test_a_custom_all_is_written_as_it_is() -> None:
    assert sent("$job", job=Choice((".*",), raw=True)) == ".*"
    assert sent("${job:pipe}", job=Choice((".*",), raw=True)) == ".*"


def test_formats() -> None:
    job = several("a.b", "c")
    assert sent("${job:pipe} ${job:csv} ${job:regex} ${job:raw}", job=job) == r"a.b|c a.b,c (a\.b|c) a.b,c"


def test_a_format_of_no_query_is_an_error() -> None:
    with pytest.raises(VariableError, match="the format queryparam is not known here"):
        sent("${job:queryparam}", job=several("a"))


def test_a_variable_without_a_value_is_an_error() -> None:
    with pytest.raises(VariableError, match="the variable job has no value"):
        sent("$job", job=Choice(()))


def test_what_is_no_variable_stays() -> None:
    assert sent('label_replace(up, "a", "$1", "b", "(.*)")') == 'label_replace(up, "a", "$1", "b", "(.*)")'


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("__range", "3600s"),
        ("__range_s", "3600"),
        ("__interval", "15s"),
        ("__auto", "15s"),
        ("__rate_interval", "60s"),
        ("__from", "1000000"),
        ("__to", "4600000"),
    ],
)
def test_times(name: str, value: str) -> None:
    assert sent(f"[${name}]") == f"[{value}]"


def test_long_ranges_have_longer_steps() -> None:
    assert step(7 * 86400, 15) == 605
    assert times(7 * 86400, 15, start=0, end=7 * 86400)["__rate_interval"] == "620s"


ALL = {"text": "All", "value": "$__all"}


@pytest.mark.parametrize(
    ("model", "options", "choice"),
    [
        ({"includeAll": True, "multi": True, "allValue": ".*", "current": ALL}, ["a"], Choice((".*",), raw=True)),
        ({"includeAll": True, "multi": True, "current": ALL}, ["a", "b"], several("a", "b")),
        ({"includeAll": True, "multi": True, "current": {"value": ["$__all"]}}, ["a"], several("a")),
        ({"multi": False, "current": {"value": ""}}, ["a", "b"], Choice(("a",))),
        ({"multi": False, "current": {"value": "7d"}}, ["1d", "7d"], Choice(("7d",))),
        ({"type": "textbox", "query": ""}, [], Choice(())),
        ({"type": "textbox", "query": "x"}, [], Choice(("x",))),
    ],
)
def test_what_a_dashboard_opens_with(model: dict[str, Any], options: list[str], choice: Choice) -> None:
    assert choose(model, options) == choice


def test_what_was_asked_for_is_chosen_from_the_options() -> None:
    wanted = re.compile("shop.*")
    options = ["shop/api", "shop/web", "the-shop"]
    assert choose({"multi": True, "includeAll": True}, options, wanted) == several("shop/api", "shop/web")
    assert choose({"multi": False}, options, wanted) == Choice(("shop/api",))


def test_options_come_out_of_series() -> None:
    series = ['{job="shop/web"}', '{job="api"}', "{}", '{job="api"}']
    assert matches(series, '/job="([^"]*)"/') == ["api", "shop/web"]
    assert matches(["b", "", "a"], "") == ["a", "b"]
