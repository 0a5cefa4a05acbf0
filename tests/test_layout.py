"""What pytest asks of the tests' folders, which are no packages."""

from __future__ import annotations

from collections import Counter

from tests.conftest import ROOT


def test_no_two_test_files_have_one_name() -> None:
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name, number in names.items() if number > 1] == []
