"""plotly's script is found without importing plotly."""

from __future__ import annotations

import importlib.util
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from otel_audit.report import plotlyjs
from tests.conftest import run


def test_the_script_is_the_librarys_and_plotly_is_not_imported() -> None:
    program = """
import json, sys
from otel_audit.report import plotlyjs
script = plotlyjs.read(plotlyjs.find())
print(json.dumps(["Plotly" in script, len(script) > 1_000_000, "plotly" in sys.modules]))
"""
    assert run(program).result == [True, True, False]


def test_a_missing_plotly_is_said_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plotlyjs, "find_spec", lambda name: None)
    with pytest.raises(plotlyjs.NoPlotly, match=r'pip install "otel-audit\[report\]"'):
        plotlyjs.find()


def test_a_plotly_that_somebody_blocked_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "plotly", None)
    with pytest.raises(plotlyjs.NoPlotly, match="not installed"):
        plotlyjs.find()


def test_a_plotly_without_its_script_is_said(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").touch()
    spec = importlib.util.spec_from_file_location(
        "plotly", tmp_path / "__init__.py", submodule_search_locations=[str(tmp_path)]
    )
    assert isinstance(spec, ModuleSpec)
    with pytest.raises(plotlyjs.NoPlotly, match=r"no package_data/plotly.min.js: FileNotFoundError"):
        plotlyjs.read(spec)
