"""Where a page may go is asked before the program starts; it is written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from otel_audit.report import place


def test_a_path_is_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert place.check("r.html") == tmp_path.resolve() / "r.html"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("", "expected the path of a file"),
        ("-", "expected the path of a file"),
        ("/dev/null", "expected the path of a file"),
        ("{}", "it is a directory"),
        ("{}/no/r.html", "expected a directory that exists: "),
        ("{}/file/r.html", "expected a directory that exists: "),
    ],
)
def test_where_nothing_can_be_written_is_said(tmp_path: Path, given: str, reason: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(place.BadPlace, match=reason):
        place.check(given.format(tmp_path))


def test_a_directory_must_be_writable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write everywhere
    with pytest.raises(place.BadPlace, match="can be written"):
        place.check(str(tmp_path / "r.html"))


def test_a_page_replaces_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "r.html"
    path.write_text("old")
    place.write(path, "new \udc80")
    assert path.read_text() == "new \\udc80"
    assert [found.name for found in tmp_path.iterdir()] == ["r.html"]


def test_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r.html").symlink_to(tmp_path / "real.html")
    with pytest.raises(place.BadPlace, match="a symbolic link"):
        place.check(str(tmp_path / "r.html"))
    assert not (tmp_path / "real.html").exists()


def test_a_directory_may_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    place.write(place.check(str(tmp_path / "link" / "r.html")), "page")
    assert (tmp_path / "real" / "r.html").read_text() == "page"


def test_what_was_there_stays_when_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "r.html"
    path.write_text("old")

    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        place.write(path, "new")
    assert path.read_text() == "old"
    assert [found.name for found in tmp_path.iterdir()] == ["r.html"]
