"""The only reader of the environment: settings by their rows, and questions about OpenTelemetry's own variables."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Literal, NamedTuple

from otel_audit.configuration import declarative, log_file
from otel_audit.configuration import file as files
from otel_audit.configuration.file import ConfigFile
from otel_audit.configuration.rows import BY_NAME, PREFIX, ROWS, SIGNALS, STREAMS, Given, Row, items
from otel_audit.errors import REDACTED
from otel_audit.model import Event

__all__ = ["PREFIX", "ROWS", "SIGNALS", "STREAMS", "Fallback", "Option", "Row", "Settings"]

Origin = Literal["argument", "declaration", "environment", "file", "default"]


class Option(str):
    """Text of an argument that was written as a command-line option: errors name that.

    Args:
        text: its value.
        name: the option, `--ring-size`.
    """

    name: str

    def __new__(cls, text: str, name: str) -> Option:
        made = super().__new__(cls, text)
        made.name = name
        return made


class Fallback(str):
    """Text of an argument that stands where neither the environment nor the file says anything: another default."""


class _Found(NamedTuple):
    """Text of one setting, where it came from, and how the user wrote its name."""

    text: str
    origin: Origin
    written: str


def _find(row: Row, given: object, declared: ConfigFile, file: ConfigFile) -> _Found:
    written = given.name if isinstance(given, Option) else row.variable
    argument = row.text(given, written)
    if argument and not isinstance(given, Fallback):
        return _Found(argument, "argument", written)
    if row.name in declared.settings:
        return _Found(declared.settings[row.name], "declaration", declared.written(row.name))
    environment = _variable(row.variable)
    if environment:
        return _Found(environment, "environment", row.variable)
    if row.name in file.settings:
        return _Found(file.settings[row.name], "file", file.written(row.name))
    return _Found(argument or row.default, "default", row.variable)


def _probe(stream: str) -> None:
    """Whether it could be appended to: a bad path refuses the start instead of losing records later.

    Nothing is created: the stream's sink does that, if there is to be one.
    """
    if stream in STREAMS:
        return
    # Without O_NONBLOCK a named pipe nobody reads would stop the application here.
    try:
        os.close(log_file.open_for_append(stream, getattr(os, "O_NONBLOCK", 0), create=False))
    except FileNotFoundError as error:
        directory = os.path.dirname(os.path.realpath(stream))  # noqa: PTH120 - a path may hold surrogates
        if not os.path.isdir(directory):  # noqa: PTH112
            raise ValueError(error.strerror) from error
        if not os.access(directory, os.W_OK | os.X_OK):
            raise ValueError("its directory is not writable") from error
    except OSError as error:
        raise ValueError(error.strerror or type(error).__name__) from error


@dataclass(frozen=True, init=False)
class Settings:
    """What the user decided: arguments before `OTEL_CONFIG_FILE` before environment before our file before default.

    Every argument is the variable `OTEL_PYTHON_AUDIT_<NAME>` in lower case, as a Python value or as the text the
    variable would hold; None and the empty string mean unset. Sizes are bytes, durations whole milliseconds. `enabled`
    is true by default, a deliberate exception to OpenTelemetry's false-is-default rule: installing is the opt-in.

    Raises:
        SettingsError: one line, `NAME=value: expected X`.
    """

    enabled: bool
    config_file: str
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    signals: tuple[str, ...]
    sampling: tuple[str, ...]
    location: tuple[str, ...]
    location_skip: tuple[str, ...]
    baggage: tuple[str, ...]
    max_span_events: int
    ring_size: int
    flush_interval: int
    log_stream: str
    log_format: Literal["auto", "json", "console"]
    redact: Literal["default", "strict", "off"]
    redact_key: bytes = field(repr=False)
    exit_signals: tuple[str, ...]
    exit_timeout: int
    children: bool
    startup: bool
    otlp: Literal["auto", "sdk"]
    core: Literal["auto", "c", "python"]
    processors: tuple[str, ...]
    """Import paths of the files' processors, in their order."""
    events: tuple[Event, ...]
    """The files' events, `OTEL_CONFIG_FILE` before ours where both define one."""
    _found: Mapping[str, _Found] = field(init=False, repr=False, compare=False)

    def __init__(
        self,
        *,
        enabled: Given = None,
        config_file: Given = None,
        include: Given = None,
        exclude: Given = None,
        signals: Given = None,
        sampling: Given = None,
        location: Given = None,
        location_skip: Given = None,
        baggage: Given = None,
        max_span_events: Given = None,
        ring_size: Given = None,
        flush_interval: Given = None,
        log_stream: Given = None,
        log_format: Given = None,
        redact: Given = None,
        redact_key: Given = None,
        exit_signals: Given = None,
        exit_timeout: Given = None,
        children: Given = None,
        startup: Given = None,
        otlp: Given = None,
        core: Given = None,
    ) -> None:
        arguments = locals()
        declaration = _variable(declarative.VARIABLE)
        declared = declarative.read(declaration) if declaration else ConfigFile("")
        named = _find(BY_NAME["config_file"], config_file, declared, ConfigFile(""))
        file = files.read(named.text, named.written) if named.text else ConfigFile("")
        found: dict[str, _Found] = {}
        for row in ROWS:
            found[row.name] = _find(row, arguments[row.name], declared, file)
            object.__setattr__(self, row.name, row.read(found[row.name].text, found[row.name].written))
        object.__setattr__(self, "processors", declared.processors + file.processors)
        object.__setattr__(self, "events", declarative.merged(declared, file))
        object.__setattr__(self, "_found", found)
        if self.enabled:
            self._check_stream()

    def _check_stream(self) -> None:
        row = BY_NAME["log_stream"]
        try:
            _probe(self.log_stream)
        except ValueError as error:
            raise row.error(self.written(row.name), self.log_stream, f"{row.expected} ({error})") from None

    def origin(self, name: str) -> Origin:
        """Where a setting came from."""
        return self._found[name].origin

    def written(self, name: str) -> str:
        """How the user wrote a setting's name: variable, option, or file and key."""
        return self._found[name].written

    def text(self, name: str) -> str:
        """A setting as its variable would hold it, for a child's environment. Of a secret, that is the secret."""
        row = BY_NAME[name]
        if row.secret:
            return self._found[name].text
        value = getattr(self, name)
        return "none" if name in ("signals", "location") and not value else row.text(value)

    def shown(self, name: str) -> str:
        """A setting as a report may show it."""
        text = self.text(name)
        return REDACTED if text and BY_NAME[name].secret else text


