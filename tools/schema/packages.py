"""Grafana's npm packages, pinned by the lock file, in a cache folder outside the clone."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
FILES = ("package.json", "package-lock.json", ".npmrc")
INSTALL_TIMEOUT_S = 600
"""Some 30 MB through a slow registry."""


class NoPackages(Exception):
    """They cannot be had; the message says what is missing."""


def packages() -> Path:
    """Folder with `node_modules`, filled on first use.

    Raises:
        NoPackages: node or npm is missing, or npm failed.
    """
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise NoPackages(f"{program}: expected on the path (Node.js 18 or later)")
    folder = _cache() / hashlib.sha256(b"".join((HERE / name).read_bytes() for name in FILES)).hexdigest()[:16]
    if (folder / "complete").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copy(HERE / name, folder)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_TIMEOUT_S)
    if done.returncode:
        raise NoPackages(f"npm ci failed: {done.stderr.strip()[-2000:]}")
    (folder / "complete").touch()
    return folder


def _cache() -> Path:
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "otel-audit" / "schema"
