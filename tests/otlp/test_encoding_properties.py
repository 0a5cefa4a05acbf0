"""Both encoders write what the SDK writes, of every event there is and of anything a processor could put in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz.properties import PLAN, RECORDS, TEXTS
from fuzz.records import NamedCore
from otel_audit.chain import Chain
from otel_audit.contract import Core
from otel_audit.events import CATALOGUE
from otel_audit.model import Record
from otel_audit.otlp import encoding
from otel_audit.processors import RESERVED
from tests.otlp.truth import SEVERITY, Sdk

ENCODERS = tuple(encoding.choose(name)[0] for name in ("c", "python"))
SDK = Sdk()
OBSERVED = 1_700_000_000_200_000_000
SAMPLES: dict[str, Any] = json.loads(files("otel_audit").joinpath("cli/samples.json").read_text("utf-8"))


def placed(time_ns: int, trace_id: int = 0, span_id: int = 0, flags: int = 0) -> Record:
    return Record(2, time_ns, trace_id, span_id, flags, 1, "", 0, 1, 0, 0, ())


def encoded(record: Record, fields: dict[str, Any], head: Mapping[str, Any]) -> bytes | None:
    """By both encoders alike; as a request."""
    made = [encoder.record(encoder.template(head), record, fields, OBSERVED) for encoder in ENCODERS]
    assert made[0] == made[1]
    around = encoding.envelope(SDK.resource, SDK.scope)
    assert around is not None
    return None if made[0] is None else encoding.request(around, [made[0]])


def truth(record: Record, fields: dict[str, Any]) -> bytes:
    SDK.emit(record, fields, OBSERVED)
    written: bytes = SDK.request().SerializeToString()
    return written


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_every_event_of_the_catalogue(name: str) -> None:
    fields = SAMPLES[name]["record"]
    head = {key: fields[key] for key in ("event", "level", "python.audit.event", "python.audit.group")}
    record = placed(OBSERVED - 9, *(int(fields.get(key, "0"), 16) for key in ("trace_id", "span_id", "trace_flags")))
    assert encoded(record, fields, head) == truth(record, fields)


CHAIN = Chain(PLAN, cast(Core, NamedCore()), "default")


@settings(max_examples=300)
@given(RECORDS)
def test_whatever_the_chain_makes_of_a_record(record: Record) -> None:
    described = CHAIN(record)
    assert described is not None
    assert encoded(record, described.fields, CHAIN.event(record.event_id).head) == truth(record, described.fields)


ANY_TEXT = st.one_of(TEXTS, st.text(st.characters(), max_size=20), st.sampled_from(["\ud800", "a\udfff", ""]))
INTS = st.one_of(st.integers(-(1 << 63), (1 << 63) - 1), st.integers(), st.sampled_from([1 << 63, -(1 << 63) - 1]))


class Text(str):
    pass


SCALARS: st.SearchStrategy[Any] = st.one_of(ANY_TEXT, INTS, st.floats(), st.booleans())
STRANGE: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.binary(max_size=3), st.builds(Text, TEXTS), st.builds(object), st.complex_numbers(),
    st.dictionaries(ANY_TEXT, SCALARS, max_size=2), st.just(range(2)), st.just({1}),
)  # fmt: skip
ARRAYS = st.one_of(*(st.lists(kind, max_size=4) for kind in (ANY_TEXT, INTS, st.floats(), st.booleans(), SCALARS)))
VALUES = st.one_of(SCALARS, ARRAYS, ARRAYS.map(tuple), STRANGE, st.lists(ARRAYS, max_size=2))
KEYS: st.SearchStrategy[Any] = st.one_of(
    TEXTS, ANY_TEXT, st.sampled_from(sorted(RESERVED)), st.text("ab", max_size=2),
    st.integers(), st.none(), st.builds(Text, TEXTS),
)  # fmt: skip
HEADS = st.dictionaries(st.one_of(TEXTS, st.sampled_from(sorted(RESERVED))), VALUES, max_size=5)
NUMBERS = st.one_of(st.integers(-1, 1 << 129), st.sampled_from([0, 1, 255, 1 << 32, 1 << 64, (1 << 128) - 1]))


def fits(record: Record, fields: dict[Any, Any]) -> bool:
    """Whether the SDK would take it as it is, said a second time."""
    attributes = {key: value for key, value in fields.items() if type(key) is not str or key not in RESERVED}
    named = type(fields.get("event")) is str and _is_text(fields["event"])
    severe = type(fields.get("level")) is str and fields["level"] in SEVERITY
    keys = all(type(key) is str and key and _is_text(key) for key in attributes)
    if not (named and severe and keys and len(attributes) <= 128 and 0 <= record.time_ns < 1 << 64):
        return False
    ids = record.span_id in range(1 << 64) and record.trace_flags in range(1 << 32)
    somewhere = record.trace_id == 0 or (0 < record.trace_id < 1 << 128 and ids)
    return somewhere and all(map(_is_value, [*attributes.values(), fields.get("message")]))


def _is_text(value: str) -> bool:
    return not any(0xD800 <= ord(character) < 0xE000 for character in value)


def _is_value(value: Any) -> bool:
    if type(value) in (list, tuple):
        kinds = {type(item) for item in value}
        return not kinds & {list, tuple} and len(kinds) < 2 and all(map(_is_value, value))
    if type(value) is int:
        return -(1 << 63) <= value < 1 << 63
    return _is_text(value) if type(value) is str else type(value) in (bool, float)


@settings(max_examples=400)
@given(st.data())
def test_anything_else_is_encoded_alike_or_left_to_the_sdk(data: st.DataObject) -> None:
    head = {"event": "e", "level": "info", **data.draw(HEADS)}
    fields: dict[Any, Any] = {"message": "line", **head, **data.draw(st.dictionaries(KEYS, VALUES, max_size=5))}
    if data.draw(st.booleans()):
        fields = {key: value for key, value in fields.items() if type(value) in (str, int, float, bool, tuple)}
    for removed in data.draw(st.sets(st.sampled_from(sorted(fields, key=str)), max_size=1)):
        del fields[removed]
    time_ns, *place = [data.draw(NUMBERS) if data.draw(st.booleans()) else 1 for _ in range(4)]
    record = placed(time_ns, *place)
    made = encoded(record, fields, head)
    assert (made is not None) == fits(record, fields)
    if made is not None:
        assert made == truth(record, fields)


@given(st.text(st.characters(blacklist_categories=["Cs"])), st.integers(0, 3))
def test_text_of_every_width(text: str, power: int) -> None:
    record, head = placed(1), {"event": "e", "level": "info"}
    fields = {**head, "key": text * 50**power, "message": text}
    assert encoded(record, fields, head) == truth(record, fields)
