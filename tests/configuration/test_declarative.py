"""OpenTelemetry's declarative configuration: the section `audit` of the file that `OTEL_CONFIG_FILE` names."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import pytest

from otel_audit import runtime, settings
from otel_audit.errors import SettingsError
from otel_audit.settings import ROWS, Settings
from tests.e2e.conftest import environment, instrumented

needs_reader = pytest.mark.skipif(
    find_spec("opentelemetry.configuration") is None, reason="this OpenTelemetry has no reader for OTEL_CONFIG_FILE"
)
HEAD = 'file_format: "1.0"\n'
SECTION = HEAD + "instrumentation/development:\n  python:\n    audit:\n"


class Declare(Protocol):
    """Writes lines of the section, or what stands in its place, and names the file."""

    def __call__(self, lines: str, head: str = SECTION) -> Path: ...


@pytest.fixture
def declare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Declare:
    def write(lines: str, head: str = SECTION) -> Path:
        path = tmp_path / "otel.yaml"
        path.write_text(head + "".join(f"      {line}\n" for line in lines.splitlines()))
        path.chmod(0o644)
        monkeypatch.setenv("OTEL_CONFIG_FILE", str(path))
        return path

    return write


DECLARED: dict[str, tuple[str, object]] = {
    "enabled": ("false", False),
    "config_file": ("{folder}/audit.toml", "{folder}/audit.toml"),
    "include": ("[default, filesystem]", ("default", "filesystem")),
    "exclude": ("[open]", ("open",)),
    "signals": ("[logs]", ("logs",)),
    "sampling": ("{{open: 10/s, socket.*: 0.5}}", ("open=10/s", "socket.*=0.5")),
    "location": ("{{process: 0.5}}", ("process=0.5",)),
    "location_skip": ("[/srv/vendored]", ("/srv/vendored",)),
    "baggage": ("[user.id, tenant]", ("user.id", "tenant")),
    "max_span_events": ("8", 8),
    "ring_size": ("131072", 131072),
    "flush_interval": ("500", 500),
    "log_stream": ("stderr", "stderr"),
    "log_format": ("json", "json"),
    "redact": ("strict", "strict"),
    "redact_key": ("long enough not to be guessed", b"long enough not to be guessed"),
    "exit_signals": ("[SIGTERM]", ("SIGTERM",)),
    "exit_timeout": ("8000", 8000),
    "children": ("true", True),
    "otlp": ("sdk", "sdk"),
    "core": ("python", "python"),
}
"""What the section says of each setting, in YAML's own types, and what `Settings` has then."""


def test_every_setting_is_declared_but_those_of_the_environment() -> None:
    assert list(DECLARED) == [row.name for row in ROWS if not row.variable_only]


@needs_reader
@pytest.mark.parametrize("name", list(DECLARED))
def test_every_setting(declare: Declare, tmp_path: Path, name: str) -> None:
    (tmp_path / "audit.toml").touch(0o600)
    lines, expected = DECLARED[name]
    if isinstance(expected, str):
        expected = expected.format(folder=tmp_path)
    assert getattr(Settings(), name) != expected
    path = declare(f"{name}: {lines.format(folder=tmp_path)}")
    found = Settings()
    assert (getattr(found, name), found.origin(name)) == (expected, "declaration")
    assert found.written(name) == f"{path}: instrumentation/development.python.audit.{name}"
    assert {row.name for row in ROWS if found.origin(row.name) == "declaration"} == {name}


@needs_reader
@pytest.mark.parametrize("value", ["true", "false"])
def test_what_only_the_environment_is_read_for_is_refused(declare: Declare, value: str) -> None:
    path = declare(f"startup: {value}")
    with pytest.raises(SettingsError) as caught:
        Settings()
    assert str(caught.value) == (
        f"{path}: instrumentation/development.python.audit.startup={value}: "
        "expected OTEL_PYTHON_AUDIT_STARTUP in the environment, as nothing else is read for it"
    )


