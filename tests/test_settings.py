"""Settings: one row per variable, one line per error, arguments before environment before file before default."""

from __future__ import annotations

import re
import sys
from dataclasses import FrozenInstanceError
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from otel_audit import environment_variables, semconv, settings
from otel_audit.configuration.rows import BY_NAME
from otel_audit.custom.attribute_names import is_reserved
from otel_audit.errors import VALUE_LIMIT, SettingsError
from otel_audit.processors import RESERVED
from otel_audit.settings import ROWS, Fallback, Option, Settings

KEY = "correct horse battery staple"
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
    assert found.exit_signals == ()
    assert (found.log_stream, found.log_format, found.redact, found.core) == ("none", "auto", "default", "auto")


def test_every_row_is_an_argument_and_nothing_else_is() -> None:
    assert [row.name for row in ROWS] == list(Settings.__init__.__kwdefaults__ or {})


OTHERS = {
    "enabled": ("false", "true", "false"),
    "include": ("socket.*", "open", "os.*,import"),
    "exclude": ("open", "os.*", "socket.*"),
    "signals": ("logs", "metrics", "span_events"),
    "sampling": ("open=first", "open=0.5", "open=10/s"),
    "location": ("open", "none", "open=0.5,event_loop"),
    "location_skip": ("/srv/vendor", "!/srv/shop", "/srv/vendor,/opt/tool.py"),
    "baggage": ("user.id", "tenant", "session.id,tenant"),
    "max_span_events": ("1", "2", "3"),
    "ring_size": ("65536", "131072", "262144"),
    "flush_interval": ("10", "20", "30"),
    "log_stream": ("stderr", "stdout", "stderr"),
    "log_format": ("json", "console", "json"),
    "redact": ("strict", "off", "strict"),
    "redact_key": (KEY, KEY[::-1], KEY.upper()),
    "exit_signals": ("SIGTERM", "SIGINT", "SIGINT,SIGTERM"),
    "exit_timeout": ("100", "200", "300"),
    "children": ("true", "false", "true"),
    "startup": ("true", "false", "true"),
    "otlp": ("sdk", "auto", "sdk"),
    "core": ("c", "python", "c"),
}
"""Values of each setting that are not its default: variable, argument, file."""


