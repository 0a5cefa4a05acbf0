"""The documentation is true: tables, options, names, links, samples that run."""

from __future__ import annotations

import argparse
import re
import shlex
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType

import pytest

from otel_audit import wire
from otel_audit.cli import dashboard_options, doctor, events, run, startup, top
from otel_audit.plan import build_plan
from otel_audit.settings import PREFIX, ROWS, Settings
from tests.conftest import ROOT, Run

README, CONFIGURATION, DESIGN = ROOT / "README.md", ROOT / "docs/configuration.md", ROOT / "docs/design.md"
PAGES = (README, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md")))
TOOLS = ("compatibility", "exits", "fire", "scaling", "soak", "suites", "wheels")
FOREIGN_OPTIONS = {
    "--app",
    "--audit_include",
    "--concurrency",
    "--demo",
    "--ini",
    "--key",
    "--loop",
    "--max-requests",
    "--max-tasks-per-child",
    "--native",
    "--order",
    "--password",
    "--port",
    "--preload",
    "--rounds",
    "--source",
    "--timeout",
    "--timeout-worker-healthcheck",
    "--token",
    "--worker-class",
    "--workers",
}
"""Of `opentelemetry-instrument`, of servers, and of programs in the examples."""

_BLOCK = re.compile(r"^(<!-- runnable -->\n)?```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_OPTION = re.compile(r"(?<![\w-])--[a-z][\w-]*")
_OUR_VARIABLE = re.compile(PREFIX + r"[A-Z_]*[A-Z]")
_ASSIGNMENT = re.compile(rf"({PREFIX}[A-Z_]+)=('[^']*'|\S+)")
_MACHINE_PATH = re.compile(r"(?<![\w…/])/(?:root|work|home|Users|tmp)\b")


def blocks(page: Path, language: str, runnable: bool = False) -> list[str]:
    found = _BLOCK.findall(page.read_text(encoding="utf-8"))
    return [text for mark, kind, text in found if kind == language and (mark or not runnable)]


def cells(page: Path, heading: str) -> Iterator[list[str]]:
    """Rows of the table whose header line begins with `heading`."""
    lines = iter(page.read_text(encoding="utf-8").splitlines())
    for line in lines:
        if line.startswith(f"| {heading}"):
            break
    next(lines)
    for line in lines:
        if not line.startswith("|"):
            return
        yield [cell.strip().strip("`") for cell in line.strip("|").split("|")]


def commands(verb: str) -> list[list[str]]:
    """Words after `otel-audit VERB` in shell blocks."""
    lines = (line for page in PAGES for block in blocks(page, "sh") for line in block.splitlines())
    words = [shlex.split(line.partition(" | ")[0], comments=True) for line in lines if f"otel-audit {verb}" in line]
    return [line[line.index(verb) + 1 :] for line in words]


def dashboards_parsers() -> Iterator[argparse.ArgumentParser]:
    """One for each action of `otel-audit dashboards`."""
    for action in dashboard_options.parser()._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.values()


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", [README, CONFIGURATION], ids=lambda page: page.name)
def test_the_table_of_variables_is_that_of_the_settings(page: Path) -> None:
    documented = [(name, "" if default == "(empty)" else default) for name, default, _ in cells(page, "variable")]
    assert documented == [(row.variable, row.default) for row in ROWS]


def test_rows_of_figures_that_are_pointed_at_are_there() -> None:
    figures = (ROOT / "docs/performance.md").read_text(encoding="utf-8")
    named = [row for row, _ in cells(ROOT / "docs/locations.md", "row, of `c`")]
    assert named
    for row in named:
        assert f"\n| c: {row} |" in figures
        assert f"\n| python: {row} |" in figures


def test_every_variable_of_ours_that_is_named_exists() -> None:
    build = set(_OUR_VARIABLE.findall((ROOT / "setup.py").read_text(encoding="utf-8")))
    known = {row.variable for row in ROWS} | build
    for page in PAGES:
        assert set(_OUR_VARIABLE.findall(page.read_text(encoding="utf-8"))) <= known, page.name


def test_every_value_in_an_example_is_accepted() -> None:
    rows = {row.variable: row.name for row in ROWS}
    text = "".join(block for page in PAGES for block in blocks(page, "sh"))
    shown = [(name, value.strip("'")) for name, value in _ASSIGNMENT.findall(text) if name in rows]
    assert len(shown) > 10
    for name, value in shown:
        if rows[name] != "log_stream":  # would open a file
            build_plan(Settings(**{rows[name]: value}))


def test_every_command_line_shown_is_accepted() -> None:
    shown = commands("run")
    assert len(shown) > 3
    for words in shown:
        run.parse(words)


@pytest.mark.parametrize("verb", [events, doctor], ids=["events", "doctor"])
def test_every_command_line_of_the_other_verbs_is_accepted(verb: ModuleType) -> None:
    for words in commands(verb.__name__.rpartition(".")[2]):
        options = verb._parser().parse_args(words)
        if hasattr(options, "selector"):
            assert events.select(options.selector), options.selector


def test_every_option_named_in_the_text_exists() -> None:
    known = set(FOREIGN_OPTIONS)
    verbs = (run.parser(), events._parser(), doctor._parser(), top.parser(), startup.parser())
    for parser in (*verbs, *dashboards_parsers()):
        known |= set(parser._option_string_actions)
    for module in (ROOT / "benchmarks").glob("*.py"):
        known |= set(_OPTION.findall(module.read_text(encoding="utf-8")))
    for program in ("tests/receiver", *(f"tools/{name}" for name in TOOLS)):
        known |= set(_OPTION.findall((ROOT / program / "__main__.py").read_text(encoding="utf-8")))
    for page in PAGES:
        text = re.sub(r"<!--.*?-->", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert set(_OPTION.findall(text)) <= known, page.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for link in _LINK.findall(page.read_text(encoding="utf-8")):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.is_file(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_path_of_a_machine(page: Path) -> None:
    assert not _MACHINE_PATH.findall(page.read_text(encoding="utf-8"))


def samples() -> Sequence[object]:
    found = [(page, text) for page in PAGES for text in blocks(page, "python", runnable=True)]
    assert found
    return [pytest.param(text, id=f"{page.stem}-{at}") for at, (page, text) in enumerate(found)]


@pytest.mark.parametrize("sample", samples())
def test_samples_run(sample: str, run_python: Run) -> None:
    run_python(sample)


def test_the_record_layout_is_the_one_that_is_read() -> None:
    codes = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q"}
    layout, offset = "=", 0
    for shown, kind, _ in cells(DESIGN, "offset"):
        code = codes.get(kind, kind)
        assert int(shown) == offset
        layout, offset = layout + code, offset + struct.calcsize("=" + code)
    assert layout == wire.HEADER.format
    assert offset == wire.HEADER.size


def test_the_laws_are_numbered_where_the_sources_say() -> None:
    section = DESIGN.read_text(encoding="utf-8").partition("\n## What the hook never does\n")[2].partition("\n## ")[0]
    numbers = [int(number) for number in re.findall(r"^(\d)\. ", section, re.MULTILINE)]
    assert numbers == list(range(1, 8))
