"""What an ended span gives out, as exporters read it: objects of the core, decoded when somebody looks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import run


def played(case: str, core: str) -> Any:
    return run("capture/programs/span_events.py", case, core).result


def test_a_span_without_events_gives_out_nothing(core: str) -> None:
    assert played("nothing_recorded", core) == [None, None, 1]


def test_ids_are_told_once_in_the_order_they_came(core: str) -> None:
    assert played("distinct_ids", core) == [5, True, True]


def test_events_are_in_the_order_of_their_time(core: str) -> None:
    assert played("in_order_of_time", core) == [True, 20, True]


def test_a_name_is_asked_for_when_it_is_read_and_once_per_id(core: str) -> None:
    assert played("names_are_asked_once", core) == [[], True, True]


def test_attributes_are_made_when_they_are_read_and_once(core: str) -> None:
    read = [[0, [5, None]], [0, [5, None]]]
    assert played("attributes_are_read_once", core) == [0, [True, True], [True, True], read, [3, 3]]


def test_attributes_that_do_not_count_what_was_dropped_dropped_nothing(core: str) -> None:
    assert played("attributes_that_count_nothing", core) == [0, {}]


def test_the_last_event_knows_how_many_were_over(core: str) -> None:
    assert played("over", core) == [[0, 3], [{}, {}], [0, 3]]


def test_the_reader_says_what_copies_are(core: str) -> None:
    assert played("reduced", core) == [[True, True]] * 3


def test_nothing_can_be_set_on_an_event(core: str) -> None:
    kept = ["name", "attributes", "dropped_attributes", "record", "more"]
    assert played("nothing_can_be_set", core) == [kept, True]


def test_without_a_reader_an_event_has_its_record_and_its_time(core: str) -> None:
    assert played("nobody_reads", core) == [["bind_span_events first"] * 5, True, True]


def test_a_reader_that_fails_is_asked_again(core: str) -> None:
    assert played("a_reader_that_fails", core) == [2, 3]


def test_limits_are_two_plain_numbers(core: str) -> None:
    assert played("bad_limits", core) == [7, True]


def test_attributes_that_lead_back_to_their_event_are_collected(core: str) -> None:
    assert played("the_collector_finds_cycles", core) == [True, True]


def test_an_event_that_nobody_read_is_none_of_the_collectors_business() -> None:
    assert played("untracked_until_read", "c") == [[False, False], {}, [True, False]]


def test_events_leave_nothing_behind(core: str) -> None:
    assert played("nothing_leaks", core) == [0, True, 0]


@pytest.mark.parametrize("attempt", range(3))
def test_threads_that_ask_at_the_same_time_get_the_same_attributes(core: str, attempt: int) -> None:
    assert played("threads_that_ask_together", core) == [True, 60]
