"""The shop is a plain program that works, and raises exactly the audit events that traffic.py says it does."""

from __future__ import annotations

import json
import os
import re
import runpy
import signal
import socket
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

SHOP = Path(__file__).parents[2] / "examples" / "flask_shop"
TRAFFIC = runpy.run_path(str(SHOP / "traffic.py"))
REQUESTS = [f"200 {method} {path}" for method, path, _ in TRAFFIC["ROUND"]]
TIMEOUT = 60

# Counts audit events by the request they happen in ("" outside requests) and prints them as the last line of output.
COUNTING = f"""
import collections, json, runpy, sys
sys.path.insert(0, {str(SHOP)!r})
import flask
seen = []
def hook(event, args):
    seen.append((flask.request.path if flask.has_request_context() else "", event))
sys.argv = ["app.py", *sys.argv[1:]]
sys.addaudithook(hook)
try:
    runpy.run_path({str(SHOP / "app.py")!r}, run_name="__main__")
finally:
    counts = {{}}
    for path, event in seen.copy():
        counts.setdefault(path, collections.Counter())[event] += 1
    print(json.dumps(counts), flush=True)
"""
Counts = dict[str, Counter[str]]


def environment(data: Path | None, **variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SHOP_", "OTEL_"))}
    return {**kept, **variables} if data is None else {**kept, **variables, "SHOP_DATA": str(data)}


def demo(
    *arguments: str, data: Path | None = None, program: tuple[str, ...] = (str(SHOP / "app.py"),), **variables: str
) -> list[str]:
    """Run the shop to its end and return its output; nothing of it may be left in its process group."""
    process = subprocess.Popen(
        [sys.executable, *program, *arguments],
        env=environment(data, **variables),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    out, err = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 0, err
    assert "Traceback" not in err
    assert_group_is_gone(process.pid)
    return out.splitlines()


def assert_group_is_gone(group: int) -> None:
    with pytest.raises(ProcessLookupError):
        os.killpg(group, 0)


def counted(rounds: int, data: Path) -> Counts:
    output = demo("--demo", str(rounds), data=data, program=("-c", COUNTING))
    return {path: Counter(events) for path, events in json.loads(output[-1]).items()}


@pytest.fixture(scope="module")
def one_round(tmp_path_factory: pytest.TempPathFactory) -> Counts:
    return counted(1, tmp_path_factory.mktemp("one"))


@pytest.fixture(scope="module")
def three_rounds(tmp_path_factory: pytest.TempPathFactory) -> Counts:
    return counted(3, tmp_path_factory.mktemp("three"))


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(
        [sys.executable, str(SHOP / "app.py")],
        env=environment(tmp_path),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    with process:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()
        process.kill()


def test_the_demo_answers_every_request_and_ends(tmp_path: Path) -> None:
    url, *requests = demo("--demo", "2", data=tmp_path)

    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
    assert requests == REQUESTS * 2


def test_checkout_writes_a_signed_invoice(tmp_path: Path) -> None:
    demo("--demo", "2", data=tmp_path)

    invoices = sorted((tmp_path / "invoices").iterdir())
    assert [invoice.name for invoice in invoices] == ["1.txt", "2.txt"]
    text = invoices[1].read_text()
    assert "Invoice 2 for ada1" in text
    assert re.search(r"Moka pot +34\.90\n\nTotal +47\.40\n\nsigned [0-9a-f]{16}\n", text)


def test_variables_choose_port_rounds_and_token(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    signed = []
    for token in ("one-token-for-all", "another-token"):
        data = tmp_path / token
        data.mkdir()
        url, *requests = demo(data=data, SHOP_PORT=str(port), SHOP_DEMO_ROUNDS="1", SHOP_INVOICE_TOKEN=token)
        assert (url, requests) == (f"http://127.0.0.1:{port}", REQUESTS)
        signed.append((data / "invoices" / "1.txt").read_text().split()[-1])
    assert signed[0] != signed[1]


def test_the_token_is_redacted(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "otel_audit", "run", "--include", "process", str(SHOP / "app.py")],
        env=environment(tmp_path, SHOP_DEMO_ROUNDS="1", SHOP_INVOICE_TOKEN="quiet-horse-battery"),
        capture_output=True,
        text=True,
        check=True,
        timeout=TIMEOUT,
    )
    assert "invoice.py" in done.stderr
    assert "--token=[redacted:token]" in done.stderr
    assert "quiet-horse-battery" not in done.stderr


def test_temporary_data_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))

    demo("--demo", "1")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_cleanly(shop: tuple[subprocess.Popen[str], str], number: signal.Signals) -> None:
    process, url = shop
    traffic = subprocess.run(
        [sys.executable, str(SHOP / "traffic.py"), url, "--rounds", "1"],
        capture_output=True,
        text=True,
        check=False,
        timeout=TIMEOUT,
    )
    assert (traffic.returncode, traffic.stdout.splitlines()) == (0, REQUESTS)

    process.send_signal(number)

    assert process.wait(TIMEOUT) == 0
    assert_group_is_gone(process.pid)


def test_the_warehouse_ends_when_the_shop_is_killed() -> None:
    process = subprocess.Popen(
        [sys.executable, str(SHOP / "warehouse.py")], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline().startswith("http://")

        process.stdin.close()  # as the kernel does for a killed shop

        assert process.wait(TIMEOUT) == 0


def test_traffic_fails_when_an_answer_is_not_200(shop: tuple[subprocess.Popen[str], str], tmp_path: Path) -> None:
    _, url = shop
    for invoices in tmp_path.glob("invoices"):
        invoices.rmdir()

    traffic = subprocess.run(
        [sys.executable, str(SHOP / "traffic.py"), url], capture_output=True, text=True, check=False, timeout=TIMEOUT
    )

    assert traffic.returncode == 1
    assert "500 POST /checkout" in traffic.stdout


def test_pages_show_what_was_asked_for(shop: tuple[subprocess.Popen[str], str]) -> None:
    _, url = shop
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    with opener.open(f"{url}/product/2", timeout=TIMEOUT) as answer:
        page = answer.read().decode()

    assert "Moka pot" in page
    assert "34.90 €, 500 in stock" in page


def test_exact_events_are_exact_from_the_start(one_round: Counts, three_rounds: Counts) -> None:
    for rounds, counts in ((1, one_round), (3, three_rounds)):
        total = sum(counts.values(), Counter[str]())
        assert {event: total[event] for event in TRAFFIC["EXACT"]} == TRAFFIC["expected"](rounds, demo=True)


def test_each_request_raises_what_is_listed(one_round: Counts, three_rounds: Counts) -> None:
    sent = Counter(path for _, path, _ in TRAFFIC["ROUND"])

    for path, listed in TRAFFIC["PER_REQUEST"].items():
        later = difference(three_rounds[path], one_round[path])
        assert later == {event: 2 * sent[path] * count for event, count in listed.items()}, path


def test_a_round_raises_what_is_listed(one_round: Counts, three_rounds: Counts) -> None:
    whole = [sum(counts.values(), Counter[str]()) for counts in (three_rounds, one_round)]

    later = difference(*whole)

    listed: dict[str, int] = TRAFFIC["EXPECTED"]
    assert {event: later.get(event, 0) for event in listed} == {event: 2 * n for event, n in listed.items()}


def difference(more: Mapping[str, int], less: Mapping[str, int]) -> dict[str, int]:
    """What two more rounds add, without the events that traffic.py leaves out."""
    later: dict[str, Any] = {event: count - less.get(event, 0) for event, count in more.items()}
    by_chance = ("object.__getattr__", "time.sleep")  # the second while waiting for a child that has not ended yet
    return {event: count for event, count in later.items() if count and event not in by_chance}
