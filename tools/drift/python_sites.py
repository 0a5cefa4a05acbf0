"""Events raised by Python source: calls of `sys.audit`, found in the syntax tree."""

from __future__ import annotations

import ast
import tokenize
from collections.abc import Iterator
from pathlib import Path

from tools.drift.sites import Site

NOT_LIBRARY = frozenset({"test", "tests", "idle_test", "site-packages", "dist-packages", "__pycache__"})

TESTS = frozenset({"test", "tests", "__pycache__"})

ALWAYS_SYS = ("sys", "_sys")
"""importlib's frozen modules get `sys` handed in, without an import."""


def scan(root: Path, skip: frozenset[str] = NOT_LIBRARY) -> Iterator[Site]:
    """Every call below a directory, tests left out."""
    for path in sorted(root.rglob("*.py")):
        inner = path.relative_to(root)
        if skip.isdisjoint(inner.parts[:-1]) and b"audit" in path.read_bytes():
            yield from read(path, inner.as_posix())


def read(path: Path, where: str) -> Iterator[Site]:
    """Every call in one file; a file that is not this Python's syntax has none."""
    try:
        with tokenize.open(path) as source:
            tree = ast.parse(source.read())
    except (SyntaxError, UnicodeDecodeError):
        return
    modules, functions = _aliases(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and _is_audit(node.func, modules, functions):
            yield from _sites(node, f"{where}:{node.lineno}")


def _aliases(tree: ast.AST) -> tuple[set[str], set[str]]:
    """Names under which a file knows the module `sys` and its `audit`."""
    modules, functions = set[str](ALWAYS_SYS), set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {alias.asname or alias.name for alias in node.names if alias.name == "sys"}
        elif isinstance(node, ast.ImportFrom) and node.module == "sys":
            functions |= {alias.asname or alias.name for alias in node.names if alias.name == "audit"}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and _is_audit(node.value, modules, functions):
            functions |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return modules, functions


def _is_audit(node: ast.expr, modules: set[str], functions: set[str]) -> bool:
    if isinstance(node, ast.Name):
        return node.id in functions
    return (
        isinstance(node, ast.Attribute)
        and node.attr == "audit"
        and isinstance(node.value, ast.Name)
        and node.value.id in modules
    )


def _sites(call: ast.Call, where: str) -> Iterator[Site]:
    name, *arguments = call.args
    source = ", ".join(map(ast.unparse, arguments))
    spread = any(isinstance(argument, ast.Starred) for argument in arguments)
    count = None if spread else len(arguments)
    texts = list(_constants(name))
    if not texts:
        yield Site(ast.unparse(name), where, count, source, dynamic=True)
    for text in texts:
        yield Site(text, where, count, source)


def _constants(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from _constants(node.body)
        yield from _constants(node.orelse)
