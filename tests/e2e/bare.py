"""A virtual environment of one's own, in which a test may write start-up files."""

from __future__ import annotations

import sysconfig
import venv
from pathlib import Path

from otel_audit import startup_file
from tests.conftest import ROOT


class Bare:
    """A virtual environment without a single package.

    Args:
        folder: made here.
    """

    def __init__(self, folder: Path) -> None:
        venv.EnvBuilder(with_pip=False, symlinks=True).create(folder)
        self.python = str(folder / "bin" / "python")
        (self.site,) = (folder / "lib").glob("python*/site-packages")

    def see_packages(self) -> None:
        """Those of this interpreter, this package among them, by the file that an editable install would write."""
        paths = [sysconfig.get_path("purelib"), str(ROOT / "src")]
        (self.site / "__editable__.everything.pth").write_text("\n".join(paths) + "\n")

    def arm(self) -> None:
        """Write the start-up file, and one that is read later and raises an event."""
        assert startup_file.install(self.site)
        # Once: site reads the files of a virtual environment twice.
        self.later("hasattr(sys, 'later') or (sys.audit('later.pth', 1), setattr(sys, 'later', True))")

    def later(self, code: str) -> None:
        """Code in a `.pth` file that comes after ours."""
        (self.site / "zz_later.pth").write_text(f"import sys; {code}\n")
