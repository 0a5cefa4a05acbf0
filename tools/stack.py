"""A stack to look at, on loopback: collector, Prometheus, Alertmanager, Aspire dashboard, and the shop under load.

It fetches and builds the backends the first time (minutes), prints the pages to open, and runs until Ctrl-C. Nothing
is installed (but npm, by root, where it is missing); what is stored is gone afterwards. Grafana, Loki, Tempo and Jaeger
are in deploy/compose.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import signal
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools.backends import BackendError, Stack, stack, until
from tools.backends.processes import running

ROOT = Path(__file__).resolve().parents[1]
SHOP = ROOT / "examples" / "flask_shop"
RULES = ROOT / "grafana" / "files" / "rules" / "prometheus.yaml"
# Seconds from the start of one round of nine requests to the next: a few percent of one core.
PAUSE = 2.0
# Seconds between two lines where the output is no terminal.
_QUIET = 10.0
BY_EVENT = "sum by (python_audit_event) (rate(python_audit_events_total[1m]))"
SEEN = "sum(python_audit_events_total)"
FIRING = 'count(ALERTS{alertstate="firing"})'


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0 after Ctrl-C or `--seconds`, 1 when something did not start or nothing arrived."""
    options = _parser().parse_args(arguments)
    for number in (signal.SIGTERM, signal.SIGHUP):  # a terminal that is closed stops it too
        signal.signal(number, signal.default_int_handler)
    try:
        with _folder(options.folder) as folder:
            return _run(folder, options.seconds)
    except BackendError as error:
        print(f"stack: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstack: interrupted before it was up", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.stack", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, help="stop after so many, and fail if nothing arrived")
    parser.add_argument("--folder", type=Path, help="keep logs, configurations and data there")
    return parser


@contextlib.contextmanager
def _folder(given: Path | None) -> Iterator[Path]:
    if given is not None:
        yield given
        return
    # A store may write its last file while it is being removed.
    with tempfile.TemporaryDirectory(prefix="otel-audit-stack-", ignore_cleanup_errors=True) as made:
        yield Path(made)


def _run(folder: Path, seconds: float | None) -> int:
    print("stack: starting (the first time the backends are fetched and built)", file=sys.stderr, flush=True)
    with stack(folder, rules=RULES, scrape_interval="5s") as backends:
        with shop(backends) as url:
            print("\n".join(pages(backends, url)), flush=True)
            load = Load(url)
            try:
                watch(backends, load, seconds)
            except KeyboardInterrupt:
                print("\nstack: stopping", file=sys.stderr, flush=True)
                return 0
        print(file=sys.stderr)
        return 0 if arrived(backends) else 1


@contextlib.contextmanager
def shop(backends: Stack) -> Iterator[str]:
    """The shop under `opentelemetry-instrument`, sending to the backends; its URL."""
    instrument = Path(sys.executable).with_name("opentelemetry-instrument")
    if not instrument.exists():
        raise BackendError(f'opentelemetry-instrument: not beside {sys.executable}: pip install -e ".[otlp,demo]"')
    inherited = {name: "" for name in os.environ if name.startswith("OTEL_")}  # empty is unset
    variables = {**inherited, **backends.environment("shop", deployment="laptop")}
    log = backends.folder / "shop.log"

    def url() -> str:
        first = log.read_text(encoding="utf-8", errors="replace").partition("\n")[0]
        return first if first.startswith("http://") else ""

    command: list[str | Path] = [instrument, sys.executable, SHOP / "app.py"]
    with running("shop", command, backends.folder, lambda: bool(url()), {**variables, "PYTHONUNBUFFERED": "1"}):
        yield url()


def pages(backends: Stack, shop_url: str) -> list[str]:
    """What there is to open, a line each."""
    # Debian's Prometheus has the pages that need no JavaScript build, below /classic.
    graph = urllib.parse.urlencode({"g0.expr": BY_EVENT, "g0.tab": "0", "g0.range_input": "5m"})
    lines = [
        ("the shop", shop_url),
        ("traces, with audit events", f"{backends.aspire}/traces"),
        ("log records", f"{backends.aspire}/structuredlogs"),
        ("events per second, by event", f"{backends.prometheus}/classic/graph?{graph}"),
    ]
    if backends.alertmanager:
        lines += [("alert rules", f"{backends.prometheus}/classic/alerts"), ("alerts sent", backends.alertmanager)]
    return ["", *(f"  {name:28} {url}" for name, url in lines), "", "Ctrl-C stops it all.", ""]


@dataclass
class Load:
    """Steady traffic: rounds of requests, one after the other."""

    url: str
    rounds: int = 0
    failed: int = 0

    def send_round(self) -> None:
        """One customer's requests."""
        sys.path.insert(0, str(SHOP))  # an example, not a package
        try:
            import traffic
        finally:
            sys.path.remove(str(SHOP))
        with contextlib.redirect_stdout(io.StringIO()):  # a line per request
            self.failed += not traffic.send_round(self.url, self.rounds)
        self.rounds += 1


def watch(backends: Stack, load: Load, seconds: float | None) -> None:
    """Send rounds and say how it goes, until the time is over."""
    end = time.monotonic() + seconds if seconds is not None else float("inf")
    said = float("-inf")
    while time.monotonic() < end:
        started = time.monotonic()
        load.send_round()
        backends.check()
        if sys.stderr.isatty():
            print(f"\r\033[K{progress(backends, load)}", end="", file=sys.stderr, flush=True)
        elif started - said >= _QUIET:
            print(progress(backends, load), file=sys.stderr, flush=True)
            said = started
        time.sleep(max(0.0, min(end, started + PAUSE) - time.monotonic()))


def progress(backends: Stack, load: Load) -> str:
    """One line: what was sent, what arrived."""
    failed = f" ({load.failed} failed)" if load.failed else ""
    seen, firing = _number(backends, SEEN), _number(backends, FIRING)
    return f"rounds of requests: {load.rounds}{failed}  audit events in Prometheus: {seen}  alerts firing: {firing}"


def _number(backends: Stack, promql: str) -> str:
    return "".join(f"{float(sample['value'][1]):,.0f}" for sample in backends.query(promql)) or "0"


def arrived(backends: Stack) -> bool:
    """Whether metrics, traces and logs are in the stores; a line for each that is not."""
    stores: dict[str, Callable[[], bool]] = {
        "metrics": lambda: bool(backends.query(SEEN)),
        "traces": lambda: bool(backends.telemetry("traces")["data"]),
        "logs": lambda: bool(backends.telemetry("logs")["data"]),
    }
    missing = []
    for name, there in stores.items():
        try:
            until(there, f"{name} arrive", 15.0)
        except BackendError as error:
            missing.append(name)
            print(f"stack: {error}", file=sys.stderr)
    return not missing


if __name__ == "__main__":
    sys.exit(main())
