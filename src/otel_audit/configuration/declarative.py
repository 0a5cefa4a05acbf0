"""OpenTelemetry's declarative configuration: the section `audit` of the file that `OTEL_CONFIG_FILE` names.

    instrumentation/development:
      python:
        audit:
          include: [default, filesystem]

The section says what our own configuration file can say. OpenTelemetry hands it to instrumentors too, but to those
alone, leaves out what is disabled, and then starts the disabled ones all the same; so it is read here, by
OpenTelemetry's own reader, which knows formats, versions and `${VARIABLE}`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from otel_audit.configuration import bounded_file
from otel_audit.configuration.file import LIMIT, ConfigFile, from_table
from otel_audit.configuration.rows import BY_NAME
from otel_audit.custom.attribute_types import KeyTypes
from otel_audit.errors import DefinitionError, SettingsError
from otel_audit.model import Event

VARIABLE = "OTEL_CONFIG_FILE"
SECTION = "instrumentation/development.python.audit"
_PROVIDERS = ("tracer_provider", "meter_provider", "logger_provider")


def read(path: str) -> ConfigFile:
    """What the file says of the bridge; nothing, where OpenTelemetry has no reader for such files.

    Without its reader (the package opentelemetry-configuration) OpenTelemetry configures nothing itself: that is its
    line to say, not ours.

    Raises:
        SettingsError: one line with the file, the key in it and what was expected.
    """
    try:
        section = _section(_model(path))
    except Exception as error:
        reason = (str(error).splitlines() or [type(error).__qualname__])[0]
        raise SettingsError(VARIABLE, path, f"a file that OpenTelemetry can read ({reason})") from None
    if section is None:
        return ConfigFile(path)
    if not isinstance(section, Mapping):
        raise SettingsError(f"{path}: {SECTION}", f"<{type(section).__name__}>", "a mapping of settings")
    if section.get("processors"):
        _check_trust(path)
    return from_table(path, section, f"{SECTION}.", (*BY_NAME, "processors", "events"))


def missing_provider(path: str) -> str:
    """Why a file leads to no export: what it lacks, or what lacks to read it; empty when it may well lead to one."""
    if not _can_read():
        return f'{VARIABLE} is set and cannot be read: pip install "opentelemetry-sdk[file-configuration]"'
    try:
        model = _model(path)
    except Exception:  # said elsewhere
        return ""
    if any(getattr(model, provider, None) is not None for provider in _PROVIDERS):
        return ""
    return f"{VARIABLE}={path} has no {', '.join(_PROVIDERS[:-1])} or {_PROVIDERS[-1]}"


def _can_read() -> bool:
    try:
        import opentelemetry.configuration  # noqa: F401
    except Exception:  # absent, or without one of its own dependencies
        return False
    return True


def _model(path: str) -> Any:
    """OpenTelemetry's model of the file; None without its reader."""
    if not _can_read():
        return None
    status = os.stat(path)  # noqa: PTH116 - may hold surrogates
    return _read_once(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=1)
def _read_once(path: str, mtime_ns: int, size: int) -> Any:
    """Settings and the command line ask one after the other, and checking the schema takes a while."""
    from opentelemetry.configuration import load_config_file

    return load_config_file(path)


def merged(declared: ConfigFile, file: ConfigFile) -> tuple[Event, ...]:
    """The events of both files; where both define one, that of `OTEL_CONFIG_FILE`.

    Raises:
        SettingsError: an attribute would have one type in the one and another in the other.
    """
    events = {event.name: event for event in (*file.events, *declared.events)}
    types = KeyTypes()
    for event in events.values():
        try:
            types.check(event)
        except DefinitionError as error:
            raise SettingsError(f"{declared.path}, {file.path}: {error.key}", error.value, error.expected) from None
    return tuple(events.values())


def _section(model: Any) -> Any:
    """`instrumentation/development`, `python`, `audit`; None when any of them is not there."""
    python = getattr(getattr(model, "instrumentation_development", None), "python", None)
    return python.get("audit") if isinstance(python, Mapping) else None


def _check_trust(path: str) -> None:
    """What names code to import must not be everybody's to write."""
    try:
        bounded_file.read(path, LIMIT, trusted=True)
    except ValueError as error:
        raise SettingsError(f"{path}: {SECTION}.processors", None, f"a file that is safe to trust ({error})") from None
