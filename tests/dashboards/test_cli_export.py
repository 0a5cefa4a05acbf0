"""`otel-audit dashboards export`: the files of the package, written whole or not at all."""

from __future__ import annotations

import errno
import re
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from otel_audit.cli.dashboards import main
from otel_audit.dashboards import files
from otel_audit.dashboards.files import packaged

Capture = pytest.CaptureFixture[str]


def test_export_writes_what_the_package_has(tmp_path: Path, capsys: Capture) -> None:
    assert main(["export", str(tmp_path / "new")]) == 0
    written = {
        PurePosixPath(path.relative_to(tmp_path / "new").as_posix()): path.read_bytes()
        for path in (tmp_path / "new").rglob("*")
        if path.is_file()
    }
    assert written == packaged()
    assert {PurePosixPath("dashboards/fleet.json"), PurePosixPath("rules/prometheus.yaml")} <= set(written)
    told = capsys.readouterr().out
    assert f"written    {tmp_path / 'new' / 'dashboards' / 'fleet.json'}\n" in told
    assert "otel-audit dashboards check --prometheus URL" in told


def test_export_again_changes_nothing(tmp_path: Path, capsys: Capture) -> None:
    main(["export", str(tmp_path)])
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    capsys.readouterr()
    assert main(["export", str(tmp_path)]) == 0
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
    assert f"({len(packaged())} unchanged)" in capsys.readouterr().out


def test_export_does_not_overwrite_what_was_changed(tmp_path: Path, capsys: Capture) -> None:
    main(["export", str(tmp_path)])
    changed, missing = tmp_path / "dashboards" / "fleet.json", tmp_path / "dashboards" / "bridge.json"
    changed.write_text("mine")
    missing.unlink()
    capsys.readouterr()
    assert main(["export", str(tmp_path)]) == 2
    assert capsys.readouterr() == (
        "",
        f"otel-audit: {changed} differs from what would be written; --force overwrites\n",
    )
    assert changed.read_text() == "mine"
    assert not missing.exists()
    assert main(["export", str(tmp_path), "--force"]) == 0
    assert changed.read_bytes() == packaged()[PurePosixPath("dashboards/fleet.json")]
    assert f"replaced   {changed}\n" in capsys.readouterr().out


def test_export_names_every_file_that_differs(tmp_path: Path, capsys: Capture) -> None:
    main(["export", str(tmp_path)])
    changed = [tmp_path / "dashboards" / f"{name}.json" for name in ("bridge", "fleet", "trace")]
    for file in changed:
        file.write_text("mine")
    (tmp_path / "rules" / "loki.yaml").unlink()
    capsys.readouterr()
    assert main(["export", str(tmp_path)]) == 2
    out, err = capsys.readouterr()
    first, *others = err.splitlines()
    assert first == (
        "otel-audit: 3 files differ from what would be written; nothing was written; --force overwrites them:"
    )
    assert others == [f"  {file}" for file in changed]
    assert out == ""
    assert [file.read_text() for file in changed] == ["mine"] * 3
    assert not (tmp_path / "rules" / "loki.yaml").exists()


def test_exported_alerts_link_to_published_runbooks(tmp_path: Path) -> None:
    assert main(["export", str(tmp_path), "--runbooks", "https://wiki.example/audit/"]) == 0
    rules = (tmp_path / "rules" / "prometheus.yaml").read_text()
    links = re.findall(r"runbook_url: *\"?([^\s\"]+)", rules)
    assert links
    assert all(link.startswith("https://wiki.example/audit/") and link.endswith(".md") for link in links)


@pytest.mark.parametrize(("file", "below"), [("none.py", ""), ("none.py", "deeper/still"), ("rules", "..")])
def test_export_where_a_file_is_in_the_way(tmp_path: Path, capsys: Capture, file: str, below: str) -> None:
    (tmp_path / file).touch()
    folder = tmp_path if below == ".." else tmp_path / file / below
    assert main(["export", str(folder)]) == 2
    assert capsys.readouterr() == ("", f"otel-audit: {tmp_path / file}: expected a folder\n")
    assert list(tmp_path.iterdir()) == [tmp_path / file]


def test_export_where_nothing_may_be_written(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, *_: Any, **__: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "mkdir", refuse)
    assert main(["export", str(tmp_path / "new")]) == 2
    assert capsys.readouterr().err == f"otel-audit: {tmp_path / 'new' / 'dashboards'}: Permission denied\n"


def test_an_installation_without_them_says_so(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_root", lambda: tmp_path / "nowhere")
    assert main(["export", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("otel-audit: this installation has no dashboards: ")
