"""The corpus that fuzzing left, played again: on each core alone, on both together, and by the reader of records."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fuzz.records import Reader
from fuzz.tally import Tally
from tests.conftest import ROOT, Run

CORPUS = ROOT / "fuzz" / "corpus"
LIMIT_KIB = 1024


def files(target: str) -> list[Path]:
    return sorted((CORPUS / target).iterdir())


@pytest.mark.parametrize("cores", ["c", "python", "both"])
def test_inputs_of_calls_break_no_law(cores: str, run_python: Run) -> None:
    ran = run_python("from fuzz.replay import main; main()", "calls", str(CORPUS / "calls"), "--core", cores, "--part")
    said = re.search(rf"inputs={len(files('calls'))} .* described=(\d+)", ran.out)
    assert said is not None, ran.out
    assert int(said[1]) > 500


def test_inputs_of_records_are_read_or_refused() -> None:
    tally = Tally()
    reader = Reader(tally)
    for path in files("records"):
        reader.read(path.read_bytes())
    assert tally["described"] > 300
    assert tally["refused"] > 10


def test_the_corpus_stays_small() -> None:
    size = sum(path.stat().st_size for target in ("calls", "records") for path in files(target))
    assert size < LIMIT_KIB * 1024