@pytest.mark.parametrize("name", list(OTHERS))
def test_argument_beats_environment_beats_file_beats_default(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    variable, argument, in_file = OTHERS[name]
    file = tmp_path / "audit.toml"
    file.write_text(f"{name} = '{in_file}'\n")
    assert Settings().origin(name) == "default"
    monkeypatch.setenv("OTEL_PYTHON_AUDIT_CONFIG_FILE", str(file))
    if BY_NAME[name].variable_only:
        assert refusal().startswith(f"{file}: {name}={in_file}: expected {BY_NAME[name].variable} in the environment")
        monkeypatch.delenv("OTEL_PYTHON_AUDIT_CONFIG_FILE")
    else:
        assert (Settings().text(name), Settings().origin(name)) == (in_file, "file")
        assert Settings().written(name) == f"{file}: {name}"
    monkeypatch.setenv(f"OTEL_PYTHON_AUDIT_{name.upper()}", variable)
    assert (Settings().text(name), Settings().origin(name)) == (variable, "environment")
    both = Settings(**{name: argument})
    assert (both.text(name), both.origin(name)) == (argument, "argument")


def test_every_setting_has_its_precedence_tested() -> None:
    assert list(OTHERS) == [row.name for row in ROWS if row.name != "config_file"]


def test_a_fallback_stands_below_environment_and_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert Settings(flush_interval=Fallback("100")).flush_interval == 100
    assert Settings(flush_interval=Fallback("100")).origin("flush_interval") == "default"
    (tmp_path / "audit.toml").write_text("flush_interval = 300")
    found = Settings(flush_interval=Fallback("100"), config_file=tmp_path / "audit.toml")
    assert found.flush_interval == 300
    monkeypatch.setenv("OTEL_PYTHON_AUDIT_FLUSH_INTERVAL", "200")
    assert Settings(flush_interval=Fallback("100")).flush_interval == 200


def test_an_option_is_named_as_it_was_written() -> None:
    assert refusal(ring_size=Option("x", "--ring-size")).startswith("--ring-size=x: expected a whole number")
    found = Settings(include=Option("open", "--include"))
    assert (found.include, found.origin("include"), found.written("include")) == (("open",), "argument", "--include")


def test_empty_means_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_PYTHON_AUDIT_RING_SIZE", "")
    monkeypatch.setenv("OTEL_PYTHON_AUDIT_ENABLED", "false")
    found = Settings(enabled="", ring_size="")
    assert (found.ring_size, found.origin("ring_size"), found.enabled) == (4194304, "default", False)


def test_python_values_are_read_like_text() -> None:
    found = Settings(enabled=False, ring_size=65536, include=["open", "socket.*"], sampling={"open": "0.1"})
    assert (found.enabled, found.ring_size, found.include) == (False, 65536, ("open", "socket.*"))
    assert found.sampling == ("open=0.1",)


@pytest.mark.parametrize("text", ["SIGTERM,SIGINT", "sigterm,SigInt", "TERM,int", "term,SIGTERM,INT,"])
def test_signals_are_named_as_kill_takes_them(text: str) -> None:
    assert Settings(exit_signals=text).exit_signals == ("SIGTERM", "SIGINT")


@pytest.mark.parametrize("item", ["KILL", "SIGKILL", "SIG", "SIGSIGTERM", "15"])
def test_a_signal_that_cannot_be_waited_for_is_refused_as_it_was_written(item: str) -> None:
    said = refusal(exit_signals=f"TERM,{item}")
    assert said.startswith(f"OTEL_PYTHON_AUDIT_EXIT_SIGNALS=TERM,{item}: expected a comma list of SIGTERM, SIGINT")
    assert said.endswith(f" ({item} is not one of them)")


def test_settings_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().enabled = False  # type: ignore[misc]


def test_text_of_every_setting_reads_back() -> None:
    found = Settings(signals="none", include=("open", "os.*"), sampling="open=10/s")
    again = Settings(**{row.name: found.text(row.name) for row in ROWS})
    assert again == found


@pytest.mark.parametrize("in_file", [False, True])
def test_no_text_but_that_for_a_child_shows_the_redaction_key(tmp_path: Path, in_file: bool) -> None:
    file = tmp_path / "the-key"
    file.write_text(f"{KEY}\n")
    found = Settings(redact_key=f"file:{file}" if in_file else KEY)
    assert found.redact_key == KEY.encode()
    assert Settings(redact_key=found.text("redact_key")).redact_key == found.redact_key
    said = repr(found) + found.shown("redact_key") + found.origin("redact_key") + found.written("redact_key")
    assert KEY not in said
    assert "the-key" not in said
    assert found.shown("redact_key") == "[redacted]"
    assert Settings().shown("redact_key") == ""


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("hunter2", "it is shorter than 16"),
        ("file:hunter2-is-no-file", "No such file or directory"),
        ("file:", "No such file or directory"),
        ("file:.", "not a regular file"),
        (["hunter2"], ""),
        ({"a": "hunter2"}, ""),
        (b"hunter2", ""),
    ],
)
def test_an_error_does_not_show_the_redaction_key(value: Any, reason: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings(redact_key=value)
    expected = "expected at least 16 characters, or file: and the path of a file that holds them"
    line = f"OTEL_PYTHON_AUDIT_REDACT_KEY=[redacted]: {expected}"
    assert str(caught.value) == line + (f" ({reason})" if reason else "")
    assert "hunter2" not in repr(vars(caught.value))


def test_a_key_file_is_read_in_bounds(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "big").write_bytes(b"x" * 5000)
    (tmp_path / "short").write_text("  short\n\n\n\n\n\n\n\n\n\n\n\n")
    assert refusal(redact_key=f"file:{tmp_path / 'pipe'}").endswith("(not a regular file)")
    assert refusal(redact_key=f"file:{tmp_path / 'big'}").endswith("(over 4096 bytes)")
    assert refusal(redact_key=f"file:{tmp_path / 'short'}").endswith("(it is shorter than 16)")


@pytest.mark.parametrize("key", ["thread.id", "trace_id", "message", "python.audit.event", "otel.x", "http.route"])
def test_a_reserved_key_is_no_baggage(key: str) -> None:
    line = f"OTEL_PYTHON_AUDIT_BAGGAGE=user.id,{key}: expected a comma list of baggage keys, such as user.id"
    assert refusal(baggage=["user.id", key]).startswith(f"{line} ({key} is reserved")


def test_what_every_record_carries_is_reserved() -> None:
    ours = {value for name, value in vars(semconv).items() if name.startswith("AUDIT_")}
    assert semconv.AUDIT_EVENT in ours
    assert all(is_reserved(key) for key in {semconv.THREAD_ID, semconv.THREAD_NAME} | RESERVED | ours)


@pytest.mark.parametrize("key", ["user id", "ünïcode", "a/b", "x" * 65, "a=b"])
def test_baggage_keys_are_tokens(key: str) -> None:
    assert refusal(baggage=key).endswith("is no key of baggage)")


def test_baggage_keys_are_taken_once_in_their_order() -> None:
    assert Settings(baggage="tenant, user.id,,tenant").baggage == ("tenant", "user.id")


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
        ({"core": ["c"]}, "OTEL_PYTHON_AUDIT_CORE=<list>: expected auto, c or python"),
        (
            {"include": {"open": "all"}},
            "OTEL_PYTHON_AUDIT_INCLUDE=<dict>: expected a comma list of groups, event names and globs",
        ),
        (
            {"include": [["open"]]},
            "OTEL_PYTHON_AUDIT_INCLUDE=<list>: expected a comma list of groups, event names and globs",
        ),
        ({"redact": "a\nb\x1b\udc80"}, "OTEL_PYTHON_AUDIT_REDACT=a\\nb\\x1b\\udc80: expected default, strict or off"),
    ],
)
def test_an_error_names_variable_value_and_what_was_expected(arguments: dict[str, Any], line: str) -> None:
    assert refusal(**arguments) == line


