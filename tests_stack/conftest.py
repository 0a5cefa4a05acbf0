"""Real backends, one run of everything for all tests of a naming."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests_stack import load
from tools.backends import stack


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[load.Run]:
    """The run whose metrics Prometheus got by remote write."""
    with stack(tmp_path_factory.mktemp("remote-write")) as backends, load.run(backends, with_past=True) as all_of_it:
        yield all_of_it


@pytest.fixture(scope="session")
def scraped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[load.Run]:
    """The same with Prometheus scraping the collector."""
    folder = tmp_path_factory.mktemp("scrape")
    with (
        stack(folder, naming="scrape", aspire=False, scrape_interval=f"{load.INTERVAL}ms") as backends,
        load.run(backends, with_past=False) as all_of_it,
    ):
        yield all_of_it
