"""What deploy/compose configures, checked by the programs that read it; and the stack to look at, run for real."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tools.backends import BackendError, alertmanager, collector, debian
from tools.backends.programs import run

ROOT = Path(__file__).parents[1]
COMPOSE = ROOT / "deploy" / "compose"


def compose(file: Path) -> str:
    """The file as Docker Compose understands it; BackendError if it does not."""
    return run([debian.compose(), "--project-directory", COMPOSE, "-f", file, "config"])


def test_docker_compose_takes_the_file() -> None:
    understood = compose(COMPOSE / "compose.yaml")
    assert "host_ip: 127.0.0.1" in understood
    assert "0.0.0.0" not in understood


@pytest.mark.parametrize(
    ("right", "wrong"), [("mem_limit:", "memory_limit:"), ("depends_on: [collector]", "depends_on: [collecter]")]
)
def test_docker_compose_would_refuse_a_mistake(tmp_path: Path, right: str, wrong: str) -> None:
    text = (COMPOSE / "compose.yaml").read_text(encoding="utf-8")
    assert right in text
    broken = tmp_path / "compose.yaml"
    broken.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(BackendError, match=wrong.strip(":").rpartition("[")[2].strip("]")):
        compose(broken)


def test_the_collector_takes_its_file() -> None:
    run([collector.collector(), "validate", f"--config={COMPOSE / 'collector.yaml'}"])


def test_the_collector_would_refuse_a_mistake(tmp_path: Path) -> None:
    broken = tmp_path / "collector.yaml"
    text = (COMPOSE / "collector.yaml").read_text(encoding="utf-8")
    broken.write_text(text.replace("exporters: [otlp_http/loki]", "exporters: [otlp_http/logs]"), encoding="utf-8")
    with pytest.raises(BackendError, match="otlp_http/logs"):
        run([collector.collector(), "validate", f"--config={broken}"])


def test_prometheus_takes_its_file_and_the_rules_it_mounts(tmp_path: Path) -> None:
    shutil.copy(COMPOSE / "prometheus.yaml", tmp_path)
    (tmp_path / "rules").mkdir()
    shutil.copy(ROOT / "grafana" / "files" / "rules" / "prometheus.yaml", tmp_path / "rules")
    said = run([debian.program("promtool"), "check", "config", tmp_path / "prometheus.yaml"])
    assert "rules/prometheus.yaml" in said
    assert "SUCCESS: 1 rule files found" in said


def test_alertmanager_takes_its_file() -> None:
    run([alertmanager.program("amtool"), "check-config", ROOT / "deploy" / "alertmanager" / "alertmanager.yaml"])


@pytest.fixture
def started(tmp_path: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tools.stack", "--folder", str(tmp_path / "stack"), "--seconds", "12"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )


def pages(process: subprocess.Popen[str]) -> dict[str, str]:
    """What it prints to be opened, by name, when it is up. Leaves the pipe open: closed, it would end the stack."""
    assert process.stdout is not None
    found = {}
    while not (line := process.stdout.readline()).startswith("Ctrl-C"):
        assert line, "it ended before it said how to end it"
        name, _, url = line.strip().rpartition("  ")
        if url.startswith("http://127.0.0.1:"):
            found[name.strip()] = url
    return found


def leftovers(folder: Path) -> list[str]:
    """Command lines of running programs that name the folder, this one's children or not."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = file.read_bytes()
        except OSError:  # it ended while we looked
            continue
        if str(folder).encode() in command:
            found.append(command.replace(b"\0", b" ").decode())
    return found


def test_the_stack_shows_its_pages_gets_all_signals_and_ends(started: subprocess.Popen[str], tmp_path: Path) -> None:
    with started:
        shown = pages(started)
        started.wait()
    assert started.returncode == 0  # 1 if metrics, traces or logs had not arrived
    assert len(shown) == 6
    assert leftovers(tmp_path) == []


def test_the_stack_ends_at_ctrl_c(started: subprocess.Popen[str], tmp_path: Path) -> None:
    with started:
        assert pages(started)
        assert leftovers(tmp_path)
        started.send_signal(signal.SIGINT)
        started.wait()
    assert started.returncode == 0
    assert leftovers(tmp_path) == []
