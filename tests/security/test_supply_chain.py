"""What builds, checks and publishes the package is pinned, and may do no more than it needs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from tests.security.claims import proves

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINNED = ROOT / "tools" / "pinned"
pytestmark = pytest.mark.skipif(not (ROOT / ".github").exists(), reason="an sdist has no workflows")


def read(path: Path) -> dict[Any, Any]:
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(found, dict)
    return found


def steps(workflow: dict[Any, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


@proves(23)
def test_there_are_workflows() -> None:
    assert {path.name for path in WORKFLOWS} == {"ci.yml", "release.yml"}


@proves(23)
@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit_and_say_their_version(path: Path) -> None:
    used = re.findall(r"uses: (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert used
    for each in used:
        assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", each), each


@proves(23)
def test_an_action_is_pinned_to_one_commit_everywhere() -> None:
    pins: dict[str, set[str]] = {}
    for path in WORKFLOWS:
        for name, pin in re.findall(r"uses: ([^@\s]+)@(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE):
            pins.setdefault(name, set()).add(pin)
    assert {name: len(found) for name, found in pins.items()} == dict.fromkeys(pins, 1)


@proves(23)
@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_jobs_may_do_no_more_than_they_need(path: Path) -> None:
    workflow = read(path)
    assert workflow["permissions"] == {}
    triggers = workflow[True]  # YAML 1.1 reads `on` so
    assert not {"pull_request_target", "workflow_run", "issue_comment"} & set(triggers)
    for name, job in workflow["jobs"].items():
        if name == "publish":
            assert job["permissions"] == {"id-token": "write", "attestations": "write"}
            assert job["environment"]["name"] == "pypi"
        else:
            assert job["permissions"] == {"contents": "read"}
        assert job["timeout-minutes"] <= 90
    for step in steps(workflow):
        if "checkout" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False
        # What a stranger may choose (branch names, titles) is never pasted into a script.
        assert "${{" not in step.get("run", ""), step["run"]
    assert "secrets." not in path.read_text(encoding="utf-8")


@proves(23)
def test_only_a_tag_publishes_and_only_what_was_tested() -> None:
    release = read(ROOT / ".github" / "workflows" / "release.yml")
    assert release[True]["push"] == {"tags": ["v*"]}
    publish = release["jobs"]["publish"]
    assert publish["if"] == "github.event_name == 'push'"
    assert set(publish["needs"]) == {"sdist", "wheels"}
    assert not [step for step in publish["steps"] if "run" in step]
    assert [name for name, job in release["jobs"].items() if "id-token" in job["permissions"]] == ["publish"]


@proves(24)
@pytest.mark.parametrize("name", ["backend", "release"])
def test_tools_of_a_release_are_pinned_with_hashes(name: str) -> None:
    pinned = (PINNED / f"{name}.txt").read_text(encoding="utf-8").replace("\\\n", " ")
    requirements = [line for line in pinned.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert requirements
    for line in requirements:
        assert re.match(r"[a-z0-9.-]+==\S+ ", line), line
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", line), line
    found = {line.partition("==")[0] for line in requirements}
    wanted = (PINNED / f"{name}.in").read_text(encoding="utf-8")
    named = {word for word in re.findall(r"^([a-z][a-z0-9-]*)", wanted, re.MULTILINE) if word != "r"}
    assert named <= found


@proves(24)
def test_workflows_install_nothing_else_to_build_with() -> None:
    release = read(ROOT / ".github" / "workflows" / "release.yml")
    installs = [step["run"] for step in steps(release) if "install" in step.get("run", "")]
    assert installs
    assert set(installs) == {
        "python -m pip install --disable-pip-version-check --require-hashes -r tools/pinned/release.txt"
    }
    config = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'before-build = "pip install --require-hashes -r {project}/tools/pinned/backend.txt"' in config
    assert 'build-frontend = { name = "build", args = ["--no-isolation"] }' in config
