"""Ordinary values come through unchanged: redaction that mangles them is switched off by its users."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from otel_audit import semconv
from otel_audit.model import AttributeValue
from otel_audit.redaction import Redactor

CORPUS = Path(__file__).parent / "harmless"
KEYS = {
    "paths": (semconv.FILE_PATH, semconv.CODE_FILE_PATH, semconv.PROCESS_EXECUTABLE_PATH, semconv.DB_NAMESPACE),
    "commands": (semconv.PROCESS_COMMAND_LINE,),
    "urls": (semconv.URL_FULL,),
    "hosts": (semconv.SERVER_ADDRESS, semconv.DNS_QUESTION_NAME, semconv.NETWORK_PEER_ADDRESS),
    "values": ("python.audit.arg.name", "python.audit.args"),
}
"""Attributes that hold such values, by the corpus's file."""

redactor = Redactor()


def lines(kind: str) -> list[str]:
    return (CORPUS / f"{kind}.txt").read_text(encoding="utf-8").splitlines()


def argv(*items: str) -> AttributeValue:
    return redactor({semconv.PROCESS_COMMAND_ARGS: list(items)}, custom=False)[semconv.PROCESS_COMMAND_ARGS]


def test_the_corpus_is_whole() -> None:
    every = [line for kind in KEYS for line in lines(kind)]
    assert {path.stem for path in CORPUS.iterdir()} == set(KEYS)
    assert len(set(every)) > 1_000
    assert all(line == line.strip() and line for line in every)


@pytest.mark.parametrize("kind", KEYS)
def test_a_harmless_value_comes_through(kind: str) -> None:
    for line in lines(kind):
        assert redactor.text(line) == line
        for key in KEYS[kind]:
            assert redactor({key: line}, custom=False) == {key: line}


@pytest.mark.parametrize("kind", KEYS)
def test_a_harmless_value_comes_through_as_an_argument(kind: str) -> None:
    for line in lines(kind):
        assert argv(line) == [line]
        assert argv("tool", line, "--verbose") == ["tool", line, "--verbose"]


def test_a_harmless_command_comes_through_as_its_arguments() -> None:
    for line in lines("commands"):
        items = shlex.split(line)
        assert argv(*items) == items
        assert argv("sudo", *items) == ["sudo", *items]
        assert argv("sh", "-c", line) == ["sh", "-c", line]
