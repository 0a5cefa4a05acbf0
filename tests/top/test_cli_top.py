"""`otel-audit top` as it is typed: with a terminal, without one, used wrongly."""

from __future__ import annotations

import os
import re
import select
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from otel_audit.cli import top
from tests.cli.command import TIMEOUT, call, environment, otel_audit, script
from tests.conftest import ROOT
from tests.top.streams import SHOP

TOP = (sys.executable, "-m", "otel_audit", "top")
WORK = "import sys\nfor n in range(3): sys.audit('app.step', n)\nprint('said')\nsys.exit(3)\n"


@pytest.fixture
def shop(tmp_path: Path) -> str:
    path = tmp_path / "audit.jsonl"
    path.write_bytes(b"".join(line + b"\n" for line in SHOP))
    return str(path)


def test_a_program_is_run_and_its_tables_are_printed(core: str) -> None:
    done = call(*TOP, "--once", "--core", core, "--include", "app.*", "-c", WORK)
    assert done.returncode == 3
    assert done.stderr == "said\n"
    first, *rest = done.stdout.splitlines()
    assert first.startswith("otel-audit top: -c …: 3 events in 3 records")
    assert ["app.step", "custom", "3", "100%"] in [row.split()[:4] for row in rest]


def test_the_program_has_standard_input_and_its_arguments(tmp_path: Path) -> None:
    path = script(tmp_path, "import sys; print(sys.stdin.read(), sys.argv[1:])")
    done = call(*TOP, "--once", "--summary", path, "--once", "-", stdin="told")
    assert done.stderr.startswith("told ['--once', '-']\n")
    assert "0 lost" in done.stderr
    assert done.returncode == 0


def test_a_file_is_read_to_its_end_and_printed(shop: str) -> None:
    done = call(*TOP, "--once", "--follow", shop)
    assert done.returncode == 0
    for part in (
        "7 events in 5 records · 1 warning · 3.0 s",
        "/cart",
        "10.0.0.7:5432",
        "git fetch --all",
        "open for write 3",
    ):
        assert part in done.stdout
    assert "LAST\n" not in done.stdout
    assert max(map(len, done.stdout.splitlines()[1:])) <= 100


def test_a_stream_on_standard_input_is_read_to_its_end() -> None:
    done = call(*TOP, "--once", "-", stdin="not json\n" + SHOP[0].decode())
    assert "1 event in 1 record · 1 line was no record" in done.stdout


def test_the_time_can_be_limited(shop: str) -> None:
    done = call(*TOP, "--once", "--seconds", "0.3", "--from-start", "--follow", shop)
    assert "7 events in 5 records" in done.stdout
    done = call(*TOP, "--once", "--seconds", "0.3", "-c", "import time; time.sleep(600)")
    assert done.returncode != 0
    assert done.stdout.startswith("otel-audit top: -c …: ")


def test_without_a_record_it_says_so() -> None:
    done = call(*TOP, "--once", "-")
    assert done.stdout == "otel-audit top: standard input: 0 events in 0 records\nNo record came.\n"


