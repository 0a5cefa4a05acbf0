"""Real processes with a secret in everything they do: nothing of any of them leaves, by any way, on either core."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from tests.secrets import left
from tests.secrets.left import How, Left
from tests.secrets.planting import Garden
from tests.secrets.scan import find

DATA = Path(__file__).parents[1] / "data" / "audit_events.csv"
MOST = 0.95
"""Of the secrets in captured arguments that are to be seen without redaction; the rest was cut off by the hook."""
CORES = ("c", "python")
WAYS: tuple[How, ...] = ("grpc", "http")
MARK = re.compile(r"\[redacted:\w+:([0-9a-f]{12})\]")


def names() -> set[str]:
    with DATA.open(encoding="utf-8") as file:
        return {f"python.audit.{row['event']}" for row in csv.DictReader(file)}


@pytest.fixture(scope="module", params=[(core, how) for core in CORES for how in WAYS], ids=" ".join)
def default(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Left:
    core, how = request.param
    return left.run("planted.py", how, tmp_path_factory.mktemp("planted"), OTEL_PYTHON_AUDIT_CORE=core)


def test_no_secret_leaves_the_process(default: Left) -> None:
    found = default.found()
    assert not found, "\n".join(sorted({each.what for each in found}))


def test_every_event_was_told_of_in_every_way(default: Left) -> None:
    assert len(default.planted) > 2_000
    assert names() <= default.names["logs"]
    assert names() <= default.names["traces"]
    assert len(default.data["metrics"]) > 1_000
    told = default.data["stream"] or default.data["stderr"]
    assert told.count(b"\n") > 2_000
    assert told.count(b"[redacted:") > 1_000


@pytest.mark.parametrize("core", CORES)
def test_without_redaction_most_are_found_and_what_is_never_captured_is_not(core: str, tmp_path: Path) -> None:
    """The test can fail: the same program, the same search."""
    shown = left.run("planted.py", "grpc", tmp_path, OTEL_PYTHON_AUDIT_CORE=core, OTEL_PYTHON_AUDIT_REDACT="off")
    found = shown.found()
    hidden = {each for each in shown.planted if each.hidden}
    assert not {each.what for each in found & hidden}
    assert len(hidden) > 700
    captured = set(shown.planted) - hidden
    assert len(found) > MOST * len(captured), sorted({each.what for each in captured - found})


@pytest.mark.parametrize("core", CORES)
def test_strict_tells_of_no_place(core: str, tmp_path: Path) -> None:
    told = left.run("places.py", "grpc", tmp_path, OTEL_PYTHON_AUDIT_CORE=core, OTEL_PYTHON_AUDIT_REDACT="strict")
    assert not {each.what for each in told.found()}
    assert told.data["stream"].count(b"[hashed:") > 50


def test_without_strict_the_places_are_told(tmp_path: Path) -> None:
    told = left.run("places.py", "grpc", tmp_path)
    assert {each.what for each in told.planted} == {each.what for each in told.found()}


def marks(told: Left) -> set[str]:
    return set(MARK.findall(told.data["stream"].decode()))


def test_with_a_key_equal_secrets_are_equal_across_processes(tmp_path: Path) -> None:
    garden = Garden()
    secret, other, key, another = (garden(what, length=40) for what in ("one", "other", "key", "another key"))

    def told(core: str, key: str, secret: str) -> Left:
        chosen = {"OTEL_PYTHON_AUDIT_CORE": core, "OTEL_PYTHON_AUDIT_REDACT_KEY": key}
        return left.run("told.py", "grpc", tmp_path, stdin=secret, **chosen)

    first = told("c", key, secret)
    assert len(marks(first)) == 1, "one secret, one mark, whatever the form"
    again = told("python", key, secret)
    assert marks(again) == marks(first)
    assert not marks(told("c", key, other)) & marks(first)
    assert not marks(told("c", another, secret)) & marks(first)
    for run in (first, again):
        assert b"[redacted:password:" in run.data["logs"]
        assert not find(garden.planted, b"\0".join(run.data.values())), "the key is told nowhere either"


def test_each_line_of_the_stream_is_json(default: Left) -> None:
    for line in default.data["stream"].splitlines():
        json.loads(line)
