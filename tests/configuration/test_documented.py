"""Files shown in the documentation and in the examples are files one can use."""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

from otel_audit import processors
from otel_audit.plan import build_plan
from otel_audit.settings import Settings
from tests.conftest import ROOT

_BLOCK = re.compile(r"^```(toml|yaml)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SHOWN = [
    *(
        pytest.param(text, kind, id=f"{page.stem}-{kind}")
        for page in sorted((ROOT / "docs").glob("*.md"))
        for kind, text in _BLOCK.findall(page.read_text(encoding="utf-8"))
    ),
    *(
        pytest.param(path.read_text(encoding="utf-8"), "toml", id=path.parent.name)
        for path in sorted((ROOT / "examples").glob("*/*.toml"))
    ),
]


@pytest.mark.parametrize(("text", "kind"), SHOWN)
def test_every_file_shown_can_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, kind: str) -> None:
    if kind == "yaml" and find_spec("yaml") is None:
        pytest.skip("PyYAML is not installed")
    path = tmp_path / f"audit.{kind}"
    path.write_text(text, encoding="utf-8")
    if text.startswith("file_format:"):
        pytest.importorskip("opentelemetry.configuration")
        monkeypatch.setenv("OTEL_CONFIG_FILE", str(path))
        monkeypatch.setenv("AUDIT_RING", "131072")
        found = Settings()
        assert found.origin("include") == "declaration"
        assert found.ring_size == 131072
    else:
        found = Settings(config_file=path)
    plan = build_plan(found, custom=found.events)
    assert {event.name for event in found.events} <= {event.name for event in plan.events if event.selected}
    for item in found.processors:
        processors.load(item, "documented")


def test_documentation_and_examples_show_some() -> None:
    kinds = [param.values[1] for param in SHOWN]
    assert kinds.count("toml") >= 3
    assert kinds.count("yaml") >= 1
