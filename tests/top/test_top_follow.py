"""A file is followed as tail -F does it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from otel_audit.top.follow import Follow
from otel_audit.top.source import Pipe


class Followed:
    """A file and what was read from it; looks do not wait."""

    def __init__(self, path: Path, *, from_start: bool = False, once: bool = False) -> None:
        self.path = path
        self.source = Follow(path, from_start=from_start, once=once)

    def look(self, times: int = 3) -> list[str]:
        return [line.decode() for _ in range(times) for line in self.source.read(0) or []]

    def append(self, text: str) -> None:
        with self.path.open("a", newline="") as file:
            file.write(text)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "audit.jsonl"
    found.write_text("old\n")
    return found


def test_what_it_holds_already_is_passed_over(path: Path) -> None:
    followed = Followed(path)
    assert followed.look() == []
    followed.append("new\nunfin")
    assert followed.look() == ["new"]
    followed.append("ished\n")
    assert followed.look() == ["unfinished"]
    assert followed.source.state == "following"
    followed.source.close()


def test_from_its_start_when_wanted(path: Path) -> None:
    followed = Followed(path, from_start=True)
    assert followed.look() == ["old"]
    followed.source.close()


def test_a_file_that_appears_later_is_read_from_its_start(tmp_path: Path) -> None:
    followed = Followed(tmp_path / "later.jsonl")
    assert followed.look() == []
    assert followed.source.state == "waiting: no such file or directory"
    assert str(tmp_path / "later.jsonl") in followed.source.waiting
    followed.append("first\n")
    assert followed.look() == ["first"]
    assert followed.source.state == "following"
    followed.source.close()


def test_a_rotated_file_is_read_to_its_end_and_the_new_one_from_its_start(path: Path) -> None:
    followed = Followed(path)
    followed.append("1\n")
    assert followed.look() == ["1"]
    path.rename(path.with_suffix(".1"))
    with path.with_suffix(".1").open("a") as rotated:
        rotated.write("2\n")
    assert followed.look() == ["2"]
    followed.append("3\n")
    assert followed.look() == ["3"]
    followed.source.close()


def test_a_truncated_file_is_read_from_its_start(path: Path) -> None:
    followed = Followed(path, from_start=True)
    followed.append("cut off")
    assert followed.look() == ["old"]
    path.write_text("new\n")
    assert followed.look() == ["cut off", "new"]
    followed.source.close()


def test_a_file_is_large(path: Path) -> None:
    path.write_text("".join(f"{number:060}\n" for number in range(5_000)))
    followed = Followed(path, from_start=True)
    assert len(followed.look(10)) == 5_000
    followed.source.close()


def test_a_directory_is_said_to_be_one(tmp_path: Path) -> None:
    followed = Followed(tmp_path, from_start=True)
    assert followed.look() == []
    assert followed.source.state == "waiting: is a directory"
    followed.source.close()


def test_once_ends_at_the_end(path: Path) -> None:
    path.write_text("one\ntwo")
    followed = Followed(path, from_start=True, once=True)
    assert followed.look() == ["one", "two"]
    assert followed.source.read(0) is None
    assert followed.source.state == "ended: end of file"
    followed.source.close()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_named_pipe_is_followed_through_its_writers(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    followed = Followed(pipe)
    assert followed.look() == []
    for text in ("first\n", "second\n"):
        followed.append(text)
        assert followed.look() == [text.strip()]
    followed.source.close()


def test_a_pipe_ends_with_its_writer() -> None:
    reading, writing = os.pipe()
    source = Pipe(reading, "standard input")
    assert source.read(0) == []
    os.write(writing, b"one\ntwo")
    assert source.read(0) == [b"one"]
    assert source.state == "reading"
    os.close(writing)
    assert source.read(0) == [b"two"]
    assert source.read(0) is None
    assert source.state == "ended: end of input"
    source.close()
