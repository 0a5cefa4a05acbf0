"""The bytes of a request are those of the SDK, whichever encoder writes them."""

from __future__ import annotations

from typing import Any

import pytest

from otel_audit.errors import CoreUnavailable
from otel_audit.model import Record
from otel_audit.otlp import encoding
from otel_audit.otlp.encoding import Encoder
from tests.otlp.truth import Sdk

HEAD = {
    "event": "python.audit.open",
    "level": "debug",
    "python.audit.event": "open",
    "python.audit.group": "filesystem",
}
OBSERVED = 1_700_000_000_200_000_000
SDK = Sdk()
AROUND = encoding.envelope(SDK.resource, SDK.scope)


def a_record(**changes: Any) -> Record:
    made = Record(2, OBSERVED - 1, (7 << 64) + 9, 11, 3, 12, "MainThread", 0, 1, 0, 0, ())
    return made._replace(**changes)


def theirs(record: Record, fields: dict[str, Any]) -> bytes:
    SDK.emit(record, fields, OBSERVED)
    written: bytes = SDK.request().SerializeToString()
    return written


def ours(encoder: Encoder, record: Record, fields: dict[str, Any], head: dict[str, Any] = HEAD) -> bytes | None:
    written = encoder.record(encoder.template(head), record, fields, OBSERVED)
    assert AROUND is not None
    return None if written is None else encoding.request(AROUND, [written])


@pytest.fixture(params=("c", "python"))
def encoder(request: pytest.FixtureRequest) -> Encoder:
    """Every test that takes it runs on both."""
    return encoding.choose(request.param)[0]


@pytest.mark.parametrize(
    "changes",
    [{}, {"trace_id": 0}, {"span_id": 0}, {"trace_flags": 0}, {"trace_id": (1 << 128) - 1, "span_id": (1 << 64) - 1}],
)
def test_the_place_of_a_record(encoder: Encoder, changes: dict[str, int]) -> None:
    record, fields = a_record(**changes), {**HEAD, "message": "open /tmp/x"}
    assert ours(encoder, record, fields) == theirs(record, fields)


def test_the_places_of_records_one_after_the_other(encoder: Encoder) -> None:
    first: dict[str, Any] = {"trace_id": (5 << 64) + 9, "span_id": (1 << 63) + 1}
    fields, template = {**HEAD, "message": "line"}, encoder.template(HEAD)
    python = encoding.choose("python")[0]
    for changes in (
        {}, {}, {"trace_flags": 0}, {}, {"trace_id": (1 << 127) + 3}, {"span_id": 0}, {"trace_id": 0}, {},
        {"span_id": 1 << 64}, {}, {"trace_id": -1}, {}, {"trace_flags": -1}, {}, {"trace_id": 0, "span_id": "x"}, {},
    ):  # fmt: skip
        record = a_record(**first | changes)
        expected = python.record(python.template(HEAD), record, fields, OBSERVED)
        assert encoder.record(template, record, fields, OBSERVED) == expected


@pytest.mark.parametrize(
    "value",
    [
        "", "/tmp/x", "/tmp/\xe9\u20ac\U0001f600", "x" * 127, "x" * 128, "x" * 20_000, True, False, 0, 127, 128, -1,
        2**63 - 1, -(2**63), 0.0, -0.0, 1.5, float("inf"), (), [], ["a", "\xe9"], ("",), (True, False), [1, -1], (0.5,),
    ],
)  # fmt: skip
def test_a_value(encoder: Encoder, value: Any) -> None:
    record, fields = a_record(), {**HEAD, "some.key": value, "message": "line"}
    assert ours(encoder, record, fields) == theirs(record, fields)


class Text(str):
    pass


class Number(int):
    pass


@pytest.mark.parametrize(
    "value",
    [
        None, b"x", 2**63, -(2**63) - 1, "\ud800", ["\udfff"], [1, "a"], [1, True], [None], [2**63], {"a": 1}, {1},
        object(), Text("x"), Number(1), [Text("x")], 1j, ((1,),), [[]], range(3),
    ],
)  # fmt: skip
@pytest.mark.parametrize("key", ["some.key", "message"])
def test_what_the_sdk_would_change_or_refuse_is_left_to_it(encoder: Encoder, key: str, value: Any) -> None:
    assert ours(encoder, a_record(), {**HEAD, "message": "line", key: value}) is None


