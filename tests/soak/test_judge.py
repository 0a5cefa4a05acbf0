"""The soak's judge: what it must find, and what it must not take for something."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tools.soak.judge import BOUNDS, accounts, children, growth, laws, slope

SECONDS = 1200.0


def series(**grown: float) -> list[dict[str, Any]]:
    """Twenty minutes of quiet moments; `grown` is what each measure gains in an hour, under noise."""
    chance = random.Random(1)
    noise = {"rss_kib": 3000, "native_kib": 300, "blocks": 500, "descriptors": 2, "threads": 0}
    return [
        {
            "at_s": float(at),
            "settled": at % 50 != 0,
            **{name: 5000 + chance.randint(0, noise[name]) + grown.get(name, 0.0) * at / 3600 for name in BOUNDS},
        }
        for at in range(10, 1200, 10)
    ]


def wrong(findings: list[Any]) -> list[str]:
    return [finding.what for finding in findings if not finding.right]


def test_noise_is_no_growth() -> None:
    assert wrong(growth(series(), SECONDS)) == []


@pytest.mark.parametrize(
    ("name", "an_hour"),
    [("rss_kib", 60_000), ("native_kib", 15_000), ("blocks", 60_000), ("descriptors", 12), ("threads", 3)],
)
def test_a_leak_under_noise_is_found(name: str, an_hour: float) -> None:
    assert wrong(growth(series(**{name: an_hour}), SECONDS)) == [f"growth of {BOUNDS[name][1]}"]


def test_what_fills_during_the_warm_up_is_no_leak() -> None:
    samples = series()
    for sample in samples:
        if sample["at_s"] < 280:
            sample["rss_kib"] -= 4000
    assert wrong(growth(samples, SECONDS)) == []


def test_moments_at_which_the_collector_was_away_are_not_judged() -> None:
    samples = series()
    for sample in samples:
        if not sample["settled"]:
            sample["descriptors"] += 1000 * sample["at_s"]
    assert wrong(growth(samples, SECONDS)) == []


def test_too_few_moments_are_no_proof() -> None:
    assert wrong(growth(series()[-2:], SECONDS)) == ["quiet moments to judge growth by"]


def test_a_third_of_nonsense_does_not_move_the_slope() -> None:
    points = [(float(at), 2.0 * at + (10_000.0 if at % 4 == 0 else 0.0)) for at in range(100)]
    assert slope(points) == pytest.approx(2.0, abs=0.1)


def test_no_quiet_moment_is_no_proof() -> None:
    assert len(wrong(laws([]))) == 2


def sample(**changes: Any) -> dict[str, Any]:
    return {"unseen": "", "unbalanced": "", "settled": True, **changes}


@pytest.mark.parametrize("changes", [{"unseen": "seen 2, outcomes 1"}, {"unbalanced": "logs: kept 2, accounted 1"}])
def test_a_broken_law_is_found(changes: dict[str, Any]) -> None:
    assert len(wrong(laws([sample(), sample(**changes), sample()]))) == 1


def test_what_is_on_its_way_while_the_collector_is_away_breaks_no_law() -> None:
    assert wrong(laws([sample(), sample(unbalanced="logs: kept 2, accounted 1", settled=False)])) == []


def end(**changes: Any) -> dict[str, Any]:
    health = {"destinations": {"logs": {"kept": 5, "delivered": 4, "queue_full": 1}}}
    plain = {"instance": "7", "offered": {"a": 5}, "seen": {"a": 5}, "health": health, "unbalanced": "", "faults": []}
    return {**plain, **changes}


ARRIVED = {"records": {"7": {"logs": {"a": 4}}}, "points": {"7": {"a": 5.0}}}


def test_whole_books_are_right() -> None:
    assert wrong(accounts(end(), ARRIVED)) == []


@pytest.mark.parametrize(
    ("mine", "theirs", "found"),
    [
        ({"offered": {"a": 6}}, {}, "the application's count = seen"),
        ({}, {"records": {"7": {"logs": {"a": 3}}}}, "logs: delivered = received"),
        ({}, {"records": {"7": {"logs": {"a": 5}}}}, "logs: delivered = received"),
        ({}, {"points": {"7": {"a": 4.0}}}, "seen = the last metrics received"),
        ({"unbalanced": "logs: kept 5, accounted 4"}, {}, "the last account balances"),
        ({"faults": ["Threads: OSError"]}, {}, "faults of the program"),
    ],
)
def test_what_does_not_agree_is_found(mine: dict[str, Any], theirs: dict[str, Any], found: str) -> None:
    assert wrong(accounts(end(**mine), {**ARRIVED, **theirs})) == [found]


def child(**changes: Any) -> dict[str, Any]:
    plain = {
        "instance": "9",
        "offered": {"c": 3},
        "seen": {"c": 3},
        "delivered": {"logs": 3},
        "law": True,
        "settled": True,
    }
    return {**plain, **changes}


@pytest.mark.parametrize(
    ("changes", "came", "number"),
    [
        ({}, 3, 0),
        ({"seen": {"c": 4}}, 3, 1),
        ({"law": False}, 3, 1),
        ({}, 2, 1),
        ({}, 4, 1),
        ({"settled": False}, 4, 0),  # it was on its way when the child spoke
        ({"settled": False}, 2, 1),
    ],
)
def test_a_childs_books_are_its_own(changes: dict[str, Any], came: int, number: int) -> None:
    arrived = {"records": {"9": {"logs": {"c": came}}}}
    assert len(wrong(children([child(**changes)], 1, arrived))) == number


def test_a_child_that_said_nothing_is_missed() -> None:
    assert len(wrong(children([child()], 2, {"records": {"9": {"logs": {"c": 3}}}}))) == 1


def test_two_children_of_one_name_are_found() -> None:
    arrived = {"records": {"9": {"logs": {"c": 6}}}}
    assert wrong(children([child(settled=False)] * 2, 2, arrived)) == ["children with an instance id of their own"]
