"""Log injection: what a program names cannot forge, hide or run anything where a person reads."""

from __future__ import annotations

import io
import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_audit import runtime
from otel_audit.bridge_health import Health, Status
from otel_audit.cli import doctor, events
from otel_audit.cli.exit_summary import render
from otel_audit.drain import Drain
from otel_audit.model import Counts, Described, Location
from otel_audit.processors import EventDict
from otel_audit.report.page import render as render_page
from otel_audit.sinks.stream import StreamSink
from otel_audit.visible import visible, visible_json
from tests.report.pages import PLOTLY, Page
from tests.report.test_report_page import hostile as hostile_run
from tests.security.claims import proves
from tests.security.hostile import HIDDEN, LINES, TEXTS, WITHOUT_SURROGATES, hidden
from tests.sinks.fakes import FakeCore, FakeSink, chain, record


@proves(1)
@given(st.text(max_size=200) | TEXTS)
def test_visible_text_hides_nothing(text: str) -> None:
    shown = visible(text)
    assert not hidden(shown)
    shown.encode()
    if not hidden(text):
        assert shown == text


@proves(1)
def test_every_hidden_character_is_made_visible() -> None:
    for character in HIDDEN:
        shown = visible(f"a{character}b")
        assert shown.isascii(), f"{ord(character):x}"
        assert shown[:2] == "a\\"
        assert shown[-1] == "b"


class Lines:
    """Streams of both formats into one file each."""

    def __init__(self, folder: Path) -> None:
        self._sinks = {format: StreamSink(str(folder / format), format) for format in ("json", "console")}
        self._folder = folder

    def close(self) -> None:
        for sink in self._sinks.values():
            sink._file.close()

    def of(self, format: str, described: Described) -> bytes:
        """What one record becomes."""
        path = self._folder / format
        os.truncate(path, 0)
        self._sinks[format].emit(described)
        self._sinks[format].flush()
        return path.read_bytes()


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lines]:
    found = Lines(tmp_path_factory.mktemp("lines"))
    yield found
    found.close()


@pytest.fixture(scope="module", params=["orjson", "json"])
def json_lines(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lines]:
    """With orjson and without: one leaves what is not ASCII as it is, the other nothing."""
    if request.param == "orjson":
        pytest.importorskip("orjson")
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "json":
            patch.setitem(sys.modules, "orjson", None)
        found = Lines(tmp_path_factory.mktemp(request.param))
    yield found
    found.close()


def assert_one_line(line: bytes) -> str:
    """One line, its end at the end, nothing hidden on it; the text."""
    assert line.endswith(b"\n")
    text = line[:-1].decode()  # UTF-8, always
    assert not hidden(text)
    return text


@proves(1, 2)
@given(values=st.lists(WITHOUT_SURROGATES, min_size=1, max_size=3), name=TEXTS, thread=WITHOUT_SURROGATES)
def test_one_record_is_one_line(lines: Lines, json_lines: Lines, values: list[str], name: str, thread: str) -> None:
    named = name.encode("utf-8", "backslashreplace").decode()[:128]
    bytes_ = record("other", *values, thread=thread.encode()[:40].decode("utf-8", "ignore"), text=named)
    found = chain(redact="off").decode(bytes_)
    assert found is not None
    assert_one_line(lines.of("console", found))
    line = assert_one_line(json_lines.of("json", found))
    fields = json.loads(line)
    for key, value in found.fields.items():
        assert fields[key] == value, "a parser gets what was there"


@proves(1)
@pytest.mark.parametrize("text", LINES)
@pytest.mark.parametrize("format", ["json", "console"])
def test_places_and_tasks_are_on_that_line(lines: Lines, format: str, text: str) -> None:
    plain = chain(redact="off").decode(record("app.e", "x"))
    assert plain is not None
    place = Location(f"/srv/{text}", text, 7)
    found = chain(redact="off")(plain.record._replace(on_event_loop=True, task=text, location=place))
    assert found is not None
    assert text in str(found.fields["python.audit.task"])
    assert_one_line(lines.of(format, found))


@proves(1)
@pytest.mark.parametrize("value", ["\ud800", 1 << 70, "\x1b[2J\n\u202e"])
@pytest.mark.parametrize("format", ["json", "console"])
def test_what_a_processor_puts_there_is_no_exception(lines: Lines, format: str, value: object) -> None:
    def put(logger: Any, method: str, fields: EventDict) -> EventDict:
        fields.update({"message": str(value), "level": f"info{value}", f"key{value}": value})
        return fields

    found = chain(None, put).decode(record("app.e", "x"))
    assert found is not None
    assert_one_line(lines.of(format, found))


