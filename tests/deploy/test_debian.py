"""The machine's own mirror is asked, whichever form its configuration has."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.backends import BackendError
from tools.backends.debian import source_line

DEB822 = """Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main

# the distribution
Types: deb deb-src
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
"""
ONE_LINE = """# deb http://old.example/debian bookworm main
deb https://packages.example/node_20.x nodistro main
deb [arch=amd64 signed-by=/etc/key.gpg] https://mirror.example/debian/ bookworm non-free main
"""


def etc(tmp_path: Path, name: str, text: str) -> Path:
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("name", "text", "uri"),
    [
        ("sources.list.d/debian.sources", DEB822, "http://mirror.example/debian"),
        ("sources.list", ONE_LINE, "https://mirror.example/debian/"),
    ],
)
def test_the_suite_is_replaced(tmp_path: Path, name: str, text: str, uri: str) -> None:
    line = source_line(etc(tmp_path, name, text))
    assert line.startswith("deb ")
    assert line.endswith(f"{uri} trixie main")


def test_another_distribution_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(BackendError, match="expected a Debian source with the component main") as refused:
        source_line(etc(tmp_path, "sources.list", "deb http://mirror.example/ubuntu noble main universe\n"))
    assert "\n" not in str(refused.value)
