"""Every way a process may end: what must arrive arrives, once; what is lost is the last moment's and no more."""

from __future__ import annotations

import sys

import pytest

from tools.exits.measure import WAYS, Ended, Way, measure

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals end processes otherwise there")
FLUSH_MS, SCHEDULE_MS = 200, 300
SLACK_S = 4.0
"""An export, on a machine that has other things to do."""
INTERVALS = {
    "OTEL_PYTHON_AUDIT_FLUSH_INTERVAL": str(FLUSH_MS),
    "OTEL_BLRP_SCHEDULE_DELAY": str(SCHEDULE_MS),
    "OTEL_METRIC_EXPORT_INTERVAL": "600000",
}
UNHURRIED = {"OTEL_PYTHON_AUDIT_EXIT_TIMEOUT": "60000"}
"""The default is for production: on a machine that has other things to do, two seconds may be too short."""
ORDERLY = [way for way in WAYS if way.whole]
SUDDEN = [way for way in WAYS if not way.whole]
(KILLED,) = (way for way in WAYS if way.name == "SIGKILL")


SHORT = {**INTERVALS, "OTEL_METRIC_EXPORT_INTERVAL": "300"}
LONG_MS = "600000"
ROOM = {
    "OTEL_PYTHON_AUDIT_RING_SIZE": "16777216",
    "OTEL_BLRP_MAX_QUEUE_SIZE": "16384",
    "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE": "16384",
}
"""What is full goes at once, whatever the interval: here nothing fills."""


def name(way: Way) -> str:
    return way.name


@pytest.mark.parametrize("way", ORDERLY, ids=name)
def test_everything_arrives_before_an_orderly_end(way: Way, core: str) -> None:
    ended = measure(way, core, 0.5, **{**INTERVALS, **UNHURRIED, "OTEL_PYTHON_AUDIT_FLUSH_INTERVAL": "60000"})
    assert ended.code == way.code, ended.said
    assert ended.offered > 10
    assert (ended.delivered, ended.doubled, ended.gap) == (ended.offered, 0, False)
    assert ended.counted == ended.offered


@pytest.mark.parametrize("way", SUDDEN, ids=name)
def test_a_sudden_end_loses_the_last_moment_only(way: Way, core: str) -> None:
    ended = measure(way, core, 6.0, **INTERVALS)
    assert ended.code == way.code
    assert ended.delivered > 0
    assert (ended.doubled, ended.gap) == (0, False)
    assert ended.counted == 0
    assert ended.lost_s <= (FLUSH_MS + SCHEDULE_MS) / 1000 + SLACK_S


def test_what_a_sudden_end_loses_follows_each_interval(core: str) -> None:
    def ended(**longer: str) -> Ended:
        return measure(KILLED, core, 4.0, **{**SHORT, **ROOM, **longer})

    short = ended()
    assert short.delivered > 0
    assert short.counted > 0
    assert ended(OTEL_PYTHON_AUDIT_FLUSH_INTERVAL=LONG_MS).delivered == 0
    assert ended(OTEL_BLRP_SCHEDULE_DELAY=LONG_MS).delivered == 0
    assert ended(OTEL_METRIC_EXPORT_INTERVAL=LONG_MS).counted == 0