def test_without_a_terminal_it_refuses_in_one_line(shop: str) -> None:
    for arguments in (("-c", "print('must not run')"), ("--follow", shop), ("-",)):
        done = call(*TOP, *arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == "otel-audit top: standard output is no terminal: --once prints tables instead\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "expected a program, --follow FILE, or - for a stream on standard input"),
        (("--folow", "x"), "--folow: no such option; did you mean --follow?"),
        (("--follow", "x", "app.py"), "--follow and a program (app.py): expected one of them"),
        (("--include", "x", "-"), "--include: expected a program to go with it"),
        (("--include=x", "--follow", "y"), "--include=x: expected a program to go with it"),
        (("--log-stream=x", "app.py"), "--log-stream: the view reads the stream itself"),
        (("--log-format", "json", "app.py"), "--log-format: the view reads the stream itself"),
        (("--from-start", "app.py"), "--from-start: expected --follow with it"),
        (("--output", "x", "-"), "--output: expected a program in the view to go with it"),
        (("--seconds", "3", "app.py"), "--seconds: expected --once with it"),
        (("--once", "--seconds", "soon", "-"), "argument --seconds: invalid number of seconds value: 'soon'"),
        (("--once", "--seconds", "-1", "-"), "argument --seconds: "),
        (("-", "x"), "-: expected nothing behind it"),
        (("-m",), "-m: an argument is expected"),
    ],
)
def test_wrong_use_is_said_in_one_line(arguments: Sequence[str], said: str) -> None:
    done = otel_audit("top", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr.splitlines()[-1]
    assert "usage: otel-audit " in done.stderr


def test_a_script_that_is_not_there_is_said_as_python_says_it() -> None:
    done = otel_audit("top", "--once", "no/such/script.py")
    assert done.returncode == 2
    assert "can't open file" in done.stderr


def test_missing_textual_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "textual", None)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert top.main(["-c", "print('must not run')"]) == 2
    assert capsys.readouterr() == ("", 'otel-audit top: textual is not installed: pip install "otel-audit[top]"\n')


def test_help_names_every_form_and_option() -> None:
    done = otel_audit("top", "--help")
    assert done.returncode == 0
    for part in ("-m MODULE", "--follow FILE", "top [options] -\n", "--from-start", "--once", "--seconds N", "Ctrl-C"):
        assert part in done.stdout


def test_options_of_run_go_to_the_program() -> None:
    options = top.parse(["--theme", "light", "--include", "a,b", "--core=c", "--no-summary", "-m", "http.server", "80"])
    assert options.program == ("--include", "a,b", "--core=c", "--no-summary", "-m", "http.server", "80")
    assert (options.own.theme, options.name) == ("light", "-m http.server 80")


def test_printing_needs_no_textual() -> None:
    source = "import sys; sys.modules['textual'] = None; from otel_audit.cli import main; sys.exit(main(sys.argv[1:]))"
    done = call(sys.executable, "-c", source, "top", "--once", "-", stdin=SHOP[0].decode())
    assert (done.returncode, done.stderr) == (0, "")


