"""Samplers, merging and names, decided in the core."""

from __future__ import annotations

from typing import Any

from tests.conftest import run


def played(case: str, core: str) -> Any:
    return run("capture/programs/sampling.py", case, core).result


def test_a_ratio_keeps_its_share(core: str) -> None:
    found = played("ratio", core)
    assert found["seen"] == 20_000 == found["kept"] + found["sampled_out"]
    # 20,000 draws at 0.25: six standard deviations are 367.
    assert abs(found["kept"] - 5_000) < 367


def test_a_rate_lets_one_burst_through(core: str) -> None:
    found = played("burst", core)
    kept = found["app.r"]["kept"]
    assert kept == 5 or (kept > 5 and not found["fast"])
    assert found["app.r"]["rate_limited"] == 50 - kept
    assert (found["app.slow"]["kept"], found["app.slow"]["rate_limited"]) == (1, 49)


def test_a_rate_refills_with_time(core: str) -> None:
    found = played("refill", core)
    assert found["least"] <= found["kept"] <= found["most"]


def test_first_keeps_each_distinct_value_once_across_windows(core: str) -> None:
    counts, values = played("first", core)
    assert values == ["a", "b", "c"]
    assert (counts["kept"], counts["sampled_out"]) == (3, 3)


def test_first_drops_and_says_so_when_its_memory_is_full(core: str) -> None:
    found = played("first_full", core)
    assert (found["kept"], found["dropped"], found["cause"], found["sampled_out"]) == (2048, 452, 452, 1)


def test_in_trace_keeps_events_of_sampled_traces_only(core: str) -> None:
    expected = ["sampled", "remote sampled", "random and sampled", "remote random and sampled"]
    assert played("in_trace", core) == expected


def test_equal_events_merge_into_one_with_a_count(core: str) -> None:
    assert played("merged", core) == [["app.m", "same", 5], ["app.n", "same", 5], ["app.m", "other", 1]]


def test_equal_events_of_different_windows_do_not_merge(core: str) -> None:
    assert played("windows", core) == [2, 2, 2]


def test_an_event_does_not_merge_with_a_record_that_was_drained(core: str) -> None:
    assert played("drained", core) == [[2], [2], [2]]


def test_equal_events_of_another_trace_span_flag_or_thread_do_not_merge(core: str) -> None:
    expected = [[1, 1, 1, 2], [1, 2, 1, 2], [2, 1, 1, 2], [1, 1, 0, 2], [0, 0, 0, 2], [0, 0, 0, 1]]
    assert played("places", core) == expected


def test_a_window_forgets_its_oldest_record_and_loses_no_event(core: str) -> None:
    assert played("many", core) == {"records": 34, "stands for": 48}


def test_a_merged_event_counts_in_each_destination(core: str) -> None:
    assert played("both", core) == [[4], 0, [4]]


def test_without_a_destination_events_are_counted_only(core: str) -> None:
    counts, limited_but_counted, span_events = played("counted", core)
    assert (counts["seen"], counts["counted"], counts["kept"]) == (4, 3, 1)
    assert limited_but_counted == 3
    assert span_events == 1


def test_globs_decide_on_unknown_names_by_characters(core: str) -> None:
    assert played("globs", core) == {
        "no.but.named": [2, 0, 1],
        "app.": [2, 1, 0],
        "app.x": [2, 1, 0],
        "app.none.x": [0, 3, 0],
        "é1": [2, 0, 1],
        "éé": [2, 0, 1],
        "abc": [2, 0, 1],
        "a\U0001f40dc": [2, 0, 1],
        "aéc": [2, 0, 1],
        "xüx": [2, 0, 1],
        "ü": [2, 0, 1],
        "a*c": [2, 0, 1],
    }


def test_a_core_tells_the_rule_that_holds_for_an_id(core: str) -> None:
    assert played("policies", core) == [[True, 2, 3.0], [True, 4, 0.0], [True, 2, 7.0]]


def test_names_past_the_table_count_as_other_and_travel_with_the_record(core: str) -> None:
    names, total, other, interned, stat, last = played("many_names", core)
    # Interned in turn: an `app.` and a `skip.` each, so half of the 512 places are ignored names.
    assert (names, interned) == (257, 512)
    assert total == 600
    assert other == stat == 600 - 256
    assert last == "app.599"


def test_names_over_128_bytes_are_messages_and_count_as_other(core: str) -> None:
    found = played("long_names", core)
    assert [name for name, _, _ in found] == ["x" * 128, "other", "other", "é" * 64, "other", "other"]
    bounded = [name for _, name, _ in found]
    assert bounded[0] is None
    assert bounded[1:3] == ["x" * 128, "y" * 128]
    assert bounded[4] == "é" * 64
    assert bounded[5].startswith("user né")
    assert found[1][2] == ["argument"]


def test_any_text_can_be_a_name(core: str) -> None:
    assert played("odd_names", core) == ["", " ", "näme\n", "other", "\U0001f40d", "otel_audit.armed.not"]


def test_names_that_are_not_selected_are_not_seen(core: str) -> None:
    assert played("ignored", core) == ["app.on"]


def test_a_new_plan_begins_at_zero(core: str) -> None:
    assert played("reconfigured", core) == [["app.b"], [2], 65536]


def test_other_has_a_rule_of_its_own(core: str) -> None:
    found = played("other_rule", core)
    assert (found["kept"], found["sampled_out"]) == (3, 0)
