"""One row per setting: variable, default, how its text is read, what an error says was expected."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import Literal, NamedTuple, Union

from otel_audit.configuration import bounded_file
from otel_audit.custom.attribute_names import is_reserved
from otel_audit.errors import REDACTED, SettingsError
from otel_audit.lazy import lazy
from otel_audit.termination import SIGNALS as EXIT_SIGNALS

PREFIX = "OTEL_PYTHON_AUDIT_"
SIGNALS = ("span_events", "metrics", "logs")
STREAMS = ("none", "stderr", "stdout")
FILE_SCHEME = "file:"
KEY_MIN = 16
"""Characters of a redaction key; what is shorter can be guessed from a few markers."""
KEY_LIMIT = 4096

Given = Union[str, bool, int, "os.PathLike[str]", Iterable[str], Mapping[str, object], None]
"""What an argument of `Settings` may be; text is read exactly as the variable would be."""

Shape = Literal["one", "list", "table"]


class Row(NamedTuple):
    """One setting.

    Args:
        name: argument of `Settings`; the variable is `OTEL_PYTHON_AUDIT_` and this in upper case.
        default: as the variable would hold it.
        parse: raises ValueError, with a reason or without.
        expected: how the error line goes on after "expected".
        meaning: one line for `doctor` and the documentation.
        shape: what it may be as a Python value: one value, also a list, or also a table.
        secret: no line shows its value.
        flag: its option needs no value to be true.
        variable_only: no option and no key of a file: what asks for it reads nothing but the environment.
    """

    name: str
    default: str
    parse: Callable[[str], object]
    expected: str
    meaning: str
    shape: Shape = "one"
    secret: bool = False
    flag: bool = False
    variable_only: bool = False

    @property
    def variable(self) -> str:
        return PREFIX + self.name.upper()

    def read(self, text: str, written: str = "") -> object:
        """Read the text of a variable.

        Args:
            text: what was given.
            written: how the user wrote the setting's name; the variable by default.

        Raises:
            SettingsError: one line.
        """
        try:
            return self.parse(text)
        except ValueError as error:
            reason = f" ({error})" if str(error) else ""
            raise self.error(written, text, self.expected + reason) from None

    def text(self, given: object, written: str = "") -> str:
        """A Python value as the variable would hold it: one way of reading for all origins. Empty means unset."""
        if given is None:
            return ""
        if isinstance(given, Mapping) and self.shape == "table":
            return ",".join(f"{key}={_plain(value, self, written)}" for key, value in _flat(given))
        if isinstance(given, (list, tuple, set, frozenset)) and self.shape != "one":
            return ",".join(_plain(item, self, written) for item in given)
        return _plain(given, self, written)

    def error(self, written: str, value: str, expected: str) -> SettingsError:
        """What is said of a value that cannot be used."""
        return SettingsError(written or self.variable, REDACTED if self.secret else value, expected)


def _plain(given: object, row: Row, written: str) -> str:
    if isinstance(given, str):
        return given.strip()
    if isinstance(given, bool):
        return str(given).lower()
    if isinstance(given, (int, float)):
        return str(given)
    if isinstance(given, os.PathLike):
        return os.fsdecode(given)
    raise row.error(written, f"<{type(given).__name__}>", row.expected) from None


def _flat(table: Mapping[object, object], prefix: str = "") -> Iterable[tuple[str, object]]:
    """`socket.connect = "all"` without quotes is a table in a table to TOML."""
    for key, value in table.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def boolean(text: str) -> bool:
    """`true` or `false`, in any case."""
    lowered = text.lower()
    if lowered not in {"true", "false"}:
        raise ValueError
    return lowered == "true"


def items(text: str) -> tuple[str, ...]:
    """A comma list."""
    return tuple(item for item in (part.strip() for part in text.split(",")) if item)


def _signals(text: str) -> tuple[str, ...]:
    given = [item.lower() for item in items(text)]
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


def _exit_signals(text: str) -> tuple[str, ...]:
    """Names as `kill` takes them: in any case, with `SIG` or without."""
    given = {item: f"SIG{item.upper().removeprefix('SIG')}" for item in items(text)}
    unknown = [item for item, name in given.items() if name not in EXIT_SIGNALS]
    if unknown:
        raise ValueError(f"{unknown[0]} is not one of them")
    return tuple(dict.fromkeys(given.values()))


_BAGGAGE_KEY = lazy(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
"""A token of HTTP, as W3C Baggage wants; what is longer leaves no room for its value."""


def _baggage(text: str) -> tuple[str, ...]:
    keys = tuple(dict.fromkeys(items(text)))
    for key in keys:
        if not _BAGGAGE_KEY.fullmatch(key):
            raise ValueError(f"{key} is no key of baggage")
        if is_reserved(key):
            raise ValueError(f"{key} is reserved: every record may have an attribute of that name")
    return keys


def _location(text: str) -> tuple[str, ...]:
    """`none` stands alone; selectors are read by the plan, which knows them."""
    given = items(text)
    if any(item.lower() == "none" for item in given):
        if len(given) > 1:
            raise ValueError("none stands alone")
        return ()
    return given


def _code_paths(text: str) -> tuple[str, ...]:
    for item in items(text):
        if not os.path.isabs(item.removeprefix("!")):  # noqa: PTH117 - it may hold surrogates
            raise ValueError(f"{item} is not absolute")
    return items(text)


def _key(text: str) -> bytes:
    """The bytes of a redaction key. Errors must not show it, nor a path that is one by mistake."""
    if not text:
        return b""
    found = text.encode("utf-8", "surrogateescape")
    if text.startswith(FILE_SCHEME):
        found = bounded_file.read(text[len(FILE_SCHEME) :], KEY_LIMIT).strip()
    if len(found) < KEY_MIN:
        raise ValueError(f"it is shorter than {KEY_MIN}")
    return found


_SELECTORS = "a comma list of groups, event names and globs"

ROWS = (
    Row("enabled", "true", boolean, "true or false", "whether the bridge starts at all"),
    Row("config_file", "", str, "a TOML or YAML file", "file with settings, processors and events of one's own"),
    Row("include", "default", items, _SELECTORS, "groups, event names and globs to record", "list"),
    Row("exclude", "", items, _SELECTORS, "groups, event names and globs to ignore; wins over include", "list"),
    Row(
        "signals",
        ",".join(SIGNALS),
        _signals,
        f"a comma list of {', '.join(SIGNALS)}, or none",
        "where events go through OpenTelemetry",
        "list",
    ),
    Row("sampling", "", items, "a comma list of selector=rule", "which bodies are kept, by selector", "table"),
    Row(
        "location",
        "event_loop",
        _location,
        "a comma list of event_loop, groups, event names and globs, each alone or with a ratio (open=0.1), or none",
        "events whose records say where in the application they came from",
        "table",
    ),
    Row(
        "location_skip",
        "",
        _code_paths,
        "a comma list of absolute paths, those of the application after all with a ! before them",
        "paths of code that is not the application, beside the standard library and site-packages",
        "list",
    ),
    Row(
        "baggage",
        "",
        _baggage,
        "a comma list of baggage keys, such as user.id",
        "baggage keys whose values stand on every record of a span",
        "list",
    ),
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
    Row(
        "redact_key",
        "",
        _key,
        f"at least {KEY_MIN} characters, or {FILE_SCHEME} and the path of a file that holds them",
        "secret by which equal secrets get equal marks",
        secret=True,
    ),
    Row(
        "exit_signals",
        "",
        _exit_signals,
        f"a comma list of {', '.join(EXIT_SIGNALS)}",
        "signals before whose end of the process everything is delivered",
        "list",
    ),
    Row(
        "exit_timeout",
        "2000",
        _whole(100, 600_000),
        "a whole number of milliseconds from 100 to 600000",
        "milliseconds that the last delivery may hold up the end of the process",
    ),
    Row(
        "children",
        "false",
        boolean,
        "true or false",
        "whether Python programs that this one starts are recorded too, in the trace that started them",
        flag=True,
    ),
    Row(
        "startup",
        "false",
        boolean,
        "true or false",
        "whether the start-up file arms the bridge; it reads the variable only",
        variable_only=True,
    ),
    Row(
        "otlp",
        "auto",
        _choice("auto", "sdk"),
        "auto or sdk",
        "who encodes log records for the SDK's own OTLP pipeline: the bridge, or always the SDK",
    ),
    Row("core", "auto", _choice("auto", "c", "python"), "auto, c or python", "implementation of the hook"),
)
"""`enabled` is true by default, a deliberate exception to OpenTelemetry's rule that booleans default to false:
installing the package is the opt-in, and `OTEL_PYTHON_AUDIT_ENABLED=false` the way out."""

BY_NAME = {row.name: row for row in ROWS}