class Terminal:
    """A pseudo-terminal of 100 by 30 with the view in it."""

    def __init__(self, *arguments: str, stdin: int | None = None) -> None:
        import fcntl
        import pty
        import struct
        import termios

        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.process = subprocess.Popen(
            [*TOP, *arguments],
            stdin=slave if stdin is None else stdin,
            stdout=slave,
            stderr=slave,
            env=environment({"TERM": "xterm-256color"}),
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(1, termios.TIOCSCTTY, 0),  # what /dev/tty is
        )
        os.close(slave)
        self.seen = b""

    def until(self, text: str) -> None:
        """Read what is drawn until it is there."""
        end = time.monotonic() + TIMEOUT
        while text.encode() not in self.seen:
            said = f"{text!r} not in {self.seen[-3000:].decode('utf-8', 'replace')}"
            assert time.monotonic() < end, said
            assert self._more(), said

    def _more(self) -> bool:
        """Whether there was something to read."""
        if not select.select([self.master], [], [], TIMEOUT)[0]:
            return False
        try:
            data = os.read(self.master, 65_536)
        except OSError:  # Linux says so when the other end is closed
            return False
        self.seen += data
        return bool(data)

    def press(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def code(self) -> int:
        """Its exit code, once it ended."""
        self.until("\x1b[?1049l")  # the screen as it was before
        while self._more():
            pass
        return self.process.wait(TIMEOUT)

    def close(self) -> None:
        """End what still runs."""
        self.process.kill()
        self.process.wait(TIMEOUT)
        self.hang_up()

    def hang_up(self) -> None:
        """Close the terminal."""
        if self.master >= 0:
            os.close(self.master)
            self.master = -1


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    """Those a test opens; what still runs then is ended."""
    found: list[Terminal] = []
    yield found
    for terminal in found:
        terminal.close()


needs_terminal = pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals")


@needs_terminal
def test_in_a_terminal_it_shows_a_program_and_ends_it_with_ctrl_c(terminals: list[Terminal], core: str) -> None:
    source = "import sys, time\nwhile True: sys.audit('app.step'); time.sleep(0.05)"
    terminal = Terminal("--core", core, "--include", "app.*", "-c", source)
    terminals.append(terminal)
    terminal.until("app.step")
    terminal.press("\x03")
    assert terminal.code() == 130
    after = terminal.seen.rpartition(b"\x1b[?1049l")[2].decode()
    assert f"0 lost ({core} core, closed)" in after
    assert "otel-audit top: -c …: exit code 130 after 0:" in after


@needs_terminal
def test_its_exit_code_is_that_of_a_program_that_failed(terminals: list[Terminal]) -> None:
    terminal = Terminal("--no-summary", "-c", "import sys; print('why it failed'); sys.exit(9)")
    terminals.append(terminal)
    terminal.until("exit code 9")
    terminal.press("q")
    assert terminal.code() == 9
    assert b"why it failed" in terminal.seen.rpartition(b"\x1b[?1049l")[2]


@needs_terminal
def test_a_signal_from_outside_ends_both(terminals: list[Terminal]) -> None:
    terminal = Terminal("--include", "app.*", "-c", "import sys, time; sys.audit('app.on'); time.sleep(60)")
    terminals.append(terminal)
    terminal.until("app.on")
    terminal.process.send_signal(signal.SIGTERM)
    assert terminal.code() == 130


@needs_terminal
def test_a_terminal_that_is_closed_ends_both(terminals: list[Terminal], tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    source = (
        f"import os, sys, time; open({str(pid)!r}, 'w').write(str(os.getpid())); sys.audit('app.on'); time.sleep(600)"
    )
    terminal = Terminal("--include", "app.*", "-c", source)
    terminals.append(terminal)
    terminal.until("app.on")
    terminal.hang_up()
    assert terminal.process.wait(TIMEOUT) == 128 + signal.SIGHUP
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


@needs_terminal
def test_output_that_cannot_be_written_is_one_line_and_nothing_runs(terminals: list[Terminal]) -> None:
    terminal = Terminal("--output", "/no/such/directory/x", "-c", "print('must not run')")
    terminals.append(terminal)
    terminal.until("otel-audit top: /no/such/directory/x: No such file or directory")
    assert terminal.process.wait(TIMEOUT) == 2
    assert b"must not" not in terminal.seen


@needs_terminal
def test_a_stream_on_standard_input_leaves_the_keyboard_to_the_view(terminals: list[Terminal]) -> None:
    reading, writing = os.pipe()
    terminal = Terminal("-", stdin=reading)
    terminals.append(terminal)
    os.close(reading)
    os.write(writing, SHOP[0] + b"\n")
    terminal.until("sqlite3.connect")
    terminal.press("2")
    terminal.until("ROUTE")
    terminal.press("q")
    assert terminal.code() == 0
    os.close(writing)


@needs_terminal
def test_a_stream_that_is_a_terminal_is_refused(terminals: list[Terminal]) -> None:
    terminal = Terminal("-")
    terminals.append(terminal)
    terminal.until("standard input is a terminal: expected a stream")


def shown() -> list[list[str]]:
    """Words behind `otel-audit top` in the shell blocks of its page."""
    page = (ROOT / "docs/top.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```sh\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    found = [line.partition("otel-audit top ")[2] for block in blocks for line in block.splitlines()]
    return [shlex.split(words.partition(" > ")[0]) for words in found if words]


def test_every_command_line_of_the_page_is_accepted() -> None:
    assert len(shown()) > 5
    for words in shown():
        top.parse(words)


def test_every_option_is_on_the_page() -> None:
    page = (ROOT / "docs/top.md").read_text(encoding="utf-8")
    options = {name for name in top.parser()._option_string_actions if name.startswith("--")} - {"--help"}
    assert {name for name in options if f"{name}" not in page} == set()
