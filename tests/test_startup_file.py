"""The start-up file: written in one step, never in the place of somebody else's, gone when asked."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from otel_audit import startup_file
from otel_audit.startup_file import NAME, StartupError


def test_it_is_written_once_and_removed_once(tmp_path: Path) -> None:
    assert startup_file.look(tmp_path) == "absent"
    assert startup_file.install(tmp_path)
    assert not startup_file.install(tmp_path)
    assert startup_file.look(tmp_path) == "ours"
    assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o644
    assert startup_file.remove(tmp_path)
    assert not startup_file.remove(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_that_of_another_version_is_replaced(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(f"{startup_file.MARK}: of old\nimport os\n")
    assert startup_file.look(tmp_path) == "old"
    assert startup_file.install(tmp_path)
    assert (tmp_path / NAME).read_text() == startup_file.TEXT


@pytest.mark.parametrize("kind", ["file", "link", "dangling", "folder"])
def test_what_is_not_ours_stays(tmp_path: Path, kind: str) -> None:
    path, target = tmp_path / NAME, tmp_path / "target"
    if kind == "link":
        target.write_text(startup_file.TEXT)
    if kind == "file":
        path.write_text("import antigravity\n")
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(target)
    before = path.lstat()
    for action in (startup_file.install, startup_file.remove):
        with pytest.raises(StartupError, match="not ours"):
            action(tmp_path)
    assert path.lstat().st_ino == before.st_ino


@pytest.mark.parametrize("where", ["nowhere", "file/below"])
def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path, where: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartupError) as caught:
        startup_file.install(tmp_path / where)
    assert len(str(caught.value).splitlines()) == 1


def test_only_files_that_are_read_earlier_are_named(tmp_path: Path) -> None:
    names = ("00.pth", "__editable__.x.pth", "a1_coverage.pth", ".hidden.pth", "_virtualenv.pth", "00.txt")
    for name in names:
        (tmp_path / name).touch()
    assert startup_file.before_it(tmp_path) == ["00.pth", "__editable__.x.pth"]
    assert startup_file.before_it(tmp_path / "nowhere") == []


def test_the_line_is_one_that_site_executes() -> None:
    comment, line = startup_file.TEXT.splitlines()
    assert comment.startswith("#")
    assert line.startswith("import ")
    assert len(os.fsencode(line)) < 300
