"""docs/events is what rows and samples make now."""

from __future__ import annotations

import re

import pytest

from otel_audit.cli.event_facts import facts
from otel_audit.events import CATALOGUE, GROUPS
from tools.fire.pages import DIRECTORY, render

PAGES = render()
STALE = "run python -m tools.fire.pages"


@pytest.mark.parametrize("name", sorted(PAGES))
def test_page_is_current(name: str) -> None:
    assert (DIRECTORY / name).read_text(encoding="utf-8") == PAGES[name], STALE


def test_no_page_is_left_over() -> None:
    assert {path.name for path in DIRECTORY.glob("*.md")} == PAGES.keys(), STALE


def test_each_family_has_a_page_with_its_events() -> None:
    for group in GROUPS.keys() - {"custom"}:
        headings = re.findall(r"^## `(.+)`$", PAGES[f"{group}.md"], re.MULTILINE)
        assert sorted(headings) == sorted(GROUPS[group])


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_link_of_an_event_leads_to_its_heading(name: str) -> None:
    page, _, target = facts(name).page.rpartition("/")[2].partition("#")
    headings = re.findall(r"^## (.+)$", PAGES[page], re.MULTILINE)
    # GitHub's rule, written out again: lower case, no punctuation, spaces as hyphens.
    anchors = ["".join(each for each in heading.lower() if each.isalnum() or each in "-_") for heading in headings]
    assert anchors.count(target) == 1
    assert f"({page}#{target})" in PAGES["README.md"]


def test_links_between_pages_lead_somewhere() -> None:
    for text in PAGES.values():
        for target in re.findall(r"\]\(([^)#]+)", text):
            assert target in PAGES or (DIRECTORY / target).exists(), target


def test_pages_say_nothing_of_values_that_are_never_captured() -> None:
    assert all("hunter2" not in text and "sesame" not in text for text in PAGES.values())
