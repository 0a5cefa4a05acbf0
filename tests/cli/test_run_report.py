"""`otel-audit run --report`: a page however the program ends, and never a word into its business."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import QUIET, RUN, call, environment, otel_audit, script
from tests.conftest import CORES, ROOT
from tests.receiver import Receiver
from tests.report.pages import Page

APP = """
import sys
from opentelemetry import trace
tracer = trace.get_tracer("app")
for number in range(3):
    with tracer.start_as_current_span("task") as span:
        span.update_name(f"task {number}")
        for at in range(number + 1):
            sys.audit("app.step", at)
        with tracer.start_as_current_span("inner"):
            open(__file__).close()
sys.audit("app.done", "+49 151 23456789")
"""
SHOP = str(ROOT / "examples" / "flask_shop" / "app.py")


@pytest.fixture(params=CORES)
def core(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "report.html"


def report(path: Path, *arguments: str, **changes: Any) -> subprocess.CompletedProcess[str]:
    """Run with a report and nothing else to read."""
    return call(*RUN, *QUIET, "--report", str(path), *arguments, **changes)


def read(path: Path) -> Page:
    """A page, which must be whole, and alone in its directory but for programs."""
    found = Page(path.read_text(encoding="utf-8"))
    assert found.whole
    assert not [left for left in path.parent.iterdir() if left.suffix == ".tmp"]
    return found


def outcomes(found: Page) -> dict[str, int]:
    return {row[0].replace(" ", "_"): int(row[1].replace(",", "")) for row in found.rows("Outcomes")}


def destinations(found: Page) -> dict[str, dict[str, int]]:
    accounts: dict[str, dict[str, int]] = {}
    for name, outcome, number, _ in found.rows("Destinations"):
        accounts.setdefault(name, {})[outcome] = int(number.replace(",", ""))
    return accounts


def said(found: Page, name: str) -> str:
    return found.said[found.said.index(name) + 1]


def test_records_spans_and_counts_are_those_of_the_program(path: Path, tmp_path: Path, core: str) -> None:
    app = script(tmp_path, APP)
    sampling = ("--core", core, "--include", "app.*,open", "--sampling", "open=all")
    done = report(path, *sampling, app, "--password", "hunter2")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"otel-audit: report: {path.resolve()}\n"
    found = read(path)
    data = found.data
    steps = [row for row in data["records"] if row[1] == "app.step"]
    assert [data["requests"][row[5]] for row in steps] == ["task 0", "task 1", "task 1", "task 2", "task 2", "task 2"]
    assert sorted(span[4] for span in data["spans"]) == ["inner"] * 3 + ["task 0", "task 1", "task 2"]
    parents = {span[1]: span[4] for span in data["spans"]}
    assert {parents[span[2]] for span in data["spans"] if span[4] == "inner"} == {"task 0", "task 1", "task 2"}
    assert all(0 <= span[5] <= span[6] <= data["duration_ns"] for span in data["spans"])
    assert found.row("Events by name", "app.step", "custom")[2:4] == ["6", "6"]
    opened = found.row("Opened to read, or listed", app)
    assert opened[1] == "3"
    assert opened[3].split() == ["task", "0", "1", "task", "1", "1", "task", "2", "1"]
    assert said(found, "What the program did").startswith(f"python {app} --password ")
    assert said(found, "Ended") == "normally"
    assert f"{core} core" in said(found, "Bridge")
    assert "hunter2" not in found.text
    assert "23456789" not in found.text


def test_the_books_of_the_page_balance(path: Path, core: str) -> None:
    source = """
import sys
for number in range(400):
    sys.audit("app.all", number)
    sys.audit("app.half", number)
    sys.audit("app.first", number % 5)
    sys.audit("app.rate", number)
    sys.audit("app.same", 1)
