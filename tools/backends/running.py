"""All backends together, started on ports that are free, and ended whatever happens."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tools.backends import configs
from tools.backends.cache import progress
from tools.backends.errors import BackendError, PortTaken
from tools.backends.handle import Stack
from tools.backends.starting import Plan, attempt

# Starts on new ports, when one was taken between looking for it and listening on it.
_ATTEMPTS = 3


@contextmanager
def stack(
    folder: Path,
    *,
    rules: Path | None = None,
    webhook: str | None = None,
    scrape_interval: str = "1s",
    aspire: bool = True,
    naming: configs.Naming = "remote_write",
    evaluation_interval: str | None = None,
    lookback: str = "5m",
    blocks: Path | None = None,
) -> Iterator[Stack]:
    """Start the backends, and end them when the context closes.

    Args:
        folder: for their logs, configurations and data.
        rules: a file of Prometheus rules, or a folder of such files (`*.yaml`).
        webhook: URL to which Alertmanager posts every notification at once.
        scrape_interval: between two scrapes.
        aspire: start the dashboard, the store of traces and logs.
        naming: how metrics reach Prometheus: `remote_write` names them as Prometheus' own OTLP receiver does,
            `scrape` goes through the collector's exporter.
        evaluation_interval: between two evaluations of the rules; that of scrapes if None.
        lookback: how long Prometheus takes a series' last sample for its value.
        blocks: folder of Prometheus blocks, copied to its data first (`promtool tsdb create-blocks-from`).

    Raises:
        BackendError: what could not be fetched, built or started, with the end of its log.
    """
    plan = Plan(
        folder=_fresh(folder, blocks),
        rules=_files(rules),
        webhook=webhook,
        scrape_interval=scrape_interval,
        evaluation_interval=evaluation_interval or scrape_interval,
        lookback=lookback,
        aspire=aspire,
        naming=naming,
    )
    with ExitStack() as started:
        yield _start(started, plan)


def _start(started: ExitStack, plan: Plan) -> Stack:
    for _ in range(_ATTEMPTS - 1):
        try:
            return attempt(started, plan)
        except PortTaken as error:
            progress(f"starting again on other ports: {str(error).splitlines()[0]}")
            started.close()
    return attempt(started, plan)


def _fresh(folder: Path, blocks: Path | None) -> Path:
    """The folder, without what an earlier run stored there, with these blocks."""
    folder = folder.resolve()
    for store in ("prometheus", "alertmanager"):
        shutil.rmtree(folder / store, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    if blocks is not None:
        shutil.copytree(blocks, folder / "prometheus")
    return folder


def _files(rules: Path | None) -> list[Path]:
    if rules is None:
        return []
    found = sorted(rules.glob("*.yaml")) if rules.is_dir() else [rules]
    if not found or not all(file.is_file() for file in found):
        raise BackendError(f"{rules}: expected a file of rules, or a folder of *.yaml files")
    return [file.resolve() for file in found]