_BUILD_VARIABLES = frozenset({"OTEL_PYTHON_AUDIT_REQUIRE_C", "OTEL_PYTHON_AUDIT_BUILD_FLAGS"})
"""Read by the build, not here; no typo."""


def unknown_variables() -> list[str]:
    """One warning line for each variable with our prefix that no row knows; values are not shown."""
    known = {row.variable for row in ROWS}
    lines = []
    for name in sorted(os.environ):
        if not name.startswith(PREFIX) or name in known or name in _BUILD_VARIABLES:
            continue
        near = get_close_matches(name, sorted(known), n=1, cutoff=0.0)[0]
        lines.append(f"{name}: unknown variable (did you mean {near}?)")
    return lines


def environment() -> MutableMapping[str, str]:
    """The process's own, for what is handed to children and what was handed to this one."""
    return os.environ


def without_ours() -> dict[str, str]:
    """The environment without our own variables, for a child that is to know its settings from us."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}


def _variable(name: str) -> str:
    return os.environ.get(name, "").strip()


def disabled_by_sdk() -> bool:
    """`OTEL_SDK_DISABLED=true`: `opentelemetry-instrument` still calls instrumentors then."""
    return _variable("OTEL_SDK_DISABLED").lower() == "true"


def disabled_by_instrumentations() -> bool:
    """`OTEL_PYTHON_DISABLED_INSTRUMENTATIONS` names `audit`, or all by `*`."""
    return not {"audit", "*"}.isdisjoint(items(_variable("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS")))


def switched_off() -> str:
    """Which variable of OpenTelemetry's own keeps the bridge off; empty when none does."""
    if disabled_by_sdk():
        return "OTEL_SDK_DISABLED=true"
    if disabled_by_instrumentations():
        return "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS names audit"
    return ""


