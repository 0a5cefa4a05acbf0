"""Whose code a file is."""

from __future__ import annotations

import json
import os
import sys
import sysconfig
from pathlib import Path

import pytest

import otel_audit
from otel_audit.application import Code, prefixes

STANDARD = sysconfig.get_paths()["stdlib"]


def whose(file: str, *skip: str) -> Code:
    """As the cores read it."""
    return next((Code(code) for prefix, code in prefixes(skip) if file.startswith(prefix)), Code.APPLICATION)


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (json.__file__, Code.LIBRARY),
        (f"{STANDARD}/socket.py", Code.LIBRARY),
        ("<frozen importlib._bootstrap>", Code.LIBRARY),
        (f"{STANDARD}/asyncio/unix_events.py", Code.LOOP),
        (f"{STANDARD}/asyncio/events.py", Code.RUNNER),
        (f"{STANDARD}/asyncio/runners.py", Code.RUNNER),
        (pytest.__file__, Code.INSTALLED),
        (otel_audit.__file__, Code.INSTALLED),
        (str(Path(pytest.__file__).parents[1] / "uvloop/__init__.py"), Code.RUNNER),
        (f"{os.path.dirname(sys.executable)}/uvicorn", Code.INSTALLED),  # noqa: PTH120
        (__file__, Code.APPLICATION),
        ("<string>", Code.APPLICATION),
        ("relative.py", Code.APPLICATION),
        ("", Code.APPLICATION),
    ],
)
def test_what_was_neither_installed_nor_built_in_is_the_application(file: str, expected: Code) -> None:
    assert whose(file) == expected


def test_opentelemetry_is_no_application_wherever_it_lies() -> None:
    import opentelemetry

    for path in opentelemetry.__path__:
        assert whose(f"{path}/instrumentation/requests/__init__.py") == Code.INSTALLED


def test_paths_to_skip_are_directories_and_files() -> None:
    skip = ("/srv/vendor", "/srv/tool.py", "/opt/lib/")
    assert whose("/srv/vendor/x/y.py", *skip) == whose("/srv/tool.py", *skip) == Code.INSTALLED
    assert whose("/opt/lib/x.py", *skip) == Code.INSTALLED
    assert whose("/srv/vendored.py", *skip) == whose("/srv/tool2.py", *skip) == Code.APPLICATION


def test_an_installed_application_is_named_and_what_lies_deeper_decides() -> None:
    site = str(Path(pytest.__file__).parents[1])
    skip = (f"!{site}/shop", f"{site}/shop/vendored")
    assert whose(f"{site}/shop/orders.py", *skip) == Code.APPLICATION
    assert whose(f"{site}/shop/vendored/x.py", *skip) == whose(f"{site}/shopping/x.py", *skip) == Code.INSTALLED


def test_links_are_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert whose(f"{tmp_path}/real/x.py", f"{tmp_path}/link") == Code.INSTALLED
    assert whose(f"{tmp_path}/link/x.py", f"{tmp_path}/link") == Code.INSTALLED
