"""Real servers, real programs, both cores; every test leaves its row in the file that --rows names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conftest import core as core
from tests.e2e.conftest import receiver as receiver
from tests_compat import rows
from tools.compatibility import run


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rows", metavar="FILE", help="append each test's row of docs/compatibility.md to this file")


def pytest_configure(config: pytest.Config) -> None:
    path = config.getoption("--rows")
    if path and not hasattr(config, "workerinput"):
        os.environ[rows.VARIABLE] = str(Path(path).absolute())
        run.begin(Path(path))
