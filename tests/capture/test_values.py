"""What the hook makes of arguments: a few bytes, never a reference, never a call."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from tests.capture.table import ROWS
from tests.conftest import CORES, run


@cache
def captured(core: str) -> Any:
    """Both programs' findings; one process per core."""
    return run("capture/programs/values.py", core).result


@pytest.mark.parametrize("at", range(len(ROWS)), ids=[f"{row[0].name}-{type(row[1]).__name__}" for row in ROWS])
def test_an_argument_is_decoded_to_what_its_kind_promises(core: str, at: int) -> None:
    assert captured(core)["table"][at] == [at, repr((ROWS[at][2],))]


def test_no_method_of_an_argument_runs_inside_the_hook(core: str) -> None:
    assert captured(core)["untouched"]["calls"] == []


def test_no_reference_to_an_argument_is_kept(core: str) -> None:
    assert captured(core)["untouched"]["kept"] is True


def test_hostile_arguments_are_recorded_like_others(core: str) -> None:
    found = captured(core)["untouched"]
    assert found["lost"] == 0
    assert found["kept_or_merged"] == found["sent"]


def test_both_cores_say_the_same() -> None:
    assert captured(CORES[0])["table"] == captured(CORES[1])["table"]
