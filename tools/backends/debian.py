"""Programs out of packages of Debian 13 (trixie), unpacked beside the system: nothing is installed, no root needed.

A private apt root uses the machine's own source line with the suite replaced, so it asks the mirror that this machine
asks anyway. The programs run on the C library of Debian 12 and later.
"""

from __future__ import annotations

import platform
import re
import shutil
from functools import cache
from pathlib import Path

from tools.backends.cache import kept, progress
from tools.backends.errors import BackendError
from tools.backends.programs import run

SUITE = "trixie"
_KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")

# Prometheus' page loads its scripts from packages of their own; `prometheus` links to where they would be installed.
_PAGE = (
    "fonts-glyphicons-halflings",
    "libjs-bootstrap4",
    "libjs-d3",
    "libjs-eonasdan-bootstrap-datetimepicker",
    "libjs-jquery",
    "libjs-jquery-hotkeys",
    "libjs-moment",
    "libjs-moment-timezone",
    "libjs-mustache",
    "libjs-popper.js",
    "libjs-rickshaw",
)
PROMETHEUS = ("prometheus", "promtool", *_PAGE)
COMPOSE = ("docker-compose",)


def unpacked(key: str, packages: tuple[str, ...]) -> Path:
    """Root folder (`usr/bin`, ...) of these packages, kept in the cache as `key`."""

    def make(into: Path) -> None:
        _check()
        progress(f"{key}: fetching {len(packages)} Debian packages")
        work = into / ".apt"
        try:
            _fetch(work, packages)
            for package in sorted((work / "debs").glob("*.deb")):
                run(["dpkg", "-x", package, into])
        finally:
            shutil.rmtree(work, ignore_errors=True)

    return kept(f"{SUITE}-{key}-{platform.machine()}", make)


@cache
def program(name: str) -> Path:
    """Path of `prometheus` or `promtool`."""
    return unpacked("prometheus-2", PROMETHEUS) / "usr" / "bin" / name


def prometheus_page() -> Path:
    """Folder of Prometheus' web page, for `--web.local-assets`."""
    return unpacked("prometheus-2", PROMETHEUS) / "usr" / "share" / "prometheus" / "web"


@cache
def compose() -> Path:
    """Path of Docker Compose, to check compose files with; it needs no daemon for that."""
    return unpacked("compose-1", COMPOSE) / "usr" / "libexec" / "docker" / "cli-plugins" / "docker-compose"


def _check() -> None:
    for needed in ("apt-get", "dpkg"):
        if shutil.which(needed) is None:
            raise BackendError(f"{needed}: expected on the path: Prometheus is a Debian package here")


def _fetch(work: Path, packages: tuple[str, ...]) -> None:
    for part in ("lists/partial", "cache/archives/partial", "debs"):
        (work / part).mkdir(parents=True)
    sources = work / "private.list"
    sources.write_text(source_line(Path("/etc/apt")) + "\n")
    options = _options(work, sources)
    run(["apt-get", *options, "-q", "update"])
    run(["apt-get", *options, "-q", "download", *(f"{name}/{SUITE}" for name in packages)], cwd=work / "debs")


def _options(work: Path, sources: Path) -> list[str]:
    settings = {
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": "-",
        "Dir::State::lists": work / "lists",
        "Dir::Cache": work / "cache",
        "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",  # 5 MB that only software centres read
        "APT::Sandbox::User": "",  # the user _apt cannot write into this folder
    }
    return [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]


def source_line(etc: Path) -> str:
    """The machine's own first Debian source with the suite replaced, in apt's one-line form.

    Raises:
        BackendError: no source with the component `main` of a Debian archive was found below `etc`.
    """
    for uri in _uris(etc):
        signed = f"[signed-by={_KEYRING}] " if _KEYRING.exists() else ""
        return f"deb {signed}{uri} {SUITE} main"
    raise BackendError(f"{etc}: expected a Debian source with the component main (Debian 12 or later)")


def _uris(etc: Path) -> list[str]:
    """Archives of the whole distribution, in reading order: not security, not third parties."""
    found = []
    for file in [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*"))]:
        text = file.read_text(encoding="utf-8") if file.is_file() else ""
        found += _deb822(text) if file.suffix == ".sources" else _one_line(text)
    return [uri for uri in found if re.search(r"/debian/?$", uri)]


def _one_line(text: str) -> list[str]:
    pattern = r"^deb[ \t]+(?:\[[^]]*\][ \t]+)?(\S+)[ \t]+\S+[ \t]+(?:\S+[ \t]+)*main\b"
    return re.findall(pattern, text, re.MULTILINE)


def _deb822(text: str) -> list[str]:
    found = []
    for stanza in re.split(r"\n\s*\n", text):
        fields = dict(re.findall(r"^([A-Za-z-]+):[ \t]*(.*)$", stanza, re.MULTILINE))
        if "deb" in fields.get("Types", "").split() and "main" in fields.get("Components", "").split():
            found += fields.get("URIs", "").split()
    return found
