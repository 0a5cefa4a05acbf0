"""The page is a destination like the others: no planted secret is in it, and no place when strict."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import QUIET, RUN, call
from tests.conftest import CORES, ROOT
from tests.report.pages import Page
from tests.secrets.left import EVERYTHING, PROGRAMS
from tests.secrets.planting import Planted, load
from tests.secrets.scan import Search


def told(program: str, folder: Path, **variables: str) -> tuple[Page, list[Planted]]:
    """A page about a program with a secret in everything it does, and the secrets."""
    path, secrets = folder / "report.html", folder / "planted.json"
    command = (*RUN, *QUIET, "--report", str(path), str(PROGRAMS / program), str(secrets))
    done = call(*command, cwd=ROOT, variables={**EVERYTHING, "PYTHONPATH": str(ROOT), **variables})
    assert done.returncode == 0, done.stderr[-2000:]
    return Page(path.read_text(encoding="utf-8")), load(secrets)


def found(page: Page, planted: list[Planted]) -> set[Planted]:
    """Secrets of which something is in the page, as it is written and as it is read; plotly's script left out."""
    text = page.text.replace(page.packed, "")
    shown = json.dumps(page.data, ensure_ascii=False) + "\0".join(page.said) + json.dumps(page.tables)
    return Search(planted).find(f"{text}\0{shown}".encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("core", CORES)
def test_no_secret_is_in_the_page(core: str, tmp_path: Path) -> None:
    page, planted = told("planted.py", tmp_path, OTEL_PYTHON_AUDIT_CORE=core)
    assert len(planted) > 2_000
    assert len(page.data["records"]) > 2_000
    assert page.text.count("[redacted:") > 1_000
    assert not {each.what for each in found(page, planted)}


def test_without_redaction_most_are_found(tmp_path: Path) -> None:
    """The test can fail: the same program, the same search."""
    page, planted = told("planted.py", tmp_path, OTEL_PYTHON_AUDIT_REDACT="off")
    seen = found(page, planted)
    hidden = {each for each in planted if each.hidden}
    assert not {each.what for each in seen & hidden}
    assert len(seen) > 0.9 * len(set(planted) - hidden)


@pytest.mark.parametrize("core", CORES)
def test_strict_tells_of_no_place(core: str, tmp_path: Path) -> None:
    page, planted = told("places.py", tmp_path, OTEL_PYTHON_AUDIT_CORE=core, OTEL_PYTHON_AUDIT_REDACT="strict")
    assert page.text.count("[hashed:") > 50
    assert not {each.what for each in found(page, planted)}
    assert str(ROOT) not in page.text
