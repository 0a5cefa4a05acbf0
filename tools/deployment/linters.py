"""Dockerfiles, scripts, YAML as such, and templates of functions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tools.deployment.problem import Problem, said, tool


def dockerfiles(folder: Path) -> list[Path]:
    """Every Dockerfile below a folder."""
    return [file for file in sorted(folder.rglob("*Dockerfile")) if file.is_file()]


def scripts(folder: Path) -> list[Path]:
    """Every shell script below a folder, by its first line."""
    return [file for file in sorted(folder.rglob("*")) if file.is_file() and file.read_bytes().startswith(b"#!/bin/sh")]


def yaml_files(folder: Path) -> list[Path]:
    """Every YAML file below a folder."""
    return sorted(folder.rglob("*.yaml"))


def templates(folder: Path) -> list[Path]:
    """Every template of CloudFormation or AWS SAM below a folder, by the key that says so."""
    return [file for file in yaml_files(folder) if "\nAWSTemplateFormatVersion:" in file.read_text(encoding="utf-8")]


def hadolint(folder: Path) -> Iterator[Problem]:
    """What hadolint says, shell inside of RUN included; hints count too."""
    command: list[str | Path] = [tool("hadolint"), "--no-color", "--failure-threshold", "style"]
    for file in dockerfiles(folder):
        for line in said([*command, "--config", folder / ".hadolint.yaml", file]):
            yield Problem(str(file.relative_to(folder)), line.removeprefix(str(file)))


def shellcheck(folder: Path) -> Iterator[Problem]:
    """What shellcheck says."""
    for file in scripts(folder):
        for line in said([tool("shellcheck"), "--format", "gcc", file]):
            yield Problem(str(file.relative_to(folder)), line.removeprefix(str(file)))


def yamllint(folder: Path) -> Iterator[Problem]:
    """What yamllint says."""
    for file in yaml_files(folder):
        for line in said([tool("yamllint"), "--format", "parsable", "-c", folder / ".yamllint", file]):
            yield Problem(str(file.relative_to(folder)), line.removeprefix(str(file)))


def cfn_lint(folder: Path) -> Iterator[Problem]:
    """What cfn-lint says, by the resources' own schemas; AWS SAM is transformed first, as AWS does."""
    for file in templates(folder):
        for line in said([tool("cfn-lint"), "--format", "parseable", file]):
            yield Problem(str(file.relative_to(folder)), line.removeprefix(str(file)))