@needs_reader
def test_every_kind_of_value(declare: Declare) -> None:
    declare(
        "include: [default, filesystem]\nmax_span_events: 8\nsampling: {open: 10/s, socket.*: 0.5}\n"
        "processors: ['structlog.processors:UnicodeDecoder']\nevents: [{name: shop.paid, arguments: [amount]}]"
    )
    found = Settings()
    assert found.include == ("default", "filesystem")
    assert found.max_span_events == 8
    assert found.sampling == ("open=10/s", "socket.*=0.5")
    assert found.processors == ("structlog.processors:UnicodeDecoder",)
    assert [row.name for row in found.events] == ["shop.paid"]


@needs_reader
def test_it_stands_between_arguments_and_environment(declare: Declare, monkeypatch: pytest.MonkeyPatch) -> None:
    path = declare("ring_size: 131072\nmax_span_events: 8")
    monkeypatch.setenv("OTEL_PYTHON_AUDIT_RING_SIZE", "262144")
    monkeypatch.setenv("OTEL_PYTHON_AUDIT_FLUSH_INTERVAL", "20")
    found = Settings(max_span_events=9)
    assert (found.ring_size, found.max_span_events, found.flush_interval) == (131072, 9, 20)
    assert (found.origin("ring_size"), found.origin("max_span_events")) == ("declaration", "argument")
    assert found.written("ring_size") == f"{path}: instrumentation/development.python.audit.ring_size"


@needs_reader
def test_opentelemetry_substitutes_variables(declare: Declare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_RING", "131072")
    declare("ring_size: ${SHOP_RING}\nredact: ${SHOP_REDACT:-strict}")
    found = Settings()
    assert (found.ring_size, found.redact) == (131072, "strict")


@needs_reader
def test_it_may_name_our_own_file(declare: Declare, tmp_path: Path) -> None:
    ours = tmp_path / "audit.toml"
    ours.write_text(
        'ring_size = 131072\nmax_span_events = 3\n[[events]]\nname = "shop.paid"\ntext = "ours"\n'
        '[[events]]\nname = "shop.sent"\n'
    )
    declare(f"config_file: {ours}\nmax_span_events: 5\nevents: [{{name: shop.paid, text: theirs}}]")
    found = Settings()
    assert (found.ring_size, found.max_span_events) == (131072, 5)
    assert {row.name: row.text for row in found.events}["shop.paid"] == "theirs"
    assert {row.name for row in found.events} == {"shop.paid", "shop.sent"}


@needs_reader
def test_two_files_that_disagree_about_a_type(declare: Declare, tmp_path: Path) -> None:
    ours = tmp_path / "audit.toml"
    ours.write_text('[[events]]\nname = "shop.paid"\narguments = [{ name = "sum", capture = "int" }]\n')
    declare(f"config_file: {ours}\nevents: [{{name: shop.sent, arguments: [{{name: sum, capture: text}}]}}]")
    with pytest.raises(SettingsError, match=r"otel\.yaml, .*audit\.toml: .*expected"):
        Settings()


@needs_reader
@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("ring_size: 7", "audit.ring_size=7: expected a whole number of bytes"),
        ("ring: 7", "audit.ring: expected a setting, processors or events (did you mean ring_size?)"),
        ("processors: 7", "audit.processors=<int>: expected a list of import paths"),
        ("events: [{arguments: []}]", "audit.events[0].name: expected a name"),
        ("enabled: maybe", "audit.enabled=maybe: expected true or false"),
    ],
)
def test_one_line_for_what_cannot_be_used(declare: Declare, lines: str, message: str) -> None:
    declare(lines)
    with pytest.raises(SettingsError) as caught:
        Settings()
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@needs_reader
def test_a_file_that_opentelemetry_cannot_read(declare: Declare) -> None:
    path = declare("", head="file_format: [\n")
    with pytest.raises(SettingsError, match="a file that OpenTelemetry can read") as caught:
        Settings()
    assert str(caught.value).startswith(f"OTEL_CONFIG_FILE={path}: expected")
    assert "\n" not in str(caught.value)


@needs_reader
@pytest.mark.skipif(sys.platform == "win32", reason="permissions are POSIX's")
def test_code_is_not_taken_from_a_file_that_everybody_may_write(declare: Declare) -> None:
    declare("processors: ['os:getcwd']").chmod(0o666)
    with pytest.raises(SettingsError, match="chmod o-w"):
        Settings()
    declare("ring_size: 131072").chmod(0o666)
    assert Settings().ring_size == 131072


