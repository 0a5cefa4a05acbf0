"""Every environment variable that a page or a file of deploy/ shows exists, and some test sets it.

What a test says of a variable otherwise (an error's text, an assertion) does not count.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from otel_audit.settings import PREFIX, ROWS
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
OF_OTHERS = {
    "ARGUMENTS": "of make",
    "AWS_LAMBDA_EXEC_WRAPPER": "of AWS Lambda; tests/deploy/test_serverless.py runs what it names",
    "FOO": "an example of redaction",
    "POD_NAME": "Kubernetes fills it in, and refers to it in the same manifest",
    "PYTHON": "of make",
    "PYTHONASYNCIODEBUG": "of CPython",
    "SHORT": "of make",
    "VENV": "of make",
    # Of the collectors of deploy/fleet, each with a default, which is what tests_stack/test_fleet.py runs.
    "MEMORY_MIB": "bounds memory",
    "TELEMETRY": "how much a collector tells of itself",
    "TRACES_IN_MEMORY": "bounds memory",
}
"""Not ours to set in a test, each with the reason."""
_NAME = re.compile(r"(?<![A-Z0-9_])OTEL_[A-Z0-9_]*[A-Z0-9](?![A-Z0-9_*{<])")
_ANY = r"([A-Z][A-Z0-9_]*[A-Z0-9])"
_SET = re.compile(rf"(?<![\w$.-]){_ANY}=")
_SHELL = re.compile(r"^```sh\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(rf"`{_ANY}=[^`\n]*`")
_REFERENCE = re.compile(rf"\$\{{(?:env:)?{_ANY}(?::-[^}}]*)?\}}")
_MANIFEST = re.compile(rf"^\s*-?\s*name: {_ANY}$", re.MULTILINE)
_ASKED = re.compile(rf"environ(?:\.get\(|\[)\"{_ANY}\"")


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
    short = {row.variable.removeprefix(PREFIX) for row in ROWS}
    for page in pages():
        text = page.read_text(encoding="utf-8")
        for name in (*_NAME.findall(text), *others(page, text)):
            found.setdefault(PREFIX + name if name in short else name, str(page.relative_to(ROOT)))
    return found


def others(page: Path, text: str) -> Iterator[str]:
    """Names without OpenTelemetry's prefix: what is set in a shell, referred to, or asked for by an example."""
    if page.suffix == ".md":
        for block in _SHELL.findall(text):
            yield from _SET.findall(block)
        yield from _INLINE.findall(text)
    if page.suffix in (".md", ".yaml"):
        yield from _REFERENCE.findall(text)
        yield from _MANIFEST.findall(text)
    if page.suffix == ".py":
        yield from _ASKED.findall(text)


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
    """Variables that a test sets."""
    files = [path for room in TESTS for path in (ROOT / room).rglob("*.py") if path != Path(__file__)]
    return frozenset(name for file in files for name in set_by(ast.parse(file.read_text(encoding="utf-8"))))


def set_by(tree: ast.AST) -> Iterator[str]:
    """Keys of dictionaries and of pairs, arguments, what `setenv` is given, words of command lines."""
    lines = (node.value for node in ast.walk(tree) if isinstance(node, ast.Expr))
    said = {id(value) for value in lines if isinstance(value, ast.Constant)}
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assert, ast.Compare)):
            said.update(map(id, ast.walk(node)))
    for node in ast.walk(tree):
        if id(node) in said:
            continue
        yield from _texts(_named_by(node))
        if isinstance(node, ast.keyword) and node.arg is not None:
            yield node.arg
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from (found[1] for found in _SET.finditer(node.value) if ": expected" not in node.value)


def _named_by(node: ast.AST) -> Sequence[ast.AST | None]:
    """Where a name stands as such."""
    if isinstance(node, ast.Dict):
        return node.keys
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
        return (node.slice,)
    if isinstance(node, ast.Tuple) and len(node.elts) == 2:
        return node.elts[:1]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "setenv":
        return node.args[:1]
    return ()


def _texts(nodes: Sequence[ast.AST | None]) -> Iterator[str]:
    return (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


def test_pages_show_variables() -> None:
    assert len(shown()) > 40
    assert {page.split("/")[0] for page in shown().values()} >= {"README.md", "docs", "deploy"}


@pytest.mark.parametrize("name", sorted(shown().keys() - OF_OTHERS.keys()))
def test_a_variable_that_is_shown_exists_and_is_exercised(name: str) -> None:
    if name.startswith("OTEL_"):
        assert name in known(), f"{shown()[name]} shows it, and nobody reads it"
    assert name in exercised(), f"{shown()[name]} shows it, and no test sets it"


def test_every_exception_is_shown_and_set_by_no_test() -> None:
    assert OF_OTHERS.keys() <= shown().keys()
    assert not OF_OTHERS.keys() & exercised()


@pytest.mark.parametrize(
    ("program", "used"),
    [
        ("environment(A_B='1')", True),
        ("env = {'A_B': '1'}", True),
        ("env['A_B'] = '1'", True),
        ("pairs = (('A_B', '1'),)", True),
        ("monkeypatch.setenv('A_B', '1')", True),
        ("run('A_B=1 program')", True),
        ("assert line == 'A_B=1'", False),
        ("case('A_B=1: expected true or false')", False),
        ("monkeypatch.delenv('A_B')", False),
        ("def test():\n    'A_B=1'", False),
        ("# A_B=1", False),
    ],
)
def test_only_setting_a_variable_is_a_use(program: str, used: bool) -> None:
    assert ("A_B" in set_by(ast.parse(program))) is used
