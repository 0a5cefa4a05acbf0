"""Names and arguments that somebody else chooses cost bounded memory, time and series; what is left out is counted."""

from __future__ import annotations

import sys
import time
from typing import Any

import pytest

from tests.conftest import Run
from tests.redaction.test_linear import HOSTILE, hostile
from tests.security.claims import proves
from tests.sinks.fakes import chain

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="measures with getrusage")

NAMES = 512
"""Names that are told apart; `other` and `message` come on top."""
RECORD = 8_000
"""Characters of one record with all its attributes: 3,072 bytes of values, names, baggage, and the line made of it."""
MIB = 1024
"""In the unit of the program."""


def attack(run_python: Run, core: str, name: str) -> dict[str, Any]:
    """Run it; what holds for all of them."""
    found: dict[str, Any] = run_python("security/programs/exhausting.py", core, name, timeout=180).result
    assert found["accounted"] == found["seen"] > 1
    for account in found["destinations"].values():
        assert account.pop("kept") == sum(account.values())
    assert found["series"] <= NAMES + 4
    assert found["largest"] <= RECORD
    assert found["seconds"] < 30  # of processor time; the slowest takes 3
    return found


@proves(17)
def test_names_are_told_apart_up_to_a_bound(run_python: Run, core: str) -> None:
    found = attack(run_python, core, "names")
    assert found["seen"] == 60_001
    assert found["ids"] <= NAMES + 4
    assert found["grown_kib"] < 32 * MIB


@proves(17)
def test_sentences_are_one_name(run_python: Run, core: str) -> None:
    found = attack(run_python, core, "messages")
    assert (found["seen"], found["ids"]) == (5_002, 2)
    assert found["grown_kib"] < 96 * MIB


@proves(18)
def test_arguments_are_cut_where_they_are_read(run_python: Run, core: str) -> None:
    found = attack(run_python, core, "sizes")
    assert found["seen"] == 1_601


@proves(18)
def test_nothing_is_followed_and_nothing_of_an_argument_runs(run_python: Run, core: str) -> None:
    found = attack(run_python, core, "deep")
    assert found["seen"] == 1_501
    assert found["grown_kib"] < 64 * MIB


@proves(19)
def test_first_remembers_up_to_a_bound(run_python: Run, core: str) -> None:
    found = attack(run_python, core, "first")
    assert found["dropped"] == {"first_full": 50_000 - 2_048}
    assert found["grown_kib"] < 32 * MIB


@proves(19)
def test_spans_that_never_end_share_one_bound(run_python: Run, core: str) -> None:
    found = attack(run_python, core, "spans")
    assert found["seen"] == 160_001
    assert 0 < found["span_bytes"] <= 32 << 20
    assert found["destinations"]["span_events"]["memory_full"] > 0
    assert found["destinations"]["count"]["queue_full"] > 0
    assert found["grown_kib"] < 256 * MIB  # the spans themselves too, and the Python core's objects


@proves(19)
def test_baggage_is_cut(run_python: Run, core: str) -> None:
    found = attack(run_python, core, "who")
    assert found["records"] == 301
    assert found["largest"] < 2_000
    assert found["grown_kib"] < 32 * MIB


@proves(20)
def test_redacting_a_record_takes_bounded_time() -> None:
    """A value has 1,024 bytes of text at most; tests/redaction/test_linear.py looks at how it grows."""
    redact = chain().text
    redact("warm up")
    for repeated, end in HOSTILE:
        text = hostile(repeated, end, 1_024)
        began = time.process_time()
        redact(text)
        assert time.process_time() - began < 1.0, repeated  # the slowest takes a hundredth of it