"""
    sampling = "app.all=all,app.half=0.5,app.first=first,app.rate=20/s,app.same=all"
    report(path, "--core", core, "--include", "app.*", "--sampling", sampling, "-c", source)
    found = read(path)
    account = outcomes(found)
    seen = account.pop("seen")
    assert seen == 2_000
    assert sum(account.values()) == seen
    assert min(account["sampled_out"], account["rate_limited"], account["merged"]) > 0
    for destination in destinations(found).values():
        assert destination.pop("kept") == sum(destination.values())
    data, delivered = found.data, destinations(found)["report"]["delivered"]
    assert delivered == account["kept"] == len(data["records"]) + data["left_out"]
    shown = sum(sum(counts) for counts in data["activity"]["groups"].values())
    assert shown == account["kept"] + account["merged"] == sum(row[8] for row in data["records"])


def test_the_shop_shows_what_each_request_did(path: Path, core: str) -> None:
    done = report(path, "--core", core, SHOP, "--demo", "1")
    assert done.returncode == 0, done.stderr
    found = read(path)
    (stock,) = {row[0] for row in found.rows("Outbound peers")}
    (peer,) = found.rows("Outbound peers")
    assert stock.startswith("127.0.0.1:")
    assert "POST /checkout" in peer[3]
    invoice = [row for row in found.rows("Started or signalled") if "invoice.py" in row[0]]
    assert [row[2].split()[:2] for row in invoice] == [["subprocess.Popen", "1"]]
    assert invoice[0][3].strip() == f"POST /checkout {invoice[0][1]}"  # from 3.13 os.posix_spawn stands beside it
    assert "[redacted:token]" in invoice[0][0]
    (database,) = found.rows("Opened")
    assert database[0].startswith("sqlite: ")
    written = {row[0]: row for row in found.rows("Written, made, changed or removed")}
    assert any(name.endswith("/invoices/1.txt") and "POST /checkout" in row[3] for name, row in written.items())
    roots = {span[4] for span in found.data["spans"] if span[3]}
    assert {"GET /", "POST /checkout", "POST /register"} <= roots


@pytest.mark.parametrize(
    ("ending", "code", "words"),
    [
        ("pass", 0, "normally"),
        ("sys.exit()", 0, "with exit code 0"),
        ("sys.exit(4)", 4, "with exit code 4"),
        ("sys.exit(-1)", 255, "with exit code 255"),
        ("sys.exit('no')", 1, "with exit code 1"),
        ("1 / 0", 1, "by ZeroDivisionError"),
        ("raise KeyboardInterrupt", -signal.SIGINT, "by KeyboardInterrupt"),
    ],
)
def test_the_page_is_written_however_the_program_ends(path: Path, ending: str, code: int, words: str) -> None:
    app = script(path.parent, f"import sys; sys.audit('app.x'); {ending}")
    plain = call(sys.executable, app)
    done = report(path, "--include", "app.x", app)
    assert done.returncode == plain.returncode == code
    assert done.stderr == f"{plain.stderr}otel-audit: report: {path.resolve()}\n"
    found = read(path)
    assert said(found, "Ended") == words
    assert [row[1] for row in found.data["records"]] == ["app.x"]


def test_ctrl_c_writes_the_page(path: Path) -> None:
    source = "import sys, time; sys.audit('app.x'); print('up', flush=True); time.sleep(60)"
    started = subprocess.Popen(
        [*RUN, *QUIET, "--report", str(path), "--include", "app.x", "-c", source],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment({}),
    )
    with started:
        assert started.stdout is not None
        assert started.stdout.readline() == "up\n"
        started.send_signal(signal.SIGINT)
        _, errors = started.communicate(timeout=60)
    assert started.returncode == -signal.SIGINT
    assert "KeyboardInterrupt" in errors
    assert said(read(path), "Ended") == "by KeyboardInterrupt"


def test_the_source_of_a_command_is_measured_and_never_shown(path: Path) -> None:
    report(path, "--include", "app.x", "-c", "secret_word = 'correct horse'", "argument")
    found = read(path)
    assert "correct horse" not in found.text
    assert said(found, "What the program did") == "python -c '[29 characters of source]' argument"


def test_a_module_is_named_as_it_was_started(path: Path) -> None:
    report(path, "--include", "app.x", "-m", "json.tool", "--help")
    assert said(read(path), "What the program did") == "python -m json.tool --help"


def test_what_the_page_itself_costs_is_not_in_it(path: Path, core: str) -> None:
    """Reading plotly, compressing and writing raise events; so did our imports."""
    done = call(*RUN, "--core", core, "--include", "all", "--log-stream", "none", "--report", str(path), "-c", "pass")
    found = read(path)
    assert "plotly" not in str(found.data["records"])
    assert "report" not in str([row for row in found.data["records"] if row[1] != "import"])
    assert not {"marshal.loads", "os.rename", "os.remove"} & {row[0] for row in found.rows("Events by name")}
    summary = done.stderr[done.stderr.index("otel-audit:") :]
    assert f"{outcomes(found)['seen']:,} audit event" in summary
    assert "plotly" not in summary


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("{}/no/r.html", "expected a directory that exists: {}/no; going on without the report"),
        ("{}", "expected a file: it is a directory; going on without the report"),
        ("/dev/null", "expected the path of a file; going on without the report"),
        ("-", "expected the path of a file; going on without the report"),
        ("", "expected the path of a file; going on without the report"),
    ],
)
def test_a_place_that_will_not_do_is_one_line_and_the_program_runs(tmp_path: Path, given: str, reason: str) -> None:
    given, reason = given.format(tmp_path.resolve()), reason.format(tmp_path.resolve())
    source = "import sys; print('ran'); sys.exit(7)"
    for words in (["--report", given], [f"--report={given}"]):
        done = call(*RUN, *QUIET, *words, "-c", source)
        assert (done.stdout, done.returncode) == ("ran\n", 7)
        assert done.stderr == f"otel-audit: --report={given}: {reason}\n"


def test_without_plotly_one_line_says_what_to_install_and_the_program_runs(path: Path, tmp_path: Path) -> None:
    launch = "import sys\nsys.modules['plotly'] = None\nfrom otel_audit.cli import main\nsys.exit(main())"
    launcher = script(tmp_path, launch, "launch.py")
    source = "import sys; print('ran'); sys.exit(7)"
    done = call(sys.executable, launcher, "run", *QUIET, "--report", str(path), "-c", source)
    assert (done.stdout, done.returncode) == ("ran\n", 7)
    install = 'plotly is not installed: pip install "otel-audit[report]"'
    assert done.stderr == f"otel-audit: --report: {install}; going on without the report\n"
    assert not path.exists()


def test_a_page_that_cannot_be_written_is_one_line_and_changes_no_exit_code(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    done = report(folder / "r.html", "-c", f"import os, sys; os.rmdir({str(folder)!r}); sys.exit(7)")
    assert done.returncode == 7
    (line,) = done.stderr.splitlines()
    assert line.startswith("otel-audit: no report: FileNotFoundError: ")


def test_a_program_that_changes_its_directory_changes_nothing(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    source = f"import os; os.chdir({str(inside)!r})"
    done = call(*RUN, *QUIET, "--report", "r.html", "-c", source, cwd=tmp_path)
    assert done.returncode == 0
    found = read(tmp_path / "r.html")
    assert said(found, "Directory") == str(tmp_path)
    assert list(inside.iterdir()) == []


def test_modules_of_the_program_do_not_stand_in_for_ours(path: Path, tmp_path: Path) -> None:
    for name in ("gzip", "html", "base64", "plotly"):
        script(tmp_path, "raise SystemExit('shadowed')", f"{name}.py")
    done = report(path, script(tmp_path, "import sys; sys.audit('app.x')"))
    assert done.returncode == 0
    assert read(path).data["records"]


def test_a_bridge_that_is_off_says_that_there_is_no_report(path: Path) -> None:
    done = report(path, "--core", "rust", "-c", "print('ran')")
    assert (done.stdout, done.returncode) == ("ran\n", 0)
    assert done.stderr.splitlines()[1:] == ["otel-audit: no report: the bridge was off"]
    assert not path.exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_forked_children_write_no_page_and_the_parent_counts_them(path: Path, core: str) -> None:
    source = """
