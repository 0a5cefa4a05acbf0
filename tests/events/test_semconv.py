"""Every attribute name is one of OpenTelemetry's or in our reserved corner."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from pathlib import Path
from types import ModuleType

import pytest
from opentelemetry.semconv import attributes, schemas
from opentelemetry.semconv._incubating import attributes as incubating

from otel_audit import semconv
from otel_audit.events import CATALOGUE

OURS = {name: key for name, key in vars(semconv).items() if name.startswith("AUDIT_")}
THEIRS = {
    name: key for name, key in vars(semconv).items() if name.isupper() and name not in OURS and name != "SCHEMA_URL"
}


def constants(package: ModuleType) -> set[str]:
    modules = [
        importlib.import_module(f"{package.__name__}.{found.name}") for found in pkgutil.iter_modules(package.__path__)
    ]
    return {value for module in modules for value in vars(module).values() if isinstance(value, str)}


KNOWN = constants(attributes) | constants(incubating)


@pytest.mark.parametrize(("name", "key"), sorted(THEIRS.items()))
def test_name_is_a_semantic_convention(name: str, key: str) -> None:
    assert key in KNOWN
    assert name == key.upper().replace(".", "_")


def test_our_keys_are_reserved_and_no_convention() -> None:
    assert all(key.startswith("python.audit.") for key in OURS.values())
    assert not set(OURS.values()) & KNOWN


def version(url: str) -> list[int]:
    return [int(part) for part in url.rpartition("/")[2].split(".")]


def test_no_newer_schema_is_installed() -> None:
    assert max(version(schema.value) for schema in schemas.Schemas) <= version(semconv.SCHEMA_URL)


def test_rows_use_names_of_the_table_only() -> None:
    used = {arg.attribute for event in CATALOGUE.values() for arg in event.args if arg.attribute}
    assert used <= set(THEIRS.values())


def literals(path: Path) -> set[str]:
    """Every text in a module, the parts of f-strings included, docstrings left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in said)
    return {node.value for node in constants if isinstance(node.value, str)}


SOURCE = Path(str(semconv.__file__)).parent


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_change_of_conventions_is_one_edit(path: Path) -> None:
    if path.name == "semconv.py":
        return
    spelled = [(key, text) for text in literals(path) for key in THEIRS.values() if text == key or f"{{{key}}}" in text]
    assert spelled == []
