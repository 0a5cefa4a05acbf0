"""pytest-xdist: each worker is a process of its own, with a bridge of its own, and no event is lost between them."""

from __future__ import annotations

import shutil

import pytest

from tests_compat.tools.conftest import EVENTS, PROGRAMS, Bench


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_suite_in_workers(bench: Bench, workers: str) -> None:
    suite = shutil.copy(PROGRAMS / "xdist_suite.py", bench.folder / "test_suite.py")
    ended = bench.instrumented("-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", workers, str(suite))
    assert "20 passed" in ended.out
    bench.row("pytest-xdist", f"-n {workers}", EVENTS)