import os, sys
sys.audit("app.parent")
for _ in range(2):
    child = os.fork()
    if not child:
        sys.audit("app.child")
        sys.exit()
    os.waitpid(child, 0)
"""
    done = report(path, "--core", core, "--include", "app.*", "-c", source)
    assert done.stderr.count("otel-audit:") == done.stderr.count(f"otel-audit: report: {path.resolve()}\n") == 1
    found = read(path)
    assert [row[1] for row in found.data["records"]] == ["app.parent"]
    assert "Forked children, 2 of them" in " ".join(found.said)


@pytest.mark.parametrize("protocol", ["grpc", "http/protobuf"])
def test_beside_an_endpoint_the_page_tells_what_was_delivered(path: Path, tmp_path: Path, protocol: Any) -> None:
    with Receiver() as receiver:
        app = script(tmp_path, APP)
        done = call(*RUN, "--report", str(path), "--include", "app.*", app, variables=receiver.env(protocol))
        assert len([log for log in receiver.logs if log.event_name.startswith("python.audit.app.")]) == 7
    assert done.stderr == f"otel-audit: report: {path.resolve()}\n"  # and no summary, as without the option
    found = read(path)
    assert destinations(found) == {
        "logs": {"kept": 7, "delivered": 7},
        "report": {"kept": 7, "delivered": 7},
        "span_events": {"kept": 6, "delivered": 6},
    }
    assert said(found, "Lost") == "0"


@pytest.mark.parametrize("changes", [(), ("--no-summary",)])
def test_a_signal_that_ends_the_process_has_the_last_words_said_once(path: Path, core: str, changes: Any) -> None:
    source = """