@proves(2)
@given(st.dictionaries(WITHOUT_SURROGATES, WITHOUT_SURROGATES | st.lists(WITHOUT_SURROGATES, max_size=3), max_size=4))
def test_json_keeps_every_value(fields: dict[str, Any]) -> None:
    orjson = pytest.importorskip("orjson")
    made = visible_json(orjson.dumps(fields))
    assert not hidden(made.decode())
    assert json.loads(made) == fields
    assert orjson.loads(made) == fields


@proves(3)
@pytest.mark.parametrize("text", [line for line in LINES if not set(line) & set(" \n\r\x0b\x0c\x85\u2028\u2029")])
def test_names_are_visible_in_every_signal_and_values_are_data(text: str) -> None:
    class Core(FakeCore):
        def event_name(self, event_id: int, /) -> str:
            return f"app.{text}"

    made = chain(Core(), redact="off")
    recipe = made.event(99)
    assert not hidden(recipe.name)  # of the metric's label
    assert not hidden(made.event_name(99))  # of the span event
    found = made.decode(record("other", text, text=f"app.{text}"))
    assert found is not None
    for key in ("event", "python.audit.event", "message"):
        assert not hidden(found.fields[key])
    assert text in found.fields["python.audit.args"]


@proves(4)
def test_the_summary_shows_nothing_raw() -> None:
    from otel_audit.books import EventCount
    from otel_audit.sinks.summary import Summary

    summary = Summary()
    for number, text in enumerate(LINES, 1):
        described = chain(redact="off").decode(record("other", "x", trace=number, text=f"app.{text}"))
        assert described is not None
        summary.emit(described)
        summary.traces[number].name = text
    health = Health(Status("closed", "", "c"), 9, {"kept": 9}, {LINES[0]: 1}, {LINES[1]: {LINES[2]: 3}}, notes=LINES)
    rows = [EventCount(text, "custom", Counts(1, 1, 0, 0, 0, 0, 0)) for text in LINES]
    for line in map(visible, render(rows, summary, health)):
        assert not hidden(line)


@proves(4)
@given(TEXTS)
def test_doctor_shows_nothing_raw(text: str) -> None:
    findings = [doctor.Finding("settings", text, "fail", text, text), doctor.Finding("settings", "x", "", "y")]
    for line in doctor._lines(findings, color=False):
        assert not hidden(line)


@proves(4)
@pytest.mark.parametrize("text", LINES)
def test_events_shows_nothing_raw(text: str) -> None:
    for arguments in ([text], ["--search", text]):
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            assert events.main(arguments) == 1
        for line in (out.getvalue() + err.getvalue()).split("\n"):
            assert not hidden(line)


@proves(4)
@given(text=TEXTS)
def test_what_we_say_on_standard_error_is_one_line(text: str) -> None:
    reading, writing = os.pipe()
    kept = os.dup(2)
    os.dup2(writing, 2)
    try:
        runtime.say(text)
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(writing)
    with io.FileIO(reading) as said:
        assert_one_line(said.read())


@proves(4)
def test_the_page_shows_nothing_raw_and_runs_nothing() -> None:
    report, known = hostile_run()
    report.end()
    html = render_page(report, known, PLOTLY)
    assert not {character for character in hidden(html) if character not in "\n\t"}
    page = Page(html)
    assert page.whole
    assert not {tag for tag, _ in page.tags} & {"img", "svg", "iframe", "object", "a href=javascript"}
    assert not hidden("".join(map(str, page.data["records"])))


@proves(5)
@pytest.mark.parametrize("name", ["bridge.paused", "bridge.resumed", "bridge.closed", "bridge.rate_limit"])
def test_no_event_speaks_for_the_bridge(name: str) -> None:
    from otel_audit.processors import NOTICES

    class Core(FakeCore):
        def event_name(self, event_id: int, /) -> str:
            return name

    made = chain(Core())
    assert f"python.audit.{name}" in NOTICES
    assert made.event(99).head["event"] == f"python.audit.custom.{name}"
    assert made.event_name(99) not in NOTICES


@proves(6)
def test_an_error_of_a_processor_is_one_line_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def fail(logger: Any, method: str, fields: EventDict) -> EventDict:
        raise type("Bad\n\x1b[2J", (Exception,), {})(LINES[0] + LINES[3])

    drain = Drain(FakeCore(record("app.e", "x")), chain(None, fail), [FakeSink()], 10, lambda: None)
    with caplog.at_level(logging.WARNING):
        drain.start()
        try:
            drain.flush(30)
        finally:
            drain.stop(30)
    (said,) = [line.getMessage() for line in caplog.records if line.name == "otel_audit.drain"]
    assert "processors failed" in said
    assert not hidden(said)
