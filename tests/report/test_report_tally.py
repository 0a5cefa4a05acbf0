"""Counts by subject are exact, and bounded."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from otel_audit.report.subjects import Subject
from otel_audit.report.tally import MAX_NAMES, MAX_SUBJECTS, OTHER, Tally


def test_a_subject_counts_by_what_was_done_and_by_request() -> None:
    tally = Tally()
    tally.add(Subject("peers", "db:5432", "socket.connect"), 2, "GET /", 20)
    tally.add(Subject("peers", "db:5432", "socket.connect"), 1, "", 30)
    tally.add(Subject("peers", "db:5432", "http.client.connect"), 1, "GET /", 40)
    (row,) = tally.ranked()
    assert row[0] == "db:5432"
    assert row[1].total == 4
    assert row[1].events == {"socket.connect": 3, "http.client.connect": 1}
    assert row[1].requests == {"GET /": 3, "": 1}
    assert row[1].first_ns == 20


def test_most_events_come_first_and_equals_in_order_of_time() -> None:
    tally = Tally()
    for number, key in enumerate(("late", "early", "many", "many")):
        tally.add(Subject("read", key, "open"), 1, "", -number if key == "early" else number)
    assert [key for key, _ in tally.ranked()] == ["many", "early", "late"]


def test_what_is_searched_for_is_the_key_unless_said_otherwise() -> None:
    tally = Tally()
    tally.add(Subject("processes", "ls '-l'", "os.system", "ls -l"), 1, "", 1)
    tally.add(Subject("processes", "true", "os.system"), 1, "", 1)
    assert {key: entry.find for key, entry in tally.ranked()} == {"ls '-l'": "ls -l", "true": "true"}


@given(st.lists(st.tuples(st.integers(0, 2 * MAX_SUBJECTS), st.integers(0, 2 * MAX_NAMES), st.integers(1, 9))))
def test_nothing_is_lost_to_the_bounds(given: list[tuple[int, int, int]]) -> None:
    tally = Tally()
    for key, name, number in given:
        tally.add(Subject("read", str(key), f"event {name}"), number, f"request {name}", 1)
    entries = [entry for _, entry in tally.ranked()] + ([tally.other] if tally.other else [])
    assert sum(entry.total for entry in entries) == sum(number for *_, number in given)
    assert sum(sum(entry.requests.values()) for entry in entries) == sum(number for *_, number in given)


def test_subjects_and_names_are_bounded() -> None:
    tally = Tally()
    for number in range(MAX_SUBJECTS + 7):
        tally.add(Subject("read", f"/f/{number}", "open"), 1, "", number)
    for number in range(MAX_NAMES + 5):
        tally.add(Subject("read", "/f/0", f"event {number}"), 1, f"request {number}", 0)
    assert len(tally.rows) == MAX_SUBJECTS
    assert tally.other is not None
    assert tally.other.total == 7
    entry = tally.rows["/f/0"]
    assert len(entry.events) == len(entry.requests) == MAX_NAMES + 1
    assert entry.events[OTHER] == 6  # `open` took a place too
    assert entry.total == MAX_NAMES + 6
