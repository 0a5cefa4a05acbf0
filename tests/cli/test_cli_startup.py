"""`otel-audit startup`: what it writes is tried at once, what it cannot do is one line."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from otel_audit.startup_file import NAME
from tests.cli.command import call, otel_audit
from tests.e2e.bare import Bare


def test_install_tries_what_it_wrote(tmp_path: Path) -> None:
    bare = Bare(tmp_path / "venv")
    bare.see_packages()
    command = (bare.python, "-m", "otel_audit", "startup")
    first, second = (call(*command, "install") for _ in range(2))
    assert (first.returncode, first.stderr) == (0, "")
    assert f"{bare.site / NAME}: written" in first.stdout
    assert "read after: __editable__.everything.pth" in first.stdout
    assert "tried: armed; not seen: what was before the hook was armed, " in first.stdout
    assert "was there already" in second.stdout
    status = call(*command, "status").stdout
    assert f"{bare.site / NAME}: there\n" in status
    assert "OTEL_PYTHON_AUDIT_STARTUP: not set; the file does nothing without it" in status
    assert f"{bare.site / NAME}: removed" in call(*command, "remove").stdout
    assert "no start-up file: otel-audit startup install writes one" in call(*command, "status").stdout


def test_a_given_directory(tmp_path: Path) -> None:
    done = otel_audit("startup", "install", str(tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert f"not tried: {sys.executable} reads no .pth files there" in done.stdout
    assert (tmp_path / NAME).is_file()


@pytest.mark.parametrize("action", ["install", "remove"])
def test_what_cannot_be_done_is_one_line(tmp_path: Path, action: str) -> None:
    (tmp_path / NAME).write_text("import antigravity\n")
    done = otel_audit("startup", action, str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert "not ours" in done.stderr


def test_a_user_directory_that_is_not_read_is_refused(tmp_path: Path) -> None:
    bare = Bare(tmp_path / "venv")
    bare.see_packages()
    done = call(bare.python, "-m", "otel_audit", "startup", "install", "--user")
    assert done.returncode == 1
    assert done.stderr.startswith("otel-audit: --user: this interpreter does not read")


def test_without_an_action_usage_is_shown() -> None:
    done = otel_audit("startup")
    assert done.returncode == 2
    assert "usage: otel-audit startup" in done.stderr
