"""Flags and locks in words, owners, times."""

from __future__ import annotations

import os
import sys

import pytest

from otel_audit.events.files import here, lock_operation, open_flags, owner, owner_group, times, times_ns
from otel_audit.model import Items, Value


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (os.O_RDONLY, ["read"]),
        (os.O_WRONLY | os.O_CREAT | os.O_TRUNC, ["write", "create", "truncate"]),
        (os.O_WRONLY | os.O_CREAT | os.O_APPEND, ["write", "append", "create"]),
        (os.O_RDWR | os.O_CREAT | os.O_EXCL, ["read", "write", "exclusive", "create"]),
        (os.O_RDONLY | 1 << 30, ["read", "0x40000000"]),
    ],
)
def test_open_flags_are_words_and_unknown_ones_stay_visible(flags: int, words: list[str]) -> None:
    found = (open_flags(flags) or {})["python.audit.arg.open_flags"]
    assert isinstance(found, list)
    assert sorted(found) == sorted(words)


@pytest.mark.skipif(sys.platform != "linux", reason="flags of Linux")
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("O_TMPFILE", ["read", "unnamed"]),
        ("O_DIRECTORY", ["read", "directory"]),
        ("O_PATH", ["path only"]),
        ("O_SYNC", ["read", "synchronous"]),
        ("O_CLOEXEC", ["read"]),
    ],
)
def test_flags_of_linux_are_words(name: str, words: list[str]) -> None:
    assert open_flags(getattr(os, name)) == {"python.audit.arg.open_flags": words}


def test_words_of_one_record_are_not_those_of_another() -> None:
    first = (open_flags(0) or {})["python.audit.arg.open_flags"]
    assert isinstance(first, list)
    first.append("x")
    assert open_flags(0) == {"python.audit.arg.open_flags": ["read"]}


@pytest.mark.parametrize(
    ("number", "words"), [(6, "exclusive nonblocking"), (8, "unlock"), (1, "shared"), (0x22, "exclusive 0x20")]
)
def test_lock_operation_is_words(number: int, words: str) -> None:
    assert lock_operation(number) == {"python.audit.arg.operation": words}


@pytest.mark.parametrize("unchanged", [-1, 0xFFFFFFFF])
def test_owner_that_stays_says_nothing(unchanged: int) -> None:
    assert owner(unchanged) == owner_group(unchanged) == {}


def test_owner_is_a_number_or_a_name() -> None:
    assert owner(0) == {"file.owner.id": "0"}
    assert owner("www-data") == {"file.owner.name": "www-data"}
    assert owner_group("adm") == {"file.group.name": "adm"}
    assert owner(1.5) is None


@pytest.mark.parametrize(
    ("pair", "attributes"),
    [
        ((0, 1.5), {"file.accessed": "1970-01-01T00:00:00Z", "file.modified": "1970-01-01T00:00:01.500000Z"}),
        ((-1, -1), {"file.accessed": "1969-12-31T23:59:59Z", "file.modified": "1969-12-31T23:59:59Z"}),
        ((0, 10**12), None),
        ((float("nan"), 0), None),
        ((10**5000, 0), None),
        (("x", "y"), None),
        ((1, 2, 3), None),
    ],
)
def test_times_are_dates(pair: tuple[object, ...], attributes: dict[str, str] | None) -> None:
    assert times(Items(pair, len(pair))) == attributes


def test_nanoseconds_are_dates() -> None:
    assert times_ns(Items((10**18, 10**18 + 5_000_000), 2)) == {
        "file.accessed": "2001-09-09T01:46:40Z",
        "file.modified": "2001-09-09T01:46:40.005000Z",
    }


@pytest.mark.parametrize(("value", "path"), [("/tmp", "/tmp"), (None, ".")])
def test_listing_nothing_is_listing_the_working_directory(value: Value, path: str) -> None:
    assert here(value) == {"file.path": path}
    assert here(3) is None
