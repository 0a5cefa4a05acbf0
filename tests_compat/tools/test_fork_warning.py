"""Python 3.12 warns of fork in a process with threads: the SDK's own exporters cause it, or our thread alone."""

from __future__ import annotations

import sys

import pytest

from tests_compat.tools.conftest import Bench

pytestmark = pytest.mark.skipif(sys.version_info < (3, 12), reason="Python warns from 3.12 on")

FORK = """
import os, warnings
with warnings.catch_warnings(record=True) as warned:
    warnings.simplefilter("always")
    if not (child := os.fork()):
        os._exit(0)
    os.waitpid(child, 0)
print([str(one.message).startswith("This process") for one in warned])
"""
SILENT = {f"OTEL_{signal}_EXPORTER": "none" for signal in ("TRACES", "METRICS", "LOGS")}


def test_exporters_cause_the_warning_without_the_bridge(bench: Bench) -> None:
    ended = bench.instrumented("-c", FORK, env={"OTEL_PYTHON_AUDIT_ENABLED": "false"})
    assert ended.out.strip() == "[True]"


def test_with_a_log_stream_alone_the_bridge_causes_it(bench: Bench) -> None:
    off = bench.instrumented("-c", FORK, env={**SILENT, "OTEL_PYTHON_AUDIT_ENABLED": "false"})
    assert off.out.strip() == "[]"
    stream = {**SILENT, "OTEL_PYTHON_AUDIT_LOG_STREAM": str(bench.folder / "audit.jsonl")}
    assert bench.instrumented("-c", FORK, env=stream).out.strip() == "[True]"


def test_the_variable_that_docs_name_silences_it(bench: Bench) -> None:
    silenced = {"PYTHONWARNINGS": "error::DeprecationWarning:__main__,ignore:This process:DeprecationWarning"}
    fork = "import os; child = os.fork(); os._exit(0) if not child else print(os.waitpid(child, 0)[1])"
    assert bench.instrumented("-c", fork, env=silenced).out.strip() == "0"
