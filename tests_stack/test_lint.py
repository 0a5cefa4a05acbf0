"""Each linter and schema of deploy/ would refuse a mistake. That there is none, `make lint-deploy` says."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tools.deployment import kubernetes, linters
from tools.deployment.__main__ import CHECKS, FOLDER, main
from tools.deployment.problem import Problem

Check = Callable[[Path], Iterable[Problem]]


def test_a_mistake_is_the_exit_code_and_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copy(FOLDER / ".yamllint", tmp_path)
    (tmp_path / "good.yaml").write_text("a: 1\n", encoding="utf-8")
    assert main([str(tmp_path)]) == 0
    (tmp_path / "bad.yaml").write_text("a:  1\n", encoding="utf-8")
    assert main([str(tmp_path)]) == 1
    assert "  bad.yaml: :1:4: [error] too many spaces" in capsys.readouterr().out


def test_there_is_something_of_everything() -> None:
    assert len(linters.dockerfiles(FOLDER)) == 3
    assert len(linters.scripts(FOLDER)) == 3
    assert len(linters.yaml_files(FOLDER)) > 14
    assert len(linters.templates(FOLDER)) == 1
    kinds = {one["kind"] for file in linters.yaml_files(FOLDER) for one in kubernetes.documents(file)}
    assert kinds == {"Deployment", "Service", "Instrumentation", "Kustomization"}


@pytest.mark.parametrize(
    ("check", "file", "right", "wrong", "said"),
    [
        (linters.hadolint, "docker/Dockerfile", "USER 65532:65532", "USER root", "DL3002"),
        (linters.hadolint, "operator/Dockerfile", "WORKDIR /source", "WORKDIR source", "DL3000"),
        (linters.shellcheck, "operator/side-by-side", 'mkdir -p "$folder"', "mkdir -p $folder", "SC2086"),
        (linters.yamllint, "fleet/front.yaml", "routing_key: traceID", "routing_key:  traceID", "too many spaces"),
        (linters.cfn_lint, "serverless/template.yaml", "MemorySize: 256", "MemorySize: 64", "E3034"),
        (linters.cfn_lint, "serverless/template.yaml", "Handler:", "Handle:", "E3002"),
        (kubernetes.manifests, "kubernetes/orders.yaml", "runAsNonRoot:", "runAsNoRoot:", "runAsNoRoot"),
        (kubernetes.manifests, "kubernetes/orders.yaml", "containerPort: 8000", "containerPort: http", "http"),
        (kubernetes.instrumentations, "operator/instrumentation.yaml", "volumeLimitSize:", "volumeSize:", "volumeSize"),
        (
            kubernetes.instrumentations,
            "operator/instrumentation.yaml",
            "parentbased_",
            "parent_",
            "parent_traceidratio",
        ),
        (
            kubernetes.kustomizations,
            "kubernetes/kustomization.yaml",
            "collector-config.yaml",
            "config.yaml",
            "config.yaml",
        ),
    ],
)
def test_a_mistake_would_be_refused(tmp_path: Path, check: Check, file: str, right: str, wrong: str, said: str) -> None:
    assert check in CHECKS.values()
    folder = tmp_path / "deploy"
    (folder / Path(file).parent).mkdir(parents=True)
    for name in (".hadolint.yaml", ".yamllint", Path(file).parent.name):
        source = FOLDER / name
        if source.is_dir():
            shutil.copytree(source, folder / name, dirs_exist_ok=True)
        else:
            shutil.copy(source, folder)
    assert list(check(folder)) == []
    text = (folder / file).read_text(encoding="utf-8")
    assert right in text
    (folder / file).write_text(text.replace(right, wrong, 1), encoding="utf-8")
    assert any(said in problem.text for problem in check(folder))
