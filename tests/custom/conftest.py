"""Definitions of one test are unknown to the next, and what is raised can be looked at without a hook."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import pytest

from otel_audit.custom import registry
from otel_audit.errors import DefinitionError

Raised = list[tuple[Any, ...]]


@pytest.fixture(autouse=True)
def _registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_registry", registry._Registry())


@pytest.fixture
def raised(monkeypatch: pytest.MonkeyPatch) -> Raised:
    """What is raised, instead of raising it; nothing but ours."""
    found: Raised = []
    monkeypatch.setattr(sys, "audit", lambda *args: found.append(args))
    return found


def refusal(define_it: Callable[[], object]) -> str:
    """Why a definition is refused."""
    with pytest.raises(DefinitionError) as caught:
        define_it()
    return str(caught.value)
