"""Settings: one row per variable, one line per error, arguments before environment before default."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from otel_audit import environment_variables, settings
from otel_audit.errors import SettingsError
from otel_audit.settings import ROWS, Settings

CONSTANTS = [name for name in dir(environment_variables) if name.startswith("OTEL_")]


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in list(os.environ):
        if name.startswith("OTEL_"):
            monkeypatch.delenv(name)


def refusal(**arguments: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        Settings(**arguments)
    return str(caught.value)


def test_defaults() -> None:
    found = Settings()
    assert found.enabled is True
    assert (found.include, found.exclude, found.sampling) == (("default",), (), ())
    assert found.signals == ("span_events", "metrics", "logs")
    assert (found.max_span_events, found.ring_size, found.flush_interval) == (64, 4194304, 1000)
    assert (found.log_stream, found.log_format, found.redact, found.core) == ("none", "auto", "default", "auto")


def test_every_row_is_an_argument_and_nothing_else_is() -> None:
    assert [row.name for row in ROWS] == list(Settings.__init__.__kwdefaults__ or {})


@pytest.mark.parametrize("name", [row.name for row in ROWS])
def test_argument_beats_environment_beats_default(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    other = {
        "enabled": ("false", "true"),
        "include": ("socket.*", "open"),
        "exclude": ("open", "os.*"),
        "signals": ("logs", "metrics"),
        "sampling": ("open=first", "open=0.5"),
        "max_span_events": ("1", "2"),
        "ring_size": ("65536", "131072"),
        "flush_interval": ("10", "20"),
        "log_stream": ("stderr", "stdout"),
        "log_format": ("json", "console"),
        "redact": ("strict", "off"),
        "core": ("c", "python"),
    }[name]
    assert Settings().origin(name) == "default"
    monkeypatch.setenv(f"OTEL_PYTHON_AUDIT_{name.upper()}", other[0])
    assert (Settings().text(name), Settings().origin(name)) == (other[0], "environment")
    both = Settings(**{name: other[1]})
    assert (both.text(name), both.origin(name)) == (other[1], "argument")


def test_empty_means_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_PYTHON_AUDIT_RING_SIZE", "")
    monkeypatch.setenv("OTEL_PYTHON_AUDIT_ENABLED", "false")
    found = Settings(enabled="", ring_size="")
    assert (found.ring_size, found.origin("ring_size"), found.enabled) == (4194304, "default", False)


def test_python_values_are_read_like_text() -> None:
    found = Settings(enabled=False, ring_size=65536, include=["open", "socket.*"], sampling={"open": "0.1"})
    assert (found.enabled, found.ring_size, found.include) == (False, 65536, ("open", "socket.*"))
    assert found.sampling == ("open=0.1",)


def test_settings_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().enabled = False  # type: ignore[misc]


def test_text_of_every_setting_reads_back() -> None:
    found = Settings(signals="none", include=("open", "os.*"), sampling="open=10/s")
    again = Settings(**{row.name: found.text(row.name) for row in ROWS})
    assert again == found


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            {"ring_size": "abc"},
            "OTEL_PYTHON_AUDIT_RING_SIZE=abc: expected a whole number of bytes from 65536 to 1073741824",
        ),
        ({"enabled": "yes"}, "OTEL_PYTHON_AUDIT_ENABLED=yes: expected true or false"),
        ({"enabled": 1}, "OTEL_PYTHON_AUDIT_ENABLED=1: expected true or false"),
        ({"max_span_events": -1}, "OTEL_PYTHON_AUDIT_MAX_SPAN_EVENTS=-1: expected a whole number from 0 to 1024"),
        ({"max_span_events": True}, "OTEL_PYTHON_AUDIT_MAX_SPAN_EVENTS=true: expected a whole number from 0 to 1024"),
        (
            {"flush_interval": "1s"},
            "OTEL_PYTHON_AUDIT_FLUSH_INTERVAL=1s: expected a whole number of milliseconds from 10 to 3600000",
        ),
        (
            {"signals": "logs,traces"},
            "OTEL_PYTHON_AUDIT_SIGNALS=logs,traces: expected a comma list of span_events, metrics, logs, or none"
            " (traces is not one of them)",
        ),
        ({"redact": "some"}, "OTEL_PYTHON_AUDIT_REDACT=some: expected default, strict or off"),
        ({"core": object()}, "OTEL_PYTHON_AUDIT_CORE=<object>: expected auto, c or python"),
    ],
)
def test_an_error_names_variable_value_and_what_was_expected(arguments: dict[str, Any], line: str) -> None:
    assert refusal(**arguments) == line


@pytest.mark.parametrize("value", ["65535", "1073741825", "6_5536", "+65536", "9" * 5000, "65536.0", "\u0661" * 6])
def test_sizes_outside_the_range_or_of_odd_spelling_are_refused(value: str) -> None:
    assert refusal(ring_size=value).startswith(f"OTEL_PYTHON_AUDIT_RING_SIZE={value}: ")


def test_choices_ignore_case() -> None:
    found = Settings(enabled="TRUE", core="C", signals="Logs", log_stream="STDERR")
    assert (found.enabled, found.core, found.signals, found.log_stream) == (True, "c", ("logs",), "stderr")


def test_a_log_file_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    missing = tmp_path / "no" / "audit.log"
    expected = "expected none, stderr, stdout or a writable file"
    assert refusal(log_stream=missing) == (
        f"OTEL_PYTHON_AUDIT_LOG_STREAM={missing}: {expected} (No such file or directory)"
    )
    assert re.search(r"\(.*directory\)$", refusal(log_stream=tmp_path))
    assert "embedded null" in refusal(log_stream="a\0b")


def test_a_log_file_keeps_what_it_holds(tmp_path: Path) -> None:
    log = tmp_path / "audit.log"
    log.write_text("before\n")
    assert Settings(log_stream=log).log_stream == str(log)
    assert log.read_text() == "before\n"


def test_a_bridge_that_is_off_creates_no_file(tmp_path: Path) -> None:
    Settings(enabled=False, log_stream=tmp_path / "audit.log")
    assert not (tmp_path / "audit.log").exists()


def test_a_pipe_nobody_reads_does_not_block(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe")
    assert "expected none, stderr, stdout or a writable file" in refusal(log_stream=tmp_path / "pipe")


def test_a_misspelt_variable_is_told_with_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_PYTHON_AUDIT_RINGSIZE", "hidden")
    monkeypatch.setenv("OTEL_PYTHON_AUDIT_REQUIRE_C", "1")
    monkeypatch.setenv("OTEL_PYTHON_AUDIT_CORE", "c")
    assert settings.unknown_variables() == [
        "OTEL_PYTHON_AUDIT_RINGSIZE: unknown variable (did you mean OTEL_PYTHON_AUDIT_RING_SIZE?)"
    ]


@pytest.mark.parametrize(("value", "off"), [("true", True), (" TRUE ", True), ("false", False), ("1", False)])
def test_sdk_disabled(monkeypatch: pytest.MonkeyPatch, value: str, off: bool) -> None:
    assert settings.disabled_by_sdk() is False
    monkeypatch.setenv("OTEL_SDK_DISABLED", value)
    assert settings.disabled_by_sdk() is off


@pytest.mark.parametrize(("value", "off"), [("flask, audit", True), ("*", True), ("auditing", False)])
def test_disabled_instrumentations(monkeypatch: pytest.MonkeyPatch, value: str, off: bool) -> None:
    assert settings.disabled_by_instrumentations() is False
    monkeypatch.setenv("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS", value)
    assert settings.disabled_by_instrumentations() is off


def test_endpoints_and_exporters(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.otlp_endpoint() is None
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://logs")
    assert (settings.otlp_endpoint(), settings.otlp_endpoint("logs")) == ("http://logs", "http://logs")
    assert settings.otlp_endpoint("metrics") is None
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://all")
    assert (settings.otlp_endpoint(), settings.otlp_endpoint("logs")) == ("http://all", "http://logs")
    assert settings.otlp_endpoint("span_events") == "http://all"
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "otlp, console")
    assert settings.exporter_names("span_events") == settings.exporter_names("traces") == ("otlp", "console")
    assert settings.exporter_names("logs") == ()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    assert settings.otlp_protocol("metrics") == "grpc"


def test_published_variables_are_the_rows() -> None:
    assert {row.variable for row in ROWS} == set(CONSTANTS)
    assert all(getattr(environment_variables, name) == name for name in CONSTANTS)


def test_no_published_variable_collides_as_an_option() -> None:
    """`opentelemetry-instrument` strips OTEL_ or OTEL_PYTHON_ and dies of two options with one name."""
    options: dict[str, str] = {}
    for point in entry_points(group="opentelemetry_environment_variables"):
        if point.value == environment_variables.__name__:
            continue
        for name in dir(point.load()):
            if name.startswith("OTEL_"):
                options[re.sub("OTEL_(PYTHON_)?", "", name).lower()] = name
    assert options
    ours = {re.sub("OTEL_(PYTHON_)?", "", name).lower() for name in CONSTANTS}
    assert len(ours) == len(CONSTANTS)
    assert ours.isdisjoint(options)


def test_only_settings_reads_the_environment() -> None:
    source = Path(settings.__file__).parent
    readers = [
        path.relative_to(source).as_posix()
        for path in source.rglob("*.py")
        if re.search(r"\bos\.environ\b|\bos\.getenv\b|from os import .*\b(environ|getenv)\b", path.read_text())
    ]
    assert readers == ["settings.py"]
