"""Files that are written: the owner's, and none that somebody else laid a link to."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from otel_audit.errors import SettingsError
from otel_audit.settings import Settings
from tests.conftest import Run
from tests.security.claims import proves

pytestmark = pytest.mark.skipif(os.name != "posix", reason="modes and links are POSIX's")

PROGRAM = """
import sys, otel_audit
status = otel_audit.install(log_stream=sys.argv[1])
sys.audit("app.e", 1)
otel_audit.flush(30)
print(repr(status.state))
"""


@proves(7)
def test_a_log_is_its_owners_whatever_the_umask(run_python: Run, tmp_path: Path) -> None:
    path = tmp_path / "log"
    run_python("import os; os.umask(0)\n" + PROGRAM, str(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().count("app.e") > 0


@proves(7)
@pytest.mark.parametrize("there", [True, False])
def test_a_link_is_not_followed(run_python: Run, tmp_path: Path, there: bool) -> None:
    aim, link = tmp_path / "aim", tmp_path / "log"
    if there:
        aim.write_text("before")
    link.symlink_to(aim)
    ran = run_python(PROGRAM, str(link))
    assert ran.out.strip() == "'refused'"
    assert "a symbolic link" in ran.err
    assert (aim.read_text() == "before") if there else not aim.exists()
    with pytest.raises(SettingsError, match="a symbolic link"):
        Settings(log_stream=str(link))


@proves(7)
def test_children_do_not_inherit_the_descriptor(run_python: Run, tmp_path: Path) -> None:
    program = """
import subprocess, sys, otel_audit
otel_audit.install(log_stream=sys.argv[1])
sys.audit("app.e", 1)
otel_audit.flush(30)
look = "import os; print(repr([os.readlink(f'/proc/self/fd/{n}') for n in os.listdir('/proc/self/fd')[:-1]]))"
print(repr(subprocess.run([sys.executable, "-c", look], close_fds=False, capture_output=True, text=True).stdout))
"""
    if not Path("/proc/self/fd").exists():
        pytest.skip("looks into /proc")
    path = tmp_path / "log"
    out = run_python(program, str(path)).out
    assert "pipe" in out
    assert str(path) not in out


@proves(8)
def test_the_page_of_a_run_is_its_owners(tmp_path: Path) -> None:
    from otel_audit.report import place

    path = tmp_path / "report.html"
    before = os.umask(0)
    try:
        place.write(path, "page")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text() == "page"


@proves(8)
def test_a_page_is_not_written_through_a_link(tmp_path: Path) -> None:
    from otel_audit.report import place

    aim, link = tmp_path / "aim", tmp_path / "report.html"
    aim.write_text("before")
    path = place.check(str(link))
    link.symlink_to(aim)
    with pytest.raises(place.BadPlace, match="a symbolic link"):
        place.check(str(link))
    place.write(path, "page")  # the link came in between: it is replaced, and what it aims at is not
    assert aim.read_text() == "before"
    assert link.read_text() == "page"
    assert not link.is_symlink()
