"""The only reader of the environment: one row per variable, and questions about OpenTelemetry's own variables."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Literal, Union

from otel_audit.errors import SettingsError

PREFIX = "OTEL_PYTHON_AUDIT_"
SIGNALS = ("span_events", "metrics", "logs")
STREAMS = ("none", "stderr", "stdout")

Origin = Literal["argument", "environment", "default"]
Given = Union[str, bool, int, "os.PathLike[str]", Iterable[str], Mapping[str, object], None]
"""What an argument of `Settings` may be; text is read exactly as the variable would be."""


def _boolean(text: str) -> bool:
    lowered = text.lower()
    if lowered not in {"true", "false"}:
        raise ValueError
    return lowered == "true"


def _items(text: str) -> tuple[str, ...]:
    return tuple(item for item in (part.strip() for part in text.split(",")) if item)


def _signals(text: str) -> tuple[str, ...]:
    given = [item.lower() for item in _items(text)]
    if given == ["none"]:
        return ()
    unknown = [item for item in given if item not in SIGNALS]
    if unknown or not given:
        raise ValueError(f"{unknown[0]} is not one of them" if unknown else "")
    return tuple(signal for signal in SIGNALS if signal in given)


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        # int() would also take 1_000, +5 and other scripts' digits; 20 digits bound its cost.
        if not (text.isascii() and text.isdigit() and len(text) <= 20 and low <= int(text) <= high):
            raise ValueError
        return int(text)

    return parse


def _choice(*allowed: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text.lower() not in allowed:
            raise ValueError
        return text.lower()

    return parse


def _stream(text: str) -> str:
    return text.lower() if text.lower() in STREAMS else text


def _probe(stream: str) -> None:
    """Open for appending once, so that a bad path refuses the start instead of losing records later."""
    if stream in STREAMS:
        return
    # Without O_NONBLOCK a named pipe nobody reads would stop the application here.
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        os.close(os.open(stream, flags, 0o666))
    except OSError as error:
        raise ValueError(error.strerror or type(error).__name__) from error


@dataclass(frozen=True)
class Row:
    """One setting.

    Args:
        name: argument of `Settings`; the variable is `OTEL_PYTHON_AUDIT_` and this in upper case.
        default: as the variable would hold it.
        parse: raises ValueError, with a reason or without.
        expected: how the error line goes on after "expected".
        meaning: one line for `doctor` and the documentation.
    """

    name: str
    default: str
    parse: Callable[[str], object]
    expected: str
    meaning: str

    @property
    def variable(self) -> str:
        return PREFIX + self.name.upper()

    def read(self, text: str) -> object:
        """Raises SettingsError."""
        try:
            return self.parse(text)
        except ValueError as error:
            reason = f" ({error})" if str(error) else ""
            raise SettingsError(self.variable, text, self.expected + reason) from None


_SELECTORS = "a comma list of groups, event names and globs"

ROWS = (
    Row("enabled", "true", _boolean, "true or false", "whether the bridge starts at all"),
    Row("include", "default", _items, _SELECTORS, "groups, event names and globs to record"),
    Row("exclude", "", _items, _SELECTORS, "groups, event names and globs to ignore; wins over include"),
    Row(
        "signals",
        ",".join(SIGNALS),
        _signals,
        f"a comma list of {', '.join(SIGNALS)}, or none",
        "where events go through OpenTelemetry",
    ),
    Row("sampling", "", _items, "a comma list of selector=rule", "which bodies are kept, by selector"),
    Row("max_span_events", "64", _whole(0, 1024), "a whole number from 0 to 1024", "span events per span, 0 for none"),
    Row(
        "ring_size",
        str(4 << 20),
        _whole(1 << 16, 1 << 30),
        f"a whole number of bytes from {1 << 16} to {1 << 30}",
        "bytes between hook and background thread, rounded up to a power of two",
    ),
    Row(
        "flush_interval",
        "1000",
        _whole(10, 3_600_000),
        "a whole number of milliseconds from 10 to 3600000",
        "milliseconds between two drains",
    ),
    Row("log_stream", "none", _stream, "none, stderr, stdout or a writable file", "structured log stream"),
    Row("log_format", "auto", _choice("auto", "json", "console"), "auto, json or console", "form of the log stream"),
    Row("redact", "default", _choice("default", "strict", "off"), "default, strict or off", "what is masked"),
    Row("core", "auto", _choice("auto", "c", "python"), "auto, c or python", "implementation of the hook"),
)
"""`enabled` is true by default, a deliberate exception to OpenTelemetry's rule that booleans default to false:
installing the package is the opt-in, and `OTEL_PYTHON_AUDIT_ENABLED=false` the way out."""

_BY_NAME = {row.name: row for row in ROWS}


def _as_text(row: Row, given: object) -> str:
    """An argument as the variable would hold it: one way of reading for all origins. Empty means unset."""
    if given is None:
        return ""
    if isinstance(given, str):
        return given.strip()
    if isinstance(given, bool):
        return str(given).lower()
    if isinstance(given, (int, float)):
        return str(given)
    if isinstance(given, os.PathLike):
        return os.fsdecode(given)
    if isinstance(given, Mapping):
        return ",".join(f"{key}={value}" for key, value in given.items())
    if isinstance(given, (list, tuple, set, frozenset)):
        return ",".join(map(str, given))
    raise SettingsError(row.variable, f"<{type(given).__name__}>", row.expected)


@dataclass(frozen=True, init=False)
class Settings:
    """What the user decided: arguments before environment before default.

    Every argument is the variable `OTEL_PYTHON_AUDIT_<NAME>` in lower case, as a Python value or as the text the
    variable would hold; None and the empty string mean unset. Sizes are bytes, durations whole milliseconds. `enabled`
    is true by default, a deliberate exception to OpenTelemetry's false-is-default rule: installing is the opt-in.

    Raises:
        SettingsError: one line, `NAME=value: expected X`.
    """

    enabled: bool
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    signals: tuple[str, ...]
    sampling: tuple[str, ...]
    max_span_events: int
    ring_size: int
    flush_interval: int
    log_stream: str
    log_format: Literal["auto", "json", "console"]
    redact: Literal["default", "strict", "off"]
    core: Literal["auto", "c", "python"]
    _origins: Mapping[str, Origin] = field(init=False, repr=False, compare=False)

    def __init__(
        self,
        *,
        enabled: Given = None,
        include: Given = None,
        exclude: Given = None,
        signals: Given = None,
        sampling: Given = None,
        max_span_events: Given = None,
        ring_size: Given = None,
        flush_interval: Given = None,
        log_stream: Given = None,
        log_format: Given = None,
        redact: Given = None,
        core: Given = None,
    ) -> None:
        arguments = locals()
        origins: dict[str, Origin] = {}
        for row in ROWS:
            origin, text = _first_set(row, arguments[row.name])
            origins[row.name] = origin
            object.__setattr__(self, row.name, row.read(text))
        object.__setattr__(self, "_origins", origins)
        if self.enabled:  # a bridge that is off creates no file
            _check_stream(self.log_stream)

    def origin(self, name: str) -> Origin:
        """Where a setting came from."""
        return self._origins[name]

    def text(self, name: str) -> str:
        """A setting as its variable would hold it."""
        value = getattr(self, name)
        if name == "signals" and not value:
            return "none"
        return _as_text(_BY_NAME[name], value)


def _first_set(row: Row, given: object) -> tuple[Origin, str]:
    argument = _as_text(row, given)
    if argument:
        return "argument", argument
    environment = os.environ.get(row.variable, "").strip()
    if environment:
        return "environment", environment
    return "default", row.default


def _check_stream(stream: str) -> None:
    row = _BY_NAME["log_stream"]
    try:
        _probe(stream)
    except ValueError as error:
        raise SettingsError(row.variable, stream, f"{row.expected} ({error})") from None


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


def _variable(name: str) -> str:
    return os.environ.get(name, "").strip()


def disabled_by_sdk() -> bool:
    """`OTEL_SDK_DISABLED=true`: `opentelemetry-instrument` still calls instrumentors then."""
    return _variable("OTEL_SDK_DISABLED").lower() == "true"


def disabled_by_instrumentations() -> bool:
    """`OTEL_PYTHON_DISABLED_INSTRUMENTATIONS` names `audit`, or all by `*`."""
    return not {"audit", "*"}.isdisjoint(_items(_variable("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS")))


def switched_off() -> str:
    """Which variable of OpenTelemetry's own keeps the bridge off; empty when none does."""
    if disabled_by_sdk():
        return "OTEL_SDK_DISABLED=true"
    if disabled_by_instrumentations():
        return "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS names audit"
    return ""


_PIPELINES = {"span_events": "TRACES", "traces": "TRACES", "metrics": "METRICS", "logs": "LOGS"}


def exporter_names(signal: str) -> tuple[str, ...]:
    """`OTEL_{TRACES,METRICS,LOGS}_EXPORTER` of `span_events` or `traces`, `metrics`, `logs`; () when unset."""
    return _items(_variable(exporter_variable(signal)))


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


def is_given(name: str) -> bool:
    """Whether the variable of a setting is set."""
    return bool(_variable(_BY_NAME[name].variable))


def export_is_configured() -> bool:
    """An OTLP endpoint is named for any signal, or a file configures the SDK."""
    return bool(otlp_endpoint() or _variable("OTEL_CONFIG_FILE"))


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
        disabled = _items(_variable("OTEL_PYTHON_DISABLED_INSTRUMENTATIONS"))
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


def no_color() -> bool:
    """`NO_COLOR` is set and not empty (no-color.org)."""
    return bool(os.environ.get("NO_COLOR"))
