"""Hypothesis on describe and redaction, for the smallest value that breaks them: python -m fuzz.properties"""

from __future__ import annotations

import argparse
from typing import Any, cast

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from fuzz import plans, texts, worker
from fuzz.described import check, timed
from fuzz.outcome import LEVELS
from fuzz.records import NamedCore
from fuzz.tally import Tally
from otel_audit.chain import Chain
from otel_audit.contract import Core
from otel_audit.model import MISSING, CodeRef, Items, Location, Opaque, Plan, Record, Size

ROUND = 500
"""Examples of one run of hypothesis, which remembers all of them."""

PLAN = Plan((*plans.special(), *plans.catalogue()))
TEXTS = st.one_of(
    st.sampled_from(texts.TEXTS).map(lambda text: text.encode("utf-8", "backslashreplace").decode()),
    st.text(st.characters(blacklist_categories=["Cs"]), max_size=80),
    st.text("-=:/@?& '\"ap.[]{}\\\n", max_size=60),
    st.builds("{}{}{}".format, st.sampled_from(("--password=", "https://a:", "token ", "PASS ")),
    st.text(max_size=9), st.just("@h")),
)  # fmt: skip
SCALARS: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.booleans(), st.integers(-(1 << 63), (1 << 64) - 1), st.floats(), TEXTS, st.builds(Opaque, TEXTS)
)
VALUES = st.one_of(
    SCALARS,
    st.just(MISSING),
    st.builds(Size, st.integers(0, (1 << 63) - 1), TEXTS),
    st.builds(CodeRef, TEXTS, TEXTS, st.integers(-(1 << 31), (1 << 31) - 1)),
    st.builds(lambda items, more: Items(tuple(items), len(items) + more), st.lists(SCALARS, max_size=6),
    st.integers(0, 3)),
)  # fmt: skip
RECORDS = st.builds(
    Record,
    event_id=st.integers(0, len(PLAN.events) + 3),
    time_ns=st.just(1),
    trace_id=st.sampled_from((0, 1, (1 << 128) - 1)),
    span_id=st.sampled_from((0, 1, (1 << 64) - 1)),
    trace_flags=st.integers(0, 255),
    thread_id=st.just(7),
    thread_name=TEXTS,
    interpreter=st.integers(0, 2),
    count=st.integers(1, 3),
    flags=st.integers(0, 3),
    argc=st.integers(0, 255),
    values=st.lists(VALUES, max_size=8).map(tuple),
    name=st.none() | TEXTS,
    who=st.dictionaries(st.sampled_from(("http.route", "user.id", "session.id")), TEXTS, max_size=3),
    on_event_loop=st.booleans(),
    task=st.none() | TEXTS,
    location=st.none() | st.builds(Location, TEXTS, TEXTS, st.integers(0, (1 << 32) - 1)),
)


def run(number: int, chains: list[Chain], tally: Tally) -> None:
    """One run of hypothesis."""

    @seed(number)
    @settings(
        max_examples=ROUND, deadline=None, database=None, suppress_health_check=list(HealthCheck), print_blob=False,
        phases=(Phase.generate, Phase.shrink),
    )  # fmt: skip
    @given(st.lists(RECORDS, min_size=1, max_size=8), st.sampled_from(chains))
    def held(records: list[Record], chain: Chain) -> None:
        for record in records:
            described, spent = timed(chain, record)
            assert described is not None
            check(described)
            tally.most("slowest_us", int(spent * 1e6))
        tally.add("described", len(records))
        tally.add("inputs")

    held()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m fuzz.properties", description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    first: int = parser.parse_args().seed
    tally, wanted = worker.tally(), worker.records()
    chains = [Chain(PLAN, cast(Core, NamedCore()), level) for level in LEVELS[-3:]]
    number = 0
    while tally["described"] < wanted:
        run(first * 1_000_003 + number, chains, tally)
        worker.measure(tally)
        number += 1
    worker.check_growth(tally, worker.GROWTH_KIB)


if __name__ == "__main__":
    main()
