"""Lines of JSON or for a person, on any descriptor, and what could not be written is counted."""

from __future__ import annotations

import fcntl
import json
import os
import threading
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from otel_audit.limits import LimitNotices
from otel_audit.model import Counts, Described, Location
from otel_audit.sinks.stream import StreamSink
from tests.conftest import Run
from tests.sinks.fakes import SPAN, TIME_NS, TRACE, chain, record


def described(*arguments: Any, **changes: Any) -> Described:
    found = chain().decode(record(*(arguments or ("app.e", 1)), **changes))
    assert found is not None
    return found


class Log:
    """Sinks on one file, closed at the end."""

    def __init__(self, path: Path) -> None:
        self.path, self.made = path, list[StreamSink]()

    def sink(self, format: str = "json") -> StreamSink:
        self.made.append(StreamSink(str(self.path), format))
        return self.made[-1]

    def written(self, *records: Described, format: str = "json") -> list[str]:
        sink = self.sink(format)
        for each in records:
            sink.emit(each)
        sink.flush()
        return self.path.read_text().splitlines()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    found = Log(tmp_path / "log")
    yield found
    for sink in found.made:
        sink._file.close()


def test_a_line_of_json_has_the_fields_in_order(log: Log) -> None:
    (line,) = log.written(described("open", "/étc/hosts", "r", 0))
    fields = json.loads(line)
    assert list(fields)[:7] == ["timestamp", "level", "event", "message", "trace_id", "span_id", "trace_flags"]
    assert fields["timestamp"] == "2023-11-14T22:13:20.123456789Z"
    assert (fields["level"], fields["event"]) == ("debug", "python.audit.open")
    assert (fields["trace_id"], fields["span_id"], fields["trace_flags"]) == (f"{TRACE:032x}", f"{SPAN:016x}", "01")
    assert fields["file.path"] == "/étc/hosts"


def test_a_timestamp_is_utc(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    (line,) = log.written(described(time_ns=TIME_NS))
    found = datetime.strptime(json.loads(line)["timestamp"][:26], "%Y-%m-%dT%H:%M:%S.%f").replace(tzinfo=timezone.utc)
    assert int(found.timestamp()) == TIME_NS // 1_000_000_000


def test_lines_are_the_same_without_orjson(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("orjson")
    with_it = log.written(described("open", "/é", "r", 0))
    monkeypatch.setitem(__import__("sys").modules, "orjson", None)
    log.path.unlink()
    without = log.written(described("open", "/é", "r", 0))
    assert json.loads(with_it[0]) == json.loads(without[0])


def test_records_are_appended(log: Log) -> None:
    log.path.write_text("before\n")
    assert len(log.written(described(), described())) == 3


def test_a_console_line_is_for_a_person(log: Log) -> None:
    (line,) = log.written(described("open", "/etc/hosts", "r", 0, count=3), format="console")
    assert "/etc/hosts" in line
    assert f"{TRACE:032x}"[:8] in line
    assert "count=3" in line.replace(" ", "")
    assert "\x1b" not in line  # no colours in a file


@pytest.mark.parametrize(
    ("place", "shown"), [(Location("/srv/app/tariffs.py", "load", 16), "tariffs.py:16"), (None, "library")]
)
def test_a_console_line_says_where_the_event_loop_was_blocked(log: Log, place: Location | None, shown: str) -> None:
    record, _ = described("open", "/etc/hosts", "r", 0)
    found = chain()(record._replace(on_event_loop=True, location=place))
    assert found is not None
    (line,) = log.written(found, format="console")
    assert f"blocks_loop={shown}" in line


def test_auto_is_json_where_there_is_no_terminal(log: Log) -> None:
    (line,) = log.written(described(), format="auto")
    json.loads(line)


def test_what_was_written_is_delivered_and_notices_are_not_counted(log: Log) -> None:
    sink = log.sink()
    (notice,) = LimitNotices(str).turn([(1, Counts(2, 1, 0, 1, 0, 0, 0))])
    for each in (described(), notice, described()):
        sink.emit(each)
    assert sink.account.totals() == {}
    sink.flush()
    assert sink.account.totals() == {"delivered": 2}
    assert len(log.path.read_text().splitlines()) == 3


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_a_new_file_is_its_owners(log: Log) -> None:
    log.sink()
    assert log.path.stat().st_mode & 0o777 == 0o600


@pytest.mark.skipif(not hasattr(os, "O_NOFOLLOW"), reason="the system cannot tell")
def test_a_link_that_was_laid_meanwhile_is_not_followed(log: Log, tmp_path: Path) -> None:
    log.path.symlink_to(tmp_path / "aim")
    with pytest.raises(OSError, match="a symbolic link"):
        log.sink()
    assert not (tmp_path / "aim").exists()


def test_an_empty_flush_writes_nothing(log: Log) -> None:
    sink = log.sink()
    sink.flush()
    assert sink.account.totals() == {}


def on_pipe(sink: StreamSink, *, blocking: bool = True) -> int:
    """Put the sink on a pipe; returns the end to read."""
    reading, writing = os.pipe()
    os.set_blocking(writing, blocking)
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    os.dup2(writing, sink._file.fileno())
    os.close(writing)
    return reading


@pytest.mark.parametrize("blocking", [True, False])
def test_a_pipe_that_takes_little_gets_all_of_it(log: Log, blocking: bool) -> None:
    sink = log.sink()
    reading = on_pipe(sink, blocking=blocking)
    for number in range(200):
        sink.emit(described("app.e", "x" * 500, number))
    got: list[bytes] = []

    def read() -> None:
        while data := os.read(reading, 1000):
            got.append(data)

    thread = threading.Thread(target=read)
    thread.start()
    sink.flush()
    sink._file.close()
    thread.join(10)
    os.close(reading)
    lines = b"".join(got).splitlines()
    assert len(lines) == 200
    assert all(json.loads(line)["event"] == "python.audit.app.e" for line in lines)
    assert sink.account.totals() == {"delivered": 200}


def test_a_broken_pipe_is_counted(log: Log) -> None:
    sink = log.sink()
    os.close(on_pipe(sink))
    for _ in range(2):
        sink.emit(described())
        with pytest.raises(BrokenPipeError):
            sink.flush()
    assert sink.account.totals() == {"BrokenPipeError": 2}


def test_a_child_does_not_write_its_parents_lines(log: Log) -> None:
    sink = log.sink()
    sink.emit(described())
    sink.after_fork_child()
    sink.flush()
    assert log.path.read_text() == ""
    assert sink.account.totals() == {}


@pytest.mark.parametrize("target", ["stdout", "stderr"])
def test_standard_streams_are_written_past_the_applications_buffers(run_python: Run, target: str) -> None:
    code = (
        "import sys\n"
        "from otel_audit.sinks.stream import StreamSink\n"
        "from tests.sinks.test_stream import described\n"
        f"stream = getattr(sys, {target!r})\n"
        f"sink = StreamSink({target!r}, 'json')\n"
        "sink.emit(described())\n"
        "sink.flush()\n"
        "stream.close()\n"
        "sink.emit(described())\n"
        "sink.flush()\n"
    )
    ran = run_python(code)
    found = ran.out if target == "stdout" else ran.err
    assert [json.loads(line)["event"] for line in found.splitlines()] == ["python.audit.app.e"] * 2
