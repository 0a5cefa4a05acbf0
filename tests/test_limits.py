"""Notices of rate limits."""

from __future__ import annotations

from typing import Any

from otel_audit.limits import LimitNotices
from otel_audit.model import Counts
from otel_audit.processors import RATE_LIMIT_NOTICE


def counters(**limited: int) -> list[tuple[int, Counts]]:
    return [(int(key[1:]), Counts(number + 1, 1, 0, number, 0, 0, 0)) for key, number in limited.items()]


def told(notices: LimitNotices, **limited: int) -> list[dict[str, Any]]:
    return [described.fields for described in notices.turn(counters(**limited))]


def test_nothing_is_said_while_nothing_is_limited() -> None:
    notices = LimitNotices(str)
    assert told(notices, _1=0, _2=0) == []
    assert told(notices, _1=0) == []


def test_one_notice_when_it_starts_and_one_when_it_stops() -> None:
    notices = LimitNotices(lambda event_id: f"app.{event_id}")
    turns = [told(notices, _1=number) for number in (3, 5, 9, 9, 9)]
    assert [len(each) for each in turns] == [1, 0, 0, 1, 0]
    (started,), (stopped,) = turns[0], turns[3]
    assert started["message"] == "rate limit on app.1 started dropping events, 3 so far"
    assert stopped["message"] == "rate limit on app.1 stopped dropping events, 9 in all"
    assert started["event"] == stopped["event"] == RATE_LIMIT_NOTICE
    assert (started["python.audit.bridge.limited"], stopped["python.audit.bridge.limited"]) == (3, 9)
    assert started["python.audit.event"] == "app.1"


def test_a_second_episode_counts_from_its_own_start() -> None:
    notices = LimitNotices(str)
    for number in (3, 3):
        told(notices, _1=number)
    again = [told(notices, _1=number) for number in (10, 12, 12)]
    assert again[0][0]["python.audit.bridge.limited"] == 7
    assert again[2][0]["python.audit.bridge.limited"] == 9


def test_events_are_told_apart() -> None:
    notices = LimitNotices(str)
    assert [each["python.audit.event"] for each in told(notices, _1=1, _2=0, _3=2)] == ["1", "3"]
    assert [each["python.audit.bridge.state"] for each in told(notices, _1=1, _2=1, _3=3)] == ["stopped", "started"]


def test_a_notice_is_in_no_trace() -> None:
    (described,) = LimitNotices(str).turn(counters(_1=1))
    assert (described.record.trace_id, described.record.span_id, described.record.time_ns > 0) == (0, 0, True)
    assert described.fields["level"] == "info"