@pytest.mark.parametrize("key", ["", "\ud800", 1, Text("x"), None, ("a",)])
def test_so_is_a_key_it_would_drop(encoder: Encoder, key: Any) -> None:
    assert ours(encoder, a_record(), {**HEAD, "message": "line", key: "x"}) is None


@pytest.mark.parametrize("missing", ["event", "level", "message"])
def test_so_is_a_record_without_name_severity_or_body(encoder: Encoder, missing: str) -> None:
    fields = {**HEAD, "message": "line"}
    del fields[missing]
    assert ours(encoder, a_record(), fields) is None


@pytest.mark.parametrize("level", ["error", "INFO", "", None, 9, Text("info")])
def test_so_is_an_unknown_severity(encoder: Encoder, level: Any) -> None:
    assert ours(encoder, a_record(), {**HEAD, "message": "line", "level": level}) is None


@pytest.mark.parametrize(
    "changes",
    [{"time_ns": -1}, {"time_ns": 1 << 64}, {"trace_id": 1 << 128}, {"trace_id": -1}, {"span_id": 1 << 64},
     {"span_id": -1}, {"trace_flags": 1 << 32}, {"trace_flags": -1}],
)  # fmt: skip
def test_so_is_a_number_too_great_for_its_field(encoder: Encoder, changes: dict[str, int]) -> None:
    assert ours(encoder, a_record(**changes), {**HEAD, "message": "line"}) is None


def test_as_many_attributes_as_the_sdk_takes(encoder: Encoder) -> None:
    record, fields = a_record(), {**HEAD, "message": "line", **{f"key.{at}": at for at in range(126)}}
    assert ours(encoder, record, fields) == theirs(record, fields)
    fields["one.more"] = 1
    assert ours(encoder, record, fields) is None


def test_what_a_processor_changed_is_not_taken_from_the_template(encoder: Encoder) -> None:
    changes = {"event": "app.opened", "level": "warn", "python.audit.event": "else"}
    record, fields = a_record(), {**HEAD, "message": "line", **changes}
    assert ours(encoder, record, fields) == theirs(record, fields)
    record, fields = a_record(), {"message": "line", **dict(reversed(HEAD.items()))}
    del fields["python.audit.group"]
    assert ours(encoder, record, fields) == theirs(record, fields)


def test_of_a_head_what_cannot_be_encoded_is_left_to_the_record(encoder: Encoder) -> None:
    record, words = a_record(), ["a"]
    head: dict[str, Any] = {"event": "e", "level": "info", "words": words, "odd": object(), "bad": "\ud800"}
    template = encoder.template(head)
    fields = {**head, "odd": 1, "bad": "good", "message": "line"}
    words.append("b")
    written = encoder.record(template, record, fields, OBSERVED)
    assert AROUND is not None
    assert written is not None
    assert encoding.request(AROUND, [written]) == theirs(record, fields)
    assert encoder.record(template, record, {**head, "message": "line"}, OBSERVED) is None


def test_many_records_in_one_request(encoder: Encoder) -> None:
    template, written = encoder.template(HEAD), []
    for at in range(300):
        record, fields = a_record(time_ns=OBSERVED + at, span_id=at), {**HEAD, "n": at, "message": f"line {at}"}
        SDK.emit(record, fields, OBSERVED)
        encoded = encoder.record(template, record, fields, OBSERVED)
        assert encoded is not None
        written.append(encoded)
    assert AROUND is not None
    assert encoding.request(AROUND, written) == SDK.request().SerializeToString()


def test_an_envelope_of_what_only_the_sdk_can_encode_is_none() -> None:
    class Scope:
        name, version, attributes, schema_url = "n", None, {"key": b"bytes"}, None

    assert encoding.envelope(SDK.resource, Scope()) is None


def test_the_python_encoder_by_name() -> None:
    encoder, reason = encoding.choose("python")
    assert (encoder.encoder_name, reason) == ("python", "asked for by name")


def test_no_c_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "otel_audit.otlp._encode", None)
    encoder, reason = encoding.choose("auto")
    assert encoder.encoder_name == "python"
    assert reason.startswith("no C encoder for CPython")
    with pytest.raises(CoreUnavailable, match="no C encoder"):
        encoding.choose("c")
