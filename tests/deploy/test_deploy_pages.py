"""Pages of deploy/: links lead somewhere, images and variables are those of the files beside them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT
from tools.backends.collector import version

FOLDER = ROOT / "deploy"
PAGES = sorted(FOLDER.rglob("*.md"))
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s#]+)(?:#[^)]*)?\)")
_OF_THE_COLLECTOR = re.compile(r"\$\{env:([A-Z_]+)(:-)?")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(FOLDER)))
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for link in _LINK.findall(page.read_text(encoding="utf-8")):
        if "://" not in link:
            assert (page.parent / link).exists(), link


def test_every_file_is_named_on_a_page_or_by_a_file_that_is() -> None:
    files = [path for path in FOLDER.rglob("*") if path.is_file() and not path.name.startswith(".")]
    text = "".join(path.read_text(encoding="utf-8") for path in files)
    for file in files:
        if file.suffix not in (".md", ".dockerignore"):
            assert file.name in text, file


@pytest.mark.parametrize("tier", ["front", "sampler", "writer"])
def test_a_tiers_variables_without_a_default_are_the_ones_to_set(tier: str) -> None:
    found = _OF_THE_COLLECTOR.findall((FOLDER / "fleet" / f"{tier}.yaml").read_text(encoding="utf-8"))
    needed = {name for name, default in found if not default}
    page = (FOLDER / "fleet" / "README.md").read_text(encoding="utf-8")
    (row,) = re.findall(rf"^\| \[{tier}\.yaml\].*$", page, re.MULTILINE)
    told = set(re.findall(r"`([A-Z_]+)`", row))
    assert needed <= told <= {name for name, _ in found}


def test_the_collector_is_the_release_that_is_built_and_checked_here() -> None:
    documents = yaml.safe_load_all((FOLDER / "kubernetes" / "collector.yaml").read_text(encoding="utf-8"))
    deployment = next(one for one in documents if one["kind"] == "Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    assert container["image"].rpartition(":")[2] == version()
    assert version() in (FOLDER / "fleet" / "README.md").read_text(encoding="utf-8")
