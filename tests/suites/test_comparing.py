"""Suites with and without the bridge: what differs is found, run again, and given to whom it belongs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.suites.scripted import Scripted
from tools.suites import comparing, outcomes
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


def whose(**outcomes: str) -> list[tuple[str, str]]:
    result = compare(Scripted(**outcomes), 1.0, lambda line: None)
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
    result = compare(suite, 1.0, lambda line: None)
    assert result.problems == []
    assert [(found.test, found.core, found.whose) for found in result.differences] == [(comparing.WHOLE, "c", belongs)]
    assert suite.alone == []


def test_a_reason_on_record_spares_the_reruns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "reason_for", lambda suite, test: "looked into")
    suite = Scripted(c="failed")
    assert [found.whose for found in compare(suite, 1.0, lambda line: None).differences] == ["known"]
    assert suite.alone == []


def test_a_bridge_that_was_not_there_proves_nothing() -> None:
    silent = Run({"test": Case("test", "passed")}, Seen(), 1.0, "code 0")
    found = comparing.problems({PLAIN: silent, "c": silent, "python": silent._replace(tests={}, ended="timeout")})
    assert "c: no event was counted" in found
    assert "c: cores that reported: none" in found
    assert "python: timeout" in found
