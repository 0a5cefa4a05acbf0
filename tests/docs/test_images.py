"""Every picture of the documentation is shown on some page."""

from __future__ import annotations

import re
from pathlib import Path

from tests.conftest import ROOT

FOLDER = ROOT / "docs" / "images"
PAGES = (*ROOT.glob("*.md"), *(page for room in ("deploy", "docs", "grafana") for page in (ROOT / room).rglob("*.md")))

_IMAGE = re.compile(r"!\[[^\]]+\]\(([^)\s]+)\)")


def shown() -> set[Path]:
    """Files that pages show, with a text for those who do not see them."""
    found = ((page, target) for page in PAGES for target in _IMAGE.findall(page.read_text(encoding="utf-8")))
    return {(page.parent / target).resolve() for page, target in found}


def test_every_image_is_on_a_page_and_every_page_has_its_images() -> None:
    assert {path for path in shown() if path.is_relative_to(FOLDER)} == set(FOLDER.iterdir())
