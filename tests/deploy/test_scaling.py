"""The capacity model: what it says follows from what it is given."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest

from tests.conftest import ROOT
from tools.scaling.model import MEANING, Inputs, described, fleet, loads, samplers
from tools.scaling.ring import ring, sampler_of, shares

GIVEN = Inputs(
    logs_per_request=2.0,
    log_bytes=400.0,
    log_bytes_packed=40.0,
    span_bytes=1000.0,
    span_bytes_packed=100.0,
    metric_bytes=6000.0,
    metric_bytes_packed=2000.0,
    points=30.0,
    cpu_ms=0.5,
    collector_cpu_ms_per_mb=20.0,
)


def test_every_input_has_unit_origin_and_meaning() -> None:
    rows = list(described(GIVEN))
    assert [name for name, *_ in rows] == [field.name for field in fields(Inputs)] == list(MEANING)
    measured = {name for name, _, _, origin, _ in rows if origin == "measured"}
    assert measured == {field.name for field in fields(Inputs) if field.default is field.default_factory}


def test_what_was_measured_is_on_record_and_is_all_that_the_model_needs() -> None:
    found = json.loads((ROOT / "docs" / "scaling.json").read_text(encoding="utf-8"))
    inputs = Inputs(**found["inputs"])
    assert all(value > 0 for _, value, *_ in described(inputs))
    assert inputs.log_bytes > inputs.log_bytes_packed
    assert found["check"]["logs"] == found["check"]["span_events"] == found["check"]["offered"]
    assert found["check"]["lost"] == 0


def test_a_fleet_of_ten_by_hand() -> None:
    even = replace(GIVEN, spread=0.0, peak=1.0)
    ten = fleet(even, 10)
    assert ten.requests == pytest.approx(200.0)
    assert ten.records == pytest.approx(400.0)
    assert ten.mb == pytest.approx((200 * 1000 + 400 * 400 + 10 / 60 * 6000) / 1e6)
    assert ten.logs_gb == pytest.approx(400 * 40 * 86_400 * 1.2 / 1e9)
    assert ten.metrics_gb == pytest.approx(10 / 60 * 30 * 86_400 * 1.5 / 1e9)
    assert ten.kafka_gb == pytest.approx((200 * 100 * 0.1 + 400 * 40 + 10 / 60 * 2000) * 86_400 * 3 / 1e9)
    assert ten.cores == pytest.approx(0.1)
    assert (ten.fronts, ten.samplers, ten.writers, ten.partitions) == (2, 2, 2, (1, 1, 1))


def test_more_processes_need_more_of_everything() -> None:
    small, large = fleet(GIVEN, 1_000), fleet(GIVEN, 100_000)
    assert large.fronts > small.fronts
    assert large.samplers > small.samplers
    assert large.writers > small.writers
    assert all(more >= less for more, less in zip(large.partitions, small.partitions, strict=True))
    assert large.logs_gb == pytest.approx(100 * small.logs_gb, rel=0.2)  # the loads are drawn


def test_the_mean_of_the_loads_is_the_one_that_is_given() -> None:
    drawn = loads(GIVEN, 200_000)
    assert sum(drawn) / len(drawn) == pytest.approx(GIVEN.requests_per_s, rel=0.02)
    assert max(drawn) > 10 * GIVEN.requests_per_s


def test_samplers_are_sized_for_the_fullest() -> None:
    cells, number, skew = samplers(50.0, 1.0, 100)
    assert cells == 1
    assert skew > 1
    assert 50.0 * shares(number)[0] <= 1.0
    assert number > 50


def test_more_samplers_than_a_ring_has_places_for_go_into_cells() -> None:
    cells, number, _ = samplers(1000.0, 1.0, 100)
    assert cells > 10
    assert number <= 100
    assert 1000.0 / cells * shares(number)[0] <= 1.0


def test_the_ring_gives_every_trace_to_one_sampler_and_shares_add_up() -> None:
    places = ring(["10.0.0.1:4317", "10.0.0.2:4317"])
    assert {sampler_of(bytes([number] * 16), places) for number in range(64)} == {"10.0.0.1:4317", "10.0.0.2:4317"}
    assert sum(shares(7)) == pytest.approx(1.0)


def test_a_sampler_that_joins_takes_over_its_part_only() -> None:
    before, after = ring(["a:1", "b:1", "c:1"]), ring(["a:1", "b:1", "c:1", "d:1"])
    traces = [number.to_bytes(16, "big") for number in range(4000)]
    moved = [(sampler_of(one, before), sampler_of(one, after)) for one in traces]
    assert all(new in (old, "d:1") for old, new in moved)
    assert 0.15 < sum(old != new for old, new in moved) / len(moved) < 0.35
