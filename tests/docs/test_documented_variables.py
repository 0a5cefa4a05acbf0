"""Every environment variable that a page or a file of deploy/ shows exists, and some test starts a program with it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from otel_audit.settings import ROWS
from tests.conftest import ROOT

ROOMS = ("docs", "deploy", "examples", "grafana")
KINDS = {".md", ".yaml", ".py", ".toml", "", ".Dockerfile"}
"""Suffixes of files that show variables; scripts and Dockerfiles have none."""
TESTS = ("tests", "tests_stack", "tests_compat", "tools/scaling", "tools/backends")
"""Where programs are started with them; of tools, what tests run."""
OF_A_DOCUMENT = {
    # OpenTelemetry's declarative configuration: read by the SDK's `file-configuration`, in no list of the packages.
    "OTEL_CONFIG_FILE",
    "OTEL_SEMCONV_STABILITY_OPT_IN",
}
_NAME = re.compile(r"(?<![A-Z0-9_])OTEL_[A-Z0-9_]*[A-Z0-9](?![A-Z0-9_*{<])")


def pages() -> Iterator[Path]:
    """Everything that a user reads or copies."""
    yield from ROOT.glob("*.md")
    for room in ROOMS:
        found = (path for path in sorted((ROOT / room).rglob("*")) if path.is_file() and path.suffix in KINDS)
        yield from (path for path in found if "__pycache__" not in path.parts and path.suffix != ".json")


@cache
def shown() -> dict[str, str]:
    """Each variable with the first page that has it."""
    found: dict[str, str] = {}
    for page in pages():
        for name in _NAME.findall(page.read_text(encoding="utf-8")):
            found.setdefault(name, str(page.relative_to(ROOT)))
    return found


@cache
def known() -> frozenset[str]:
    """Our own, and those that OpenTelemetry's installed packages name."""
    own = {row.variable for row in ROWS} | set(_NAME.findall((ROOT / "setup.py").read_text(encoding="utf-8")))
    theirs: set[str] = set()
    for entry in entry_points(group="opentelemetry_environment_variables"):
        theirs |= {name for name in vars(entry.load()) if name.startswith("OTEL_")}
    return frozenset(own | theirs | OF_A_DOCUMENT)


@cache
def exercised() -> frozenset[str]:
    """Variables that a test names."""
    files = [path for room in TESTS for path in (ROOT / room).rglob("*.py") if path != Path(__file__)]
    return frozenset(name for file in files for text in said(file) for name in _NAME.findall(text))


def said(file: Path) -> Iterator[str]:
    """What a program says as text or as the name of an argument, and not beside it: no comment, no docstring."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    beside = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in beside:
            yield node.value
        elif isinstance(node, ast.keyword) and node.arg is not None:
            yield node.arg


def test_pages_show_variables() -> None:
    assert len(shown()) > 40
    assert {page.split("/")[0] for page in shown().values()} >= {"README.md", "docs", "deploy"}


@pytest.mark.parametrize("name", sorted(shown()))
def test_a_variable_that_is_shown_exists_and_is_exercised(name: str) -> None:
    assert name in known(), f"{shown()[name]} shows it, and nobody reads it"
    assert name in exercised(), f"{shown()[name]} shows it, and no test sets it"
