"""Law: both cores make the same of the same events."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from otel_audit.application import Code
from otel_audit.model import Kind, RuleKind
from tests.capture.table import ROWS
from tests.conftest import CORES, ROOT, environment
from tests.laws.programs.twin import At


class Player:
    """A process that plays batches on one core."""

    def __init__(self, core: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(ROOT / "tests/laws/programs/twin.py"), core],
            env=environment({}),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def play(self, batch: dict[str, Any]) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        pickle.dump(batch, self._process.stdin)
        self._process.stdin.flush()
        return pickle.load(self._process.stdout)

    def stop(self) -> int:
        self._process.communicate(timeout=30)
        return self._process.returncode


@pytest.fixture(scope="module")
def players() -> Iterator[list[Player]]:
    both = [Player(core) for core in CORES]
    yield both
    assert [player.stop() for player in both] == [0, 0]


RULES = st.sampled_from(
    [
        (RuleKind.ALL, 0.0),
        (RuleKind.RATIO, 1.0),  # every one
        (RuleKind.RATIO, 1e-300),  # none
        (RuleKind.RATE, 1e-6),  # one, then none for days
        (RuleKind.RATE, 1e15),  # no limit
        (RuleKind.FIRST, 0.0),
        (RuleKind.IN_TRACE, 0.0),
    ]
).map(lambda rule: (int(rule[0]), rule[1]))
KINDS = st.lists(st.sampled_from(Kind), max_size=6).map(bytes)
NAMES = (
    "app.a", "app.b", "app.c", "appé.d", "x" * 128, "a named message", "x" * 129, "é" * 64, "é" * 70, "other",
    "message", "nø.name", "", "a message", "tab\there", "wide\u3000space", "z" * 1023 + "é" * 40, "z" * 1023 + "é" * 41,
)  # fmt: skip
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
CHANCES = st.sampled_from((0.0, 1.0))
EVENT = st.tuples(st.booleans() | st.just(True), KINDS, RULES, st.booleans(), CHANCES, CHANCES).map(
    lambda row: (row[0], row[1], *row[2], row[3], row[4], max(row[4:]))
)
MESSAGE = EVENT.map(lambda row: ("message", *row))
EVENTS = st.tuples(
    MESSAGE,
    st.lists(
        st.tuples(st.sampled_from(NAMES[:6]), EVENT).map(lambda row: (row[0], *row[1])),
        max_size=4,
        unique_by=lambda row: row[0],
    ),
).map(lambda rows: (("other", True, bytes((Kind.TEXT,)), 0, 0.0, True, 1.0, 1.0), rows[0], *rows[1]))
GLOBS = st.lists(st.text("*?.abpxé", max_size=6), max_size=3)
FLAT = GLOBS.map(lambda globs: tuple((glob, 0, 0.0) for glob in globs))
SAMPLING = st.lists(st.tuples(st.text("*?.apé", max_size=5), RULES), max_size=3).map(
    lambda rows: tuple((glob, *rule) for glob, rule in rows)
)
LOCATED = GLOBS.map(lambda globs: tuple((glob, 0, 1.0) for glob in globs))
UNKNOWN = st.tuples(st.booleans() | st.just(True), FLAT, FLAT, SAMPLING, RULES, KINDS, LOCATED, CHANCES).map(
    lambda row: (*row[:4], *row[4], *row[5:])
)
CODE = tuple((prefix, int(code)) for prefix, code in (
    ("/lib/loop/run.py", Code.RUNNER), ("/lib/loop/", Code.LOOP), ("/lib/", Code.LIBRARY),
    ("/site/é", Code.APPLICATION), ("/site/", Code.INSTALLED), ("/w\u20ac/", Code.INSTALLED),
    ("<frozen ", Code.LIBRARY),
))  # fmt: skip
OPTIONS = st.tuples(
    st.sampled_from((1, 1, 1, 0, 2)), st.booleans() | st.just(True), st.just(1 << 22), st.integers(0, 4), st.just(CODE)
)
FILES = st.sampled_from((
    "/lib/loop/run.py", "/lib/loop/base.py", "/lib/x.py", "/site/x.py", "/site/é/x.py", "/w\u20ac/x.py",
    "/w\u20ad/x.py",
    "/app.py", "é.py", "/\U0001f600.py", "/" + "long/" * 300, "<frozen x>", "/lib/\udcff.py", "",
))  # fmt: skip

TEXT = st.text(st.characters(), max_size=6)  # lone surrogates too
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(1 << 65), 1 << 65)
    | st.floats()
    | TEXT
    | st.binary(max_size=6)
    | st.integers(0, len(ROWS) - 1).map(At)
)
# Long values meet the bound of a record; the same value twice within a window merges.
LONG = st.integers(900, 1400).map(lambda length: "é" * length) | st.integers(1000, 1100).map(
    lambda length: "x" * length
)
VALUES = SCALARS | LONG | st.lists(SCALARS, max_size=4) | st.lists(LONG, max_size=8) | st.tuples(TEXT, SCALARS)
FEW = st.sampled_from((("same",), (1, 2), ()))
ARGUMENTS = FEW | st.lists(VALUES, max_size=8).map(tuple)
IDS = st.sampled_from((0, 1, (1 << 64) - 1))
FOREIGN = st.just("proxy") | st.tuples(
    st.sampled_from((0, 1, 1 << 127, 1 << 128, -1, "x", True)),
    st.sampled_from((0, 1, 1 << 64, -1, None)),
    st.booleans(),
    st.sampled_from((0, 1, 255, 256, -1, None)),
)
SPANS = st.integers(0, 3)
WHO = st.sampled_from((b"", b"http.route\0/a", b"w" * 512, b"w" * 513))
CALL = st.one_of(
    st.tuples(st.just("audit"), st.sampled_from(NAMES), ARGUMENTS),
    st.tuples(st.just("audit"), st.sampled_from(NAMES[:3]), FEW),
    st.tuples(st.just("audit"), st.sampled_from(NAMES) | TEXTS, FEW),
    st.tuples(st.just("add"), st.sampled_from(NAMES) | TEXTS, EVENT),
    st.tuples(st.just("open"), SPANS, st.integers(1, 3), IDS, st.integers(0, 255), WHO),
    st.tuples(st.just("use"), SPANS),
    st.tuples(st.just("use"), st.just(9)),  # no span
    st.tuples(st.just("foreign"), FOREIGN),
    st.tuples(st.just("foreign"), FOREIGN | st.sampled_from(((), (1, 2, False), None, "text"))),
    st.tuples(st.just("suppress"), st.sampled_from((True, False, None, 0, 1, 1 << 70, "", "yes"))),
    st.tuples(st.just("close"), SPANS),
    st.tuples(st.just("forget"), SPANS),
    st.tuples(st.just("within"), st.lists(FILES, max_size=4).map(tuple)),
    st.tuples(st.just("loop"), st.sampled_from((None, "", "Task-7", "x" * 200, "é" * 90, "proxy", "\udcff"))),
    st.tuples(st.just("drain")),
    st.tuples(st.just("turn")),
)
BATCH = st.fixed_dictionaries(
    {"events": EVENTS, "unknown": UNKNOWN, "options": OPTIONS, "calls": st.lists(CALL, max_size=40)}
)


ENDED: dict[str, Any] = {
    "events": (("other", True, b"", 0, 0.0), ("message", True, b"", 0, 0.0)),
    "unknown": (True, (), (), (), 0, 0.0, bytes((Kind.AUTO,)), (), 0.0),
    "options": (1, True, 1 << 16, 4, ()),
    "calls": [
        ("open", 0, 1, 1, 1, b""),
        ("use", 0),
        ("audit", "app.a", ("same",)),
        ("close", 0),
        ("audit", "app.a", ("same",)),
    ],
}
"""Equal events on both sides of a span's end."""


@example(ENDED)
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(BATCH)
def test_both_cores_make_the_same_of_the_same_events(players: list[Player], batch: dict[str, Any]) -> None:
    compiled, python = (player.play(batch) for player in players)
    assert compiled == python


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(BATCH)
def test_what_a_batch_saw_is_what_became_of_it(players: list[Player], batch: dict[str, Any]) -> None:
    found = players[0].play(batch)
    for _, _, (seen, *outcomes) in found["counters"]:
        assert seen == sum(outcomes)
