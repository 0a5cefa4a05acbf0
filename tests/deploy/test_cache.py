"""What is fetched or built is made once, whole or not at all."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tools.backends import cache


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


def entries() -> list[str]:
    return sorted(path.name for path in cache.folder().iterdir() if not path.name.endswith(".lock"))


def test_it_is_made_once() -> None:
    made = []

    def make(into: Path) -> None:
        made.append(into)
        (into / "program").write_text("1", encoding="utf-8")

    first, second = cache.kept("tool-1", make), cache.kept("tool-1", make)
    assert first == second
    assert (first / "program").read_text(encoding="utf-8") == "1"
    assert len(made) == 1


def test_a_failure_leaves_nothing() -> None:
    def fail(into: Path) -> None:
        (into / "half").touch()
        raise OSError("no network")

    with pytest.raises(OSError, match="no network"):
        cache.kept("tool-2", fail)
    assert entries() == []


def test_a_second_one_waits_for_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    working, waiting = threading.Event(), threading.Event()
    monkeypatch.setattr(cache, "progress", lambda text: waiting.set())
    made = []

    def make(into: Path) -> None:
        made.append(into)
        working.set()
        assert waiting.wait(30)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(cache.kept, "tool-3", make)
        assert working.wait(30)
        second = pool.submit(cache.kept, "tool-3", make)
        assert first.result() == second.result()
    assert len(made) == 1
