"""A check that cannot fail finds nothing: each law, broken on purpose."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from fuzz.account import Account, Imbalance, same
from fuzz.described import Wrong, check_attributes, timed
from fuzz.encoded import Unlike
from fuzz.encoded import check as check_encoded
from fuzz.layout import Malformed, walk
from fuzz.plans import Oracle, read, special
from fuzz.source import Source
from otel_audit import wire
from otel_audit.capture.stats import STATS
from otel_audit.model import Described, Plan, UnknownPlan
from otel_audit.otlp import _encode
from tests.sinks.fakes import FakeCore, record

PLAN = Plan(special())


def changed(data: bytes, at: int, to: int) -> bytes:
    return data[:at] + bytes((to,)) + data[at + 1 :]


def test_a_record_of_the_layout_is_walked_to_its_end() -> None:
    data = record("app.e", "text", 5, None)
    assert walk(data + data, 0) == (len(data), 1)
    assert walk(data + data, len(data)) == (2 * len(data), 1)


@pytest.mark.parametrize(
    ("at", "to"),
    [
        (0, 75),  # not a multiple of 8
        (4, 2),  # version
        (8, 0),  # stands for no event
        (61, 3),  # one value more than there are
        (64, 200),  # bytes of values
        (68, 1),  # a section that is not there
        (82, 16),  # a tag that is none
        (95, 1),  # padding
    ],
)
def test_what_no_core_writes_is_noticed(at: int, to: int) -> None:
    data = record("app.e", "text", None)
    assert len(data) == 96
    with pytest.raises((Malformed, IndexError, struct.error)):
        walk(changed(data, at, to), 0)


def test_a_text_that_is_cut_inside_a_character_is_noticed() -> None:
    with pytest.raises(UnicodeDecodeError):
        walk(record("app.e", "é").replace("é".encode(), b"\xc3x"), 0)


class Books(FakeCore):
    """A core with counters and records to choose."""

    def __init__(self, row: tuple[int, ...], *records: bytes, **stats: int) -> None:
        super().__init__(*records)
        self.counts = [(2, row)]
        self.extra = {**dict.fromkeys(STATS, 0), **stats}

    def stats(self) -> dict[str, int]:
        return dict(self.extra)


def account(row: tuple[int, ...], *records: bytes, expected: int = 1, **stats: int) -> Account:
    core: Any = Books(row, *records, **stats)
    made = Account(core, PLAN)
    made.expected = expected
    made.drain(1 << 20)
    return made


def test_books_that_balance_are_left_alone() -> None:
    account((1, 1, 0, 0, 0, 0, 0), record(), ring_kept=1).check()


@pytest.mark.parametrize(
    ("row", "expected", "stats"),
    [
        ((2, 1, 0, 0, 0, 0, 0), 2, {"ring_kept": 1}),  # seen, and nothing became of it
        ((1, 1, 0, 0, 0, 0, 0), 2, {"ring_kept": 1}),  # raised, and not seen
        ((1, 1, 0, 0, 0, 0, 0), 1, {"ring_kept": 2}),  # kept, and not drained
        ((1, 1, 0, 0, 0, 0, 0), 1, {"ring_kept": 1, "span_kept": 1}),  # buffered, and not taken
        ((1, 1, 0, 0, 0, 0, 0), 1, {"ring_kept": 1, "ring_bytes": 8}),
    ],
)
def test_books_that_do_not_balance_are_noticed(row: tuple[int, ...], expected: int, stats: dict[str, int]) -> None:
    with pytest.raises(Imbalance):
        account(row, record(), expected=expected, **stats).check()


def test_twins_may_differ_in_time_only() -> None:
    row = (1, 1, 0, 0, 0, 0, 0)
    one = account(row, record("app.e", 1))
    same([one, account(row, record("app.e", 1, time_ns=7))])
    with pytest.raises(Imbalance, match="twins"):
        same([one, account(row, record("app.e", 2))])
    with pytest.raises(Imbalance, match="records"):
        same([one, account(row, record("app.e", 1), record("app.e", 1))])


@pytest.mark.parametrize(
    "attributes",
    [
        {"": "x"},
        {"a.b": None},
        {"a.b": 1 << 63},
        {"a.b": ["x", 1]},
        {"a.b": [["x"]]},
        {"a.b": "x" * 70_000},
        {"a.b": {"x": 1}},
    ],
)
def test_an_attribute_that_no_exporter_takes_is_noticed(attributes: dict[str, Any]) -> None:
    with pytest.raises(Wrong):
        check_attributes(attributes)


def test_a_key_of_two_types_is_noticed() -> None:
    check_attributes({"test.two.types": 1})
    with pytest.raises(Wrong, match="elsewhere"):
        check_attributes({"test.two.types": "1"})


def test_a_lone_surrogate_is_noticed() -> None:
    with pytest.raises(UnicodeEncodeError):
        check_attributes({"a.b": "\udcff"})


def test_what_costs_too_much_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fuzz.described.CPU_SECONDS", -1.0)
    with pytest.raises(Wrong, match="processor time"):
        timed(len, "x")


def test_the_oracle_says_which_names_a_plan_counts() -> None:
    unknown = UnknownPlan(selected=False, include=("app.*",), exclude=("*.b",))
    oracle = Oracle(Plan(special(), unknown=unknown))
    assert [oracle.selects(name) for name in ("app.a", "app.b", "web.a")] == [True, False, False]
    assert oracle.selects("a sentence of an application")
    oracle.add("web.a", True)
    assert oracle.selects("web.a")


def test_an_input_reads_to_a_plan_that_cores_take() -> None:
    for seed in range(64):
        plan = read(Source(bytes((seed, 3 * seed & 255, 7)) * 30), exact=True)
        assert [event.name for event in plan.events[:2]] == ["other", "message"]
        assert len({event.name for event in plan.events}) == len(plan.events)


def test_a_record_the_reader_writes_is_read() -> None:
    from fuzz.records import written

    source = Source(bytes(range(256)) * 8)
    while not source.done:
        wire.decode(written(source))


class Encoder:
    """The C one, and what it makes of fields and bytes that were changed on the way."""

    encoder_name = "broken"

    def __init__(self, fields: Any = dict, written: Any = lambda made: made) -> None:
        self.fields, self.written = fields, written

    def template(self, head: Any, /) -> Any:
        return _encode.template(head)

    def record(self, template: Any, record: Any, fields: Any, observed_ns: int, /) -> Any:
        return self.written(_encode.record(template, record, self.fields(fields), observed_ns))

    def span_event(self, name: str, time_ns: int, fields: Any, last: Any, /) -> Any:
        return _encode.span_event(name, time_ns, fields, last)


class OfEvents(Encoder):
    """Right of records, and of span events what it is told."""

    def span_event(self, name: str, time_ns: int, fields: Any, last: Any, /) -> Any:
        return self.written(_encode.span_event(name, time_ns, self.fields(fields), last))

    def record(self, template: Any, record: Any, fields: Any, observed_ns: int, /) -> Any:
        return _encode.record(template, record, fields, observed_ns)


def encodable() -> Described:
    fields = {"event": "python.audit.open", "level": "info", "file.path": "/x", "thread.id": 7, "message": "open /x"}
    return Described(wire.decode(record("open", "/x")), fields)


def test_bytes_of_a_record_are_read_back() -> None:
    check_encoded(encodable(), [Encoder(), Encoder()])
    check_encoded(encodable())


@pytest.mark.parametrize(
    "broken",
    [
        Encoder(lambda fields: {**fields, "file.path": "/y"}),
        Encoder(lambda fields: {**fields, "message": "else"}),
        Encoder(lambda fields: {**fields, "thread.id": True}),
        Encoder(lambda fields: {key: value for key, value in fields.items() if key != "thread.id"}),
        Encoder(written=lambda made: None),
        Encoder(written=lambda made: made or b""),
        OfEvents(lambda fields: {**fields, "file.path": "/y"}),
        OfEvents(written=lambda made: None),
        OfEvents(written=lambda made: made + b"\x12\x01x"),
    ],
)
def test_bytes_that_are_not_the_record_s_are_noticed(broken: Encoder) -> None:
    with pytest.raises(Unlike):
        check_encoded(encodable(), [broken, broken])


def test_an_encoder_that_is_not_like_its_twin_is_noticed() -> None:
    with pytest.raises(Unlike):
        check_encoded(encodable(), [Encoder(), Encoder(written=lambda made: made and made + b"\x12\x00")])