import os, signal, sys, threading
sys.audit("app.x")
os.kill(os.getpid(), signal.SIGTERM)
threading.Event().wait(60)
"""
    options = ("--core", core, "--log-stream", "none", "--include", "app.x", "--exit-signals", "SIGTERM", *changes)
    done = call(*RUN, *options, "--report", str(path), "-c", source)
    assert done.returncode == -signal.SIGTERM
    assert done.stderr.count("1 audit event seen, 1 kept, 0 lost") == (not changes)
    assert done.stderr.count(f"otel-audit: report: {path.resolve()}\n") == 1
    found = read(path)
    assert said(found, "Ended") == "by SIGTERM"
    assert [row[1] for row in found.data["records"]] == ["app.x"]


def test_without_the_setting_a_signal_leaves_no_page(path: Path) -> None:
    source = "import os, signal, threading; os.kill(os.getpid(), signal.SIGTERM); threading.Event().wait(60)"
    done = report(path, "-c", source)
    assert (done.returncode, done.stderr) == (-signal.SIGTERM, "")
    assert not path.exists()


def test_a_handler_that_exits_leaves_the_last_words_to_the_exit(path: Path, tmp_path: Path) -> None:
    """SIGINT has a handler of Python's, which raises: the program ends by its exception."""
    source = "import os, signal, sys; sys.audit('app.x'); os.kill(os.getpid(), signal.SIGINT)"
    options = ("--log-stream", "none", "--include", "app.x", "--exit-signals", "SIGINT")
    done = call(*RUN, *options, "--report", str(path), script(tmp_path, source))
    assert done.returncode == -signal.SIGINT
    assert done.stderr.count("1 audit event seen") == done.stderr.count("otel-audit: report: ") == 1
    assert said(read(path), "Ended") == "by KeyboardInterrupt"


def test_a_page_that_hangs_holds_the_signal_up_for_a_bounded_time(tmp_path: Path) -> None:
    """The interrupted code holds the lock that the last words want; a second signal would not wait at all."""
    source = """
import os, signal, sys
from otel_audit import runtime
runtime.last_word(lambda ending: runtime._installing.acquire())
with runtime._installing:
    os.kill(os.getpid(), signal.SIGTERM)
"""
    launch = (
        "from otel_audit import termination; termination.WORDS_TIMEOUT_S = 0.1; "
        "import sys; from otel_audit.cli import main; sys.exit(main())"
    )
    launcher, app = script(tmp_path, launch, "launch.py"), script(tmp_path, source)
    done = call(sys.executable, launcher, "run", *QUIET, "--exit-signals", "SIGTERM", app)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGTERM, "", "")


def test_page_and_summary_tell_of_the_same_moment(path: Path, core: str) -> None:
    source = "import sys\nfor number in range(20_000): sys.audit('app.x', f'{number:0200}')"
    options = ("--core", core, "--log-stream", "none", "--include", "app.x", "--sampling", "*=all")
    done = call(*RUN, *options, "--ring-size", "65536", "--report", str(path), "-c", source)
    found = read(path)
    lost = said(found, "Lost")
    assert lost != "0"
    assert f"20,000 audit events seen, 20,000 kept, {lost} lost" in done.stderr
    assert f"lost: {lost} found no room in the ring: --ring-size " in done.stderr
    account = destinations(found)["report"]
    assert account["queue full"] == int(lost.replace(",", ""))
    assert account.pop("kept") == sum(account.values()) == 20_000
    assert account["delivered"] == len(found.data["records"]) + found.data["left_out"]


def test_with_the_summary_both_count_alike_and_the_page_comes_last(path: Path, tmp_path: Path) -> None:
    done = call(*RUN, "--report", str(path), "--include", "app.*", script(tmp_path, APP))
    assert "7 audit events seen, 7 kept, 0 lost" in done.stderr
    assert done.stderr.splitlines()[-1] == f"otel-audit: report: {path.resolve()}"
    assert outcomes(read(path))["seen"] == 7


def test_nothing_selected_is_an_empty_page(path: Path) -> None:
    report(path, "--include", "app.none", "-c", "pass")
    found = read(path)
    assert "No event was seen." in found.said
    assert outcomes(found)["seen"] == 0


def test_help_tells_of_the_option() -> None:
    done = otel_audit("run", "--help")
    assert "--report FILE" in done.stdout
    assert 'needs "otel-audit[report]"' in " ".join(done.stdout.split())


def test_an_option_without_its_file_is_wrong_use() -> None:
    done = otel_audit("run", "--report")
    assert done.returncode == 2
    assert "--report: expected one argument" in done.stderr