@needs_reader
@pytest.mark.parametrize(
    "head", [HEAD, SECTION.rstrip() + " {}\n", SECTION.replace("audit", "flask").rstrip() + " {}\n"]
)
def test_a_file_without_the_section_says_nothing(declare: Declare, head: str) -> None:
    declare("", head=head)
    assert Settings().origin("include") == "default"


def test_without_a_reader_the_file_says_nothing(declare: Declare, monkeypatch: pytest.MonkeyPatch) -> None:
    declare("ring_size: 131072")
    monkeypatch.setitem(sys.modules, "opentelemetry.configuration", None)
    assert Settings().origin("ring_size") == "default"


@needs_reader
def test_enabled_false_keeps_it_off(declare: Declare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "_status", runtime.Status("off", "not installed"))
    path = declare("enabled: false")
    assert runtime.install() == runtime.Status(
        "off", f"{path}: instrumentation/development.python.audit.enabled=false (declaration)"
    )


PROGRAM = """
import otel_audit
health = otel_audit.health()
print(health.status.state, health.queue.get("capacity"))
"""


@needs_reader
@pytest.mark.parametrize(("lines", "said"), [("ring_size: 131072", "armed 131072"), ("enabled: false", "off None")])
def test_under_opentelemetry_instrument(declare: Declare, lines: str, said: str) -> None:
    path = declare(lines)
    done = subprocess.run(
        instrumented("-c", PROGRAM),
        env=environment(OTEL_CONFIG_FILE=str(path)),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.strip() == said, done.stderr


PROVIDER = "logger_provider:\n  processors:\n    - simple: {exporter: {console: {}}}\n"


@needs_reader
def test_a_file_without_providers_leaves_stream_and_summary(declare: Declare) -> None:
    path = declare("include: [app.e]")
    done = run("-c", "import sys; sys.audit('app.e')", path)
    first, *rest = ours(done)
    assert first == (
        f"OTEL_CONFIG_FILE={path} has no tracer_provider, meter_provider or logger_provider; nothing is exported"
    )
    assert '"python.audit.event":"app.e"' in done.stderr
    assert any("1 audit event seen, 1 kept" in line for line in rest)
    assert "already instrumented" not in done.stderr


@needs_reader
def test_a_file_with_a_provider_exports(declare: Declare) -> None:
    path = declare("include: [app.e]", head=HEAD + PROVIDER + SECTION.removeprefix(HEAD))
    done = run("-c", "import sys; sys.audit('app.e')", path)
    assert ours(done) == []
    assert "python.audit.app.e" in done.stdout


@needs_reader
def test_doctor_says_what_the_file_lacks(declare: Declare) -> None:
    path = declare("include: [app.e]")
    command = [sys.executable, "-m", "otel_audit", "doctor"]
    done = subprocess.run(
        command, env=environment(OTEL_CONFIG_FILE=str(path)), capture_output=True, text=True, timeout=60, check=False
    )
    assert f"OTEL_CONFIG_FILE={path} has no tracer_provider" in done.stdout
    assert "pip install" not in done.stdout


def test_without_a_reader_the_line_says_what_to_install(declare: Declare, monkeypatch: pytest.MonkeyPatch) -> None:
    declare("")
    monkeypatch.setitem(sys.modules, "opentelemetry.configuration", None)
    assert "opentelemetry-sdk[file-configuration]" in settings.missing_pipeline()
    assert not settings.export_is_configured()


def run(option: str, code: str, path: Path) -> subprocess.CompletedProcess[str]:
    """`otel-audit run` with the file."""
    command = [sys.executable, "-m", "otel_audit", "run", option, code]
    return subprocess.run(
        command, env=environment(OTEL_CONFIG_FILE=str(path)), capture_output=True, text=True, timeout=60, check=True
    )


def ours(done: subprocess.CompletedProcess[str]) -> list[str]:
    """Lines of the bridge, without their prefix."""
    return [line.partition(": ")[2] for line in done.stderr.splitlines() if line.startswith("otel-audit: ")]
