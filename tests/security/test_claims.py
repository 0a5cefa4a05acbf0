"""SECURITY.md and its tests know the same claims."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.conftest import ROOT

HERE = Path(__file__).parent
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
CLAIM = re.compile(r"^\*\*C(\d+)\.\*\* ", re.MULTILINE)


def proofs() -> dict[str, set[int]]:
    """Claims by test, as the sources of this folder say them."""
    found: dict[str, set[int]] = {}
    for path in sorted(HERE.glob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                marks = [
                    mark
                    for mark in node.decorator_list
                    if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name) and mark.func.id == "proves"
                ]
                numbers = {number.value for mark in marks for number in mark.args if isinstance(number, ast.Constant)}
                found[f"{path.name}::{node.name}"] = {number for number in numbers if isinstance(number, int)}
    return found


def test_every_claim_has_a_test_and_every_test_a_claim() -> None:
    claimed = list(map(int, CLAIM.findall(PAGE)))
    assert claimed == list(range(1, len(claimed) + 1)), "numbered, in order"
    tests = {name: numbers for name, numbers in proofs().items() if not name.startswith(Path(__file__).name)}
    assert [name for name, numbers in tests.items() if not numbers] == []
    assert set(claimed) == set().union(*tests.values())


def test_each_claim_names_the_files_that_prove_it() -> None:
    parts = CLAIM.split(PAGE)[1:]
    by_file: dict[int, set[str]] = {}
    for name, numbers in proofs().items():
        for number in numbers:
            by_file.setdefault(number, set()).add(name.partition("::")[0])
    for number, text in zip(map(int, parts[::2]), parts[1::2]):
        paragraph = text.partition("\n\n")[0]
        named = set(re.findall(r"tests/security/(test_\w+\.py)", paragraph))
        assert named == by_file[number], f"C{number}"


def test_paths_in_the_page_exist() -> None:
    for path in re.findall(r"`((?:tests|tools|docs|src|\.github)/[\w./-]+)`", PAGE):
        assert (ROOT / path).exists(), path
