"""The sdist of what git knows, and nothing that only lies around here."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tools.wheels.commands import ROOT, run


def clean_tree(folder: Path) -> Path:
    """A copy of the tree as a clone would have it, changes that are not committed yet included."""
    tree = folder / "tree"
    listed = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    for name in filter(None, listed):
        source = ROOT / name
        if source.is_file():  # not what was deleted and is still in the index
            target = tree / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    return tree


def sdist(tree: Path, folder: Path) -> Path:
    """Build it, with the pinned backend, and have its metadata checked."""
    run(sys.executable, "-m", "build", "--sdist", "--no-isolation", "--outdir", folder, folder=tree)
    (made,) = folder.glob("*.tar.gz")
    run(sys.executable, "-m", "twine", "check", "--strict", made)
    return made
