"""The shop in a place of its own, so that images show its paths and none of this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2] / "examples" / "flask_shop"
SCRIPTS = ("opentelemetry-instrument", "otel-audit")


@dataclass(frozen=True)
class Shop:
    """A copy of the example, and an interpreter beside it.

    Args:
        folder: holds both.
    """

    folder: Path

    def run(self, *command: str, **variables: str) -> None:
        """Run a command of the environment in the shop's folder, until it ends.

        Raises:
            subprocess.CalledProcessError: it failed; what it printed is in the exception.
        """
        program = [str(self.python), str(self.python.parent / command[0]), *command[1:]]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
        environment |= {"SHOP_DATA": str(self.folder / "data"), "TMPDIR": str(self.folder), **variables}
        subprocess.run(
            program, cwd=self.folder, env=environment, check=True, capture_output=True, text=True, timeout=120
        )

    @property
    def python(self) -> Path:
        return self.folder / "venv" / "bin" / "python"


@contextmanager
def shop() -> Iterator[Shop]:
    """A shop in a temporary folder."""
    with tempfile.TemporaryDirectory(prefix="shop-") as place:
        folder = Path(place)
        for source in [*SOURCES.glob("*.py"), SOURCES / "templates"]:
            copy = shutil.copytree if source.is_dir() else shutil.copy
            copy(source, folder / source.name)
        (folder / "venv").symlink_to(sys.prefix)  # a virtual environment knows itself by the path it is called by
        yield Shop(folder)