INSTALL_SDK = 'no OpenTelemetry SDK is configured: pip install "otel-audit[otlp]"'

_PIPELINES = {"span_events": "TRACES", "traces": "TRACES", "metrics": "METRICS", "logs": "LOGS"}


def exporter_names(signal: str) -> tuple[str, ...]:
    """`OTEL_{TRACES,METRICS,LOGS}_EXPORTER` of `span_events` or `traces`, `metrics`, `logs`; () when unset."""
    return items(_variable(exporter_variable(signal)))


def exporter_variable(signal: str) -> str:
    """Name of the variable that chooses a signal's exporters."""
    return f"OTEL_{_PIPELINES[signal]}_EXPORTER"


def _otlp(signal: str | None, what: str) -> str | None:
    specific = [_PIPELINES[signal]] if signal else ["TRACES", "METRICS", "LOGS"]
    names = [f"OTEL_EXPORTER_OTLP_{pipeline}_{what}" for pipeline in specific]
    order = [*names, f"OTEL_EXPORTER_OTLP_{what}"] if signal else [f"OTEL_EXPORTER_OTLP_{what}", *names]
    return next((value for value in map(_variable, order) if value), None)


def otlp_endpoint(signal: str | None = None) -> str | None:
    """Endpoint the OTLP variables name for a signal, its own before the common one; None asks whether any does."""
    return _otlp(signal, "ENDPOINT")


def otlp_protocol(signal: str | None = None) -> str | None:
    """`OTEL_EXPORTER_OTLP_PROTOCOL`, or the signal's own; None when unset."""
    return _otlp(signal, "PROTOCOL")


def export_is_configured() -> bool:
    """A file configures the SDK, or else an OTLP endpoint is named for any signal."""
    return not missing_provider() if _variable(declarative.VARIABLE) else bool(otlp_endpoint())


def missing_provider() -> str:
    """Why the file that is to configure the SDK configures none; empty without such a file, or when it does."""
    path = _variable(declarative.VARIABLE)
    return declarative.missing_provider(path) if path else ""


def missing_pipeline() -> str:
    """Why no OpenTelemetry SDK is configured, and what to do, in one line."""
    return missing_provider() or INSTALL_SDK


@contextmanager
def configuring(*, exporters: bool, bridge: bool) -> Iterator[None]:
    """Environment in which the command line sets OpenTelemetry up; undone at the end, children never see it.

    Args:
        exporters: those the variables name; otherwise signals without a variable of their own get none.
        bridge: whether our own instrumentor may run.
    """
    changes: dict[str, str] = {}
    if not exporters:
        names = (exporter_variable(signal) for signal in ("traces", "metrics", "logs"))
        changes.update((name, "none") for name in names if not _variable(name))
    if not bridge:
        disabled = items(_variable("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS"))
        changes["OTEL_PYTHON_DISABLED_INSTRUMENTATIONS"] = ",".join([*disabled, "audit"])
    if not exporters:  # the distro would set this one, and leave it
        changes["OTEL_EXPORTER_OTLP_PROTOCOL"] = _variable("OTEL_EXPORTER_OTLP_PROTOCOL") or "grpc"
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def variable(name: str) -> str | None:
    """Any variable, for what the user writes as `$NAME` on a command line."""
    return os.environ.get(name)


def no_color() -> bool:
    """`NO_COLOR` is set and not empty (no-color.org)."""
    return bool(os.environ.get("NO_COLOR"))
