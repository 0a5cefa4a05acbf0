"""Which values a core keeps as they are and which it copies must not show."""

from __future__ import annotations

from typing import Any

from tests.conftest import run


def played(case: str, core: str) -> Any:
    return run("capture/programs/plain.py", case, core).result


def test_equal_bytes_merge_whatever_the_class(core: str) -> None:
    found, merged = played("equal", core)
    assert found == [["'a'", 2], ["1", 2], ["None", 2], ["True", 1], ["1.0", 1], ["0.0", 1], ["-0.0", 1],
                     ["Size(length=1, type_name='bytes')", 1]]  # fmt: skip
    assert merged == 3


def test_waiting_records_hold_nothing_of_the_application(core: str) -> None:
    assert played("released", core) == [True, True, 1]


def test_values_of_every_length_come_out_as_they_went_in(core: str) -> None:
    assert played("bounds", core)


def test_contexts_of_the_sdks_kind_are_read_each_time(core: str) -> None:
    assert played("contexts", core) == [[[1, 4], [2, 2], [0, 2]], [[4], [2]], 2]