@pytest.mark.parametrize("value", ["65535", "1073741825", "6_5536", "+65536", "9" * 5000, "65536.0", "\u0661" * 6])
def test_sizes_outside_the_range_or_of_odd_spelling_are_refused(value: str) -> None:
    shown = value if len(value) <= VALUE_LIMIT else value[: VALUE_LIMIT - 1] + "…"
    assert refusal(ring_size=value).startswith(f"OTEL_PYTHON_AUDIT_RING_SIZE={shown}: ")


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


def test_settings_create_no_file(tmp_path: Path) -> None:
    assert Settings(log_stream=tmp_path / "audit.log").log_stream == str(tmp_path / "audit.log")
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
@pytest.mark.parametrize("there", [False, True])
def test_a_log_file_is_not_opened_through_a_link(tmp_path: Path, there: bool) -> None:
    aim, link = tmp_path / "aim", tmp_path / "link"
    link.symlink_to(aim)
    if there:
        aim.touch()
    assert refusal(log_stream=link).endswith("expected none, stderr, stdout or a writable file (a symbolic link)")
    assert aim.exists() is there


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="no such device")
def test_links_of_the_system_are_followed() -> None:
    assert Settings(log_stream="/dev/stdout").log_stream == "/dev/stdout"


def test_a_bridge_that_is_off_needs_no_log_file(tmp_path: Path) -> None:
    assert Settings(enabled=False, log_stream=tmp_path / "no" / "audit.log").enabled is False


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
    before_settings = ["inheritance/path/sitecustomize.py", "startup_file.py"]  # which ask before it is imported
    assert sorted(readers) == sorted([*before_settings, "settings.py"])
