"""Kubernetes manifests against the schemas of the API servers, the operator's resource against its own definition.

Schemas are strict: a field that no schema knows is a mistake here, as `kubectl apply --validate=strict` has it.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from tools.backends import golang
from tools.backends.cache import kept, progress
from tools.backends.programs import run
from tools.deployment.linters import yaml_files
from tools.deployment.problem import Problem, said, tool

VERSIONS = ("1.30", "1.37")
"""Oldest and newest Kubernetes that the manifests are held against."""
OPERATOR = "github.com/open-telemetry/opentelemetry-operator@v0.140.0"
"""The newest release that the Go module proxy had (2026-11)."""
KUSTOMIZE = "sigs.k8s.io/kustomize/kustomize/v5@v5.7.1"
_DEFINITION = "config/crd/bases/opentelemetry.io_instrumentations.yaml"
_OWN = ("opentelemetry.io/", "kustomize.config.k8s.io/")

Document = dict[str, Any]


def documents(file: Path) -> list[Document]:
    """The Kubernetes objects of a file; none if it is another kind of YAML."""
    found = [one for one in yaml.safe_load_all(file.read_text(encoding="utf-8")) if isinstance(one, dict)]
    return [one for one in found if "apiVersion" in one and "kind" in one]


def manifests(folder: Path) -> Iterator[Problem]:
    """What Kubernetes' own schemas say, of the oldest and the newest version."""
    for file in yaml_files(folder):
        if all(one["apiVersion"].startswith(_OWN) for one in documents(file)):
            continue
        for version in VERSIONS:
            for line in said([tool("kubernetes-validate"), "--strict", "--quiet", "-k", version, file]):
                yield Problem(str(file.relative_to(folder)), line.replace(str(file), "").strip())


def instrumentations(folder: Path) -> Iterator[Problem]:
    """What the definition of the operator's resource says."""
    for file in yaml_files(folder):
        for one in documents(file):
            if one["apiVersion"].startswith("opentelemetry.io/"):
                for error in Draft202012Validator(_schema(one["apiVersion"])).iter_errors(one):
                    yield Problem(str(file.relative_to(folder)), f"{error.json_path}: {error.message}")


@cache
def _schema(version: str) -> Document:
    definition = yaml.safe_load((_operator() / _DEFINITION).read_text(encoding="utf-8"))["spec"]
    (found,) = [one for one in definition["versions"] if f"{definition['group']}/{one['name']}" == version]
    strict: Document = _strict(found["schema"]["openAPIV3Schema"])
    strict["properties"]["metadata"] = {"type": "object", "required": ["name"]}
    return strict


def _strict(schema: Any) -> Any:
    """A structural schema with nothing allowed beside what it names."""
    if isinstance(schema, list):
        return [_strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _strict(value) for key, value in schema.items()}
    if isinstance(made.get("properties"), dict) and made.get("type") == "object":
        made.setdefault("additionalProperties", bool(made.get("x-kubernetes-preserve-unknown-fields")))
    return made


def _operator() -> Path:
    answer = json.loads(run([golang.go(), "mod", "download", "-json", OPERATOR], env=golang.environment()))
    return Path(answer["Dir"])


def kustomizations(folder: Path) -> Iterator[Problem]:
    """What kustomize makes of each kustomization, against the same schemas."""
    for file in sorted(folder.rglob("kustomization.yaml")):
        with tempfile.TemporaryDirectory() as scratch:
            made = Path(scratch, "made.yaml")
            for line in said([_kustomize(), "build", file.parent, "--output", made]):
                yield Problem(str(file.relative_to(folder)), line)
            if made.exists():
                for problem in manifests(Path(scratch)):
                    yield Problem(str(file.relative_to(folder)), problem.text)


def _kustomize() -> Path:
    def make(into: Path) -> None:
        progress(f"kustomize: building {version} (a minute, once)")
        golang.install(into, KUSTOMIZE)

    version = re.sub(r"^.*@", "", KUSTOMIZE)
    return kept(f"kustomize-{version}", make) / "kustomize"
