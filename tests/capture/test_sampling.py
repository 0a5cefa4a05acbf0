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


def test_values_of_one_bits_difference_are_told_apart(core: str) -> None:
    found = played("near", core)
    assert found["kept"] == found["raised"] == 1152


def test_events_of_near_ids_do_not_merge(core: str) -> None:
    assert played("apart", core) == 0


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


def test_names_over_128_bytes_or_with_white_space_are_messages(core: str) -> None:
    found = played("messages", core)
    message = "message"
    assert [name for name, _, _ in found] == ["x" * 128, message, "é" * 64, message, message, message, message]
    texts = [text for _, text, _ in found]
    assert texts == [None, "x" * 129, None, "é" * 65, "User logged in: name=jane", "näme\n", "\t"]
    assert {values for _, _, values in found} == {"('argument', Size(length=4, type_name='bytes'))"}


def test_a_messages_text_is_cut_between_characters_and_says_so(core: str) -> None:
    cut = "y" * 1024 + "…"
    assert played("long_messages", core) == [
        "y" * 1024, cut, cut, "é" * 512, "é" * 512 + "…", "y" + "é" * 511 + "…"
    ]  # fmt: skip


def test_white_space_is_what_python_takes_for_it(core: str) -> None:
    assert played("white_space", core) is True


def test_messages_merge_by_their_whole_text(core: str) -> None:
    assert played("message_merges", core) == [2, 1, 2, 1, 1, 1, 1]


def test_first_tells_messages_apart_by_their_whole_text(core: str) -> None:
    found = played("message_first", core)
    assert (found["kept"], found["sampled_out"]) == (4, 2)


def test_a_message_goes_by_its_own_row_unless_the_plan_names_its_text(core: str) -> None:
    kept, ignored, interned = played("message_policy", core)
    assert kept == {"message": 1, "a named one": 1}
    assert ignored == []
    assert interned == 0


def test_messages_take_no_place_in_the_table(core: str) -> None:
    assert played("message_memory", core) == [{"message": 5000, "app.new": 1}, 1]


def test_any_text_can_be_a_name(core: str) -> None:
    expected = ["", "other", "message", "\U0001f40d", "otel_audit.armed.not"]  # ids of their own
    assert played("odd_names", core) == [[name, True] for name in expected]


def test_a_name_added_while_the_hook_listens_has_its_own_row_from_then_on(core: str) -> None:
    ids, found, sums, policies = played("added", core)
    assert ids == 5
    names = ["app.new", "app.known", "app.never", "message"]
    assert found[:4] == [[name, ["x", "before"], False] for name in names]
    names = ["app.new", "app.off", "app.known", "app.never", "a message"]
    assert found[4:] == [[name, ["x"], True] for name in names]
    counted = {name: [3, 2, 1] for name in ("app.new", "app.known", "app.never")}
    assert sums == {**counted, "app.off": [2, 1, 1], "a message": [2, 1, 1], "message": [1, 1, 0]}
    assert policies


def test_the_last_row_added_under_a_name_counts(core: str) -> None:
    assert played("added_again", core) == [True, [[0, 1], [1, 2], [3, 4]]]


def test_names_added_past_the_room_change_nothing(core: str) -> None:
    added, again, total, seen, interned, known = played("added_over", core)
    assert (added, again) == (1536 - 3, 0)
    assert total == 3201
    assert seen == [1]
    assert interned == 512  # names never seen before keep their room
    assert known == 1


def test_a_row_that_is_none_is_refused(core: str) -> None:
    errors, kept, armed = played("added_wrongly", core)
    assert len(errors) == 3
    assert kept == 1
    assert armed


def test_no_event_is_lost_or_counted_twice_while_names_are_added(core: str) -> None:
    assert played("added_under_load", core) == [600]


def test_names_that_are_not_selected_are_not_seen(core: str) -> None:
    assert played("ignored", core) == ["app.on"]


def test_a_new_plan_begins_at_zero(core: str) -> None:
    assert played("reconfigured", core) == [["app.b"], [2], 65536]


def test_other_has_a_rule_of_its_own(core: str) -> None:
    found = played("other_rule", core)
    assert (found["kept"], found["sampled_out"]) == (3, 0)
