"""Suites with and without the bridge: what differs is found, run again, and given to whom it belongs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.suites import comparing, outcomes, page
from tools.suites.comparing import compare
from tools.suites.outcomes import Test as Case
from tools.suites.outcomes import read
from tools.suites.running import Run
from tools.suites.tally import Seen
from tools.suites.variants import EQUAL, EXPORTING, OPENTELEMETRY, PLAIN

JUNIT = """<?xml version="1.0"?><testsuites><testsuite name="pytest">
<testcase classname="tests.test_a.TestX" name="test_ok[1]" file="tests/test_a.py" line="3"/>
<testcase classname="tests.test_a" name="test_bad" file="tests/test_a.py">
<failure message="assert 1 == 2&#10;more"/></testcase>
<testcase classname="tests.test_a" name="test_end" file="tests/test_a.py"/>
<testcase classname="tests.test_a" name="test_end" file="tests/test_a.py"><error message="teardown"/></testcase>
<testcase classname="tests.test_a" name="test_at[0x7f00aa11bb22]" file="tests/test_a.py"><skipped/></testcase>
</testsuite></testsuites>"""
REGRTEST = """<testsuites><testsuite><testcase name="test.test_gc.GCTests.test_list" status="run" result="completed"/>
<testcase name="test.test_gc.GCTests.test_sub [python3 -m x]" status="run"/></testsuite></testsuites>"""


class Scripted:
    """A suite whose one test ends as it is told, by variant."""

    name, version, root = "scripted", "1", Path()

    def __init__(self, **outcomes: str) -> None:
        self._outcomes = outcomes
        self.alone: list[str] = []

    def run(self, variant: str, timeout_s: float, only: tuple[str, ...] = ()) -> Run:
        if only:
            self.alone.append(variant)
        when = f"{variant} alone" if only and f"{variant} alone" in self._outcomes else variant
        outcome = self._outcomes.get(when, "passed")
        cores = (variant,) if variant in ("c", "python") else ()
        tests = {} if outcome == "silent" else {"test": Case("test", outcome, "test")}
        return Run(tests, Seen(len(cores), cores, 10 * len(cores)), 1.0, "code 0")


def whose(**outcomes: str) -> list[tuple[str, str]]:
    result = compare(Scripted(**outcomes), "3.11", 1.0, lambda line: None)
    assert result.problems == []
    return [(found.core, found.whose) for found in result.differences]


def test_reads_what_pytest_writes(tmp_path: Path) -> None:
    (tmp_path / "junit.xml").write_text(JUNIT)
    tests = read(tmp_path / "junit.xml")
    found = {test.rerun: (test.outcome, test.said) for test in tests.values()}
    assert found == {
        "tests/test_a.py::TestX::test_ok[1]": ("passed", ""),
        "tests/test_a.py::test_bad": ("failed", "assert 1 == 2"),
        "tests/test_a.py::test_end": ("error passed", "teardown"),
        "tests/test_a.py::test_at[0x7f00aa11bb22]": ("skipped", ""),
    }
    assert "tests/test_a.py::tests.test_a::test_at[0]" in tests
    assert outcomes.totals(tests) == {"passed": 1, "failed": 1, "error": 1, "skipped": 1}


def test_reads_what_regrtest_writes(tmp_path: Path) -> None:
    (tmp_path / "junit.xml").write_text(REGRTEST)
    assert [test.rerun for test in read(tmp_path / "junit.xml").values()] == [
        "test.test_gc.GCTests.test_list",
        "test.test_gc.GCTests.test_sub",
    ]


def test_a_run_that_crashed_has_no_result(tmp_path: Path) -> None:
    (tmp_path / "junit.xml").write_text(JUNIT[:300])
    assert read(tmp_path / "junit.xml") == {} == read(tmp_path / "missing.xml")


def test_an_environment_that_a_file_changed_is_a_failure_of_its_own() -> None:
    printed = "2 tests altered the execution environment (env changed):\n    test_gc test_import\n\n3 tests OK.\n"
    assert [test.rerun for test in outcomes.changed_environments(printed).values()] == ["test_gc", "test_import"]


def test_the_same_everywhere_is_no_difference() -> None:
    assert whose(**dict.fromkeys((PLAIN, "c", "python"), "failed")) == []


def test_what_ends_as_plain_when_alone_is_flaky() -> None:
    assert whose(c="failed", **{"c alone": "passed"}) == [("c", "flaky")]


@pytest.mark.parametrize("control", [OPENTELEMETRY, EQUAL, EXPORTING])
def test_what_an_equal_does_too_is_not_ours(control: str) -> None:
    assert whose(python="failed", **{control: "failed"}) == [("python", control)]


def test_the_rest_is_ours() -> None:
    assert whose(c="failed", python="error") == [("c", "bridge"), ("python", "bridge")]


@pytest.mark.parametrize(
    ("control", "belongs"), [(OPENTELEMETRY, OPENTELEMETRY), (EXPORTING, EXPORTING), ("none", "bridge")]
)
def test_a_run_without_a_result_is_whose_control_has_none_either(control: str, belongs: str) -> None:
    suite = Scripted(c="silent", **{control: "silent"})
    result = compare(suite, "3.11", 1.0, lambda line: None)
    assert result.problems == []
    assert [(found.test, found.core, found.whose) for found in result.differences] == [(comparing.WHOLE, "c", belongs)]
    assert suite.alone == []


def test_a_reason_on_record_spares_the_reruns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "reason_for", lambda suite, test: "looked into")
    suite = Scripted(c="failed")
    assert [found.whose for found in compare(suite, "3.11", 1.0, lambda line: None).differences] == ["known"]
    assert suite.alone == []


def test_a_bridge_that_was_not_there_proves_nothing() -> None:
    silent = Run({"test": Case("test", "passed")}, Seen(), 1.0, "code 0")
    found = comparing.problems({PLAIN: silent, "c": silent, "python": silent._replace(tests={}, ended="timeout")})
    assert "c: no event was counted" in found
    assert "c: cores that reported: none" in found
    assert "python: timeout" in found


def test_results_take_the_place_of_older_ones_and_become_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "RESULTS", tmp_path / "results.jsonl")
    monkeypatch.setattr(page, "PAGE", tmp_path / "suites.md")
    (tmp_path / "suites.md").write_text("words\n<!-- results -->\nold\n<!-- /results -->\nmore words\n")
    for suite in (Scripted(c="failed"), Scripted(python="failed")):
        page.record(compare(suite, "3.11", 1.0, lambda line: None))
    page.write([("flask", "3.11.7"), ("flask", "3.13.0")])
    assert len(page.rows_of(page.RESULTS)) == 1
    text = (tmp_path / "suites.md").read_text()
    assert "| scripted 1 | 3.11 | 1 | 1, 0, 0 | 0 | 1 | 10 | 1 |" in text
    assert "| scripted | 3.11 | python | `test` | passed | failed | bridge |" in text
    assert "old" not in text
    assert "Not on record yet:\n\n- on 3.11.7: flask\n- on 3.13.0: flask\n<!-- /results -->" in text
    assert text.endswith("more words\n")
