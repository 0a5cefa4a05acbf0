"""`make stack` without its backends: what it prints, and how it ends."""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tools import stack as command
from tools.backends import BackendError, Stack

HERE = Path(__file__).parents[2]


def backends(folder: Path, alertmanager: str | None = "http://127.0.0.1:9") -> Stack:
    urls = ("http://127.0.0.1:1", alertmanager, "http://127.0.0.1:2", "http://127.0.0.1:3", "http://127.0.0.1:4")
    return Stack(folder, *urls, processes={})


def test_the_typed_query_survives_the_url(tmp_path: Path) -> None:
    (line,) = [line for line in command.pages(backends(tmp_path), "http://127.0.0.1:5") if "graph?" in line]
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(line.split()[-1]).query)
    assert query["g0.expr"] == [command.BY_EVENT]


def test_every_server_with_a_page_is_named(tmp_path: Path) -> None:
    text = "\n".join(command.pages(backends(tmp_path), "http://127.0.0.1:5"))
    assert all(f"http://127.0.0.1:{port}" in text for port in (1, 2, 5, 9))
    assert "alert" not in "\n".join(command.pages(backends(tmp_path, alertmanager=None), "http://127.0.0.1:5"))


def starting(monkeypatch: pytest.MonkeyPatch, outcome: BaseException) -> None:
    @contextmanager
    def fail(*_: object, **__: object) -> Iterator[Stack]:
        raise outcome
        yield

    monkeypatch.setattr(command, "stack", fail)


def test_what_is_missing_is_said_in_one_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    starting(monkeypatch, BackendError("npm: expected on the path"))
    assert command.main(["--folder", str(tmp_path)]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == "stack: npm: expected on the path"


def test_ctrl_c_before_it_is_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    starting(monkeypatch, KeyboardInterrupt())
    assert command.main(["--folder", str(tmp_path)]) == 130
    assert "interrupted" in capsys.readouterr().err


def test_the_line_says_what_was_sent_and_what_arrived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: dict[str, list[dict[str, Any]]] = {command.SEEN: [{"value": [0, "12345"]}], command.FIRING: []}
    monkeypatch.setattr(Stack, "query", lambda self, promql: answers[promql])
    line = command.progress(backends(tmp_path), command.Load("http://127.0.0.1:5", rounds=7, failed=2))
    assert line == "rounds of requests: 7 (2 failed)  audit events in Prometheus: 12,345  alerts firing: 0"


def test_nothing_arriving_is_a_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def never(condition: object, what: str, seconds: float) -> None:
        raise BackendError(f"{what}: did not happen within {seconds:.0f} s")

    monkeypatch.setattr(command, "until", never)
    assert not command.arrived(backends(tmp_path))
    assert capsys.readouterr().err.splitlines() == [
        f"stack: {name} arrive: did not happen within 15 s" for name in ("metrics", "traces", "logs")
    ]
