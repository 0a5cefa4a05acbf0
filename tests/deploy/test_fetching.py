"""Programs that fetch and build: missing ones are named with the way to get them, failing ones with what they said."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tools.backends import BackendError, __main__, golang, programs


def test_a_missing_program_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "can_install", lambda: False)
    with pytest.raises(BackendError) as error:
        programs.need("no-such-npm", "npm", "to fetch the Aspire dashboard")
    assert str(error.value) == (
        "no-such-npm: expected on the path, to fetch the Aspire dashboard (on Debian: apt-get install npm)"
    )


def test_root_on_debian_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    installed: list[str] = []
    monkeypatch.setattr(programs, "can_install", lambda: True)
    monkeypatch.setattr(programs, "install", installed.append)
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}" if installed else None)
    assert programs.need("tool", "tool-package", "to test") == "/bin/tool"
    assert installed == ["tool-package"]


def test_a_failing_program_is_quoted() -> None:
    with pytest.raises(BackendError, match=r"(?s)exit code 3.*no space left"):
        programs.run([sys.executable, "-c", "import sys; print('no space left'); sys.exit(3)"])


@pytest.mark.parametrize(("said", "version"), [("go1.26.8", (1, 26)), ("go1.9", (1, 9)), ("devel", (0, 0))])
def test_go_is_asked_for_its_version(tmp_path: Path, said: str, version: tuple[int, int]) -> None:
    program = tmp_path / "go"
    program.write_text(f"#!/bin/sh\necho go version {said} linux/amd64\n", encoding="utf-8")
    program.chmod(0o755)
    assert golang.version(str(program)) == version


def test_an_unknown_name_is_refused_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        __main__.main(["path", "grafana"])
    assert refused.value.code == 2
    assert "grafana: expected one of alertmanager, amtool, aspire" in capsys.readouterr().err
