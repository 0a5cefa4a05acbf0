"""The configuration file: every setting, processors by import path, events of one's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, NamedTuple

from otel_audit.configuration import bounded_file, syntax
from otel_audit.configuration.rows import BY_NAME
from otel_audit.custom.attribute_types import KeyTypes
from otel_audit.custom.definitions import Argument, define
from otel_audit.errors import DefinitionError, SettingsError
from otel_audit.lazy import lazy
from otel_audit.model import Event

LIMIT = 256 << 10
"""Bytes of a file: hundreds of events; PyYAML takes a second for them."""
MAX_EVENTS = 512

_SETTING = BY_NAME["config_file"]
_PROCESSOR = lazy(r"\w+(?:\.\w+)*:\w+(?:\.\w+)*")
_EVENT_KEYS = ("name", "arguments", "severity", "text", "meaning")
_TOP_KEYS = (*(name for name in BY_NAME if name != _SETTING.name), "processors", "events")


class ConfigFile(NamedTuple):
    """What a file says.

    Args:
        path: as it was given.
        settings: text of each setting it has, as the variable would hold it.
        processors: import paths, `package.module:name`.
        events: rows of the group `custom`.
        section: where in the file all this is, with a dot at its end; empty for the whole file.
    """

    path: str
    settings: Mapping[str, str] = {}
    processors: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()
    section: str = ""

    def written(self, key: str) -> str:
        """How an error names a key."""
        return f"{self.path}: {self.section}{key}"


def read(path: str, written: str = "") -> ConfigFile:
    """Read a file. Nothing is imported or registered for it.

    Args:
        path: `.yaml` and `.yml` are YAML, everything else is TOML.
        written: how the user wrote the setting that names it; the variable by default.

    Raises:
        SettingsError: one line with the file, the key in it and what was expected.
    """
    try:
        # What may name code to import must not be everybody's to write.
        table = syntax.parse(path, bounded_file.read(path, LIMIT, trusted=True))
    except ValueError as error:
        raise _SETTING.error(written, path, f"{_SETTING.expected} ({error})") from None
    return from_table(path, table, "", _TOP_KEYS)


def from_table(path: str, table: Mapping[str, Any], section: str, known: Sequence[str]) -> ConfigFile:
    """Check what a file says of the bridge.

    Args:
        path: of the file.
        table: its part that is ours.
        section: where in the file that is, with a dot at its end; empty for all of it.
        known: keys it may have.

    Raises:
        SettingsError: as `read`.
    """
    where = f"{path}: {section}"
    return ConfigFile(
        path,
        _settings(where, table, known),
        _processors(where, table.get("processors")),
        _events(where, table.get("events")),
        section,
    )


def _settings(where: str, table: Mapping[str, Any], known: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in table.items():
        if key in ("processors", "events"):
            continue
        _check_key(where, key, known, "a setting, processors or events")
        row, written = BY_NAME[key], f"{where}{key}"
        text = row.text(value, written)
        if text and row.variable_only:
            raise SettingsError(written, text, f"{row.variable} in the environment, as nothing else is read for it")
        if text:
            row.read(text, written)
            found[key] = text
    return found


def _check_key(prefix: str, key: str, known: Sequence[str], expected: str) -> None:
    """The value is not shown: it may be a secret under a misspelt key."""
    if key not in known:
        near = get_close_matches(key.lower(), known, n=1)
        raise SettingsError(prefix + key, None, expected + (f" (did you mean {near[0]}?)" if near else ""))


def _list(where: str, key: str, value: object, expected: str) -> Sequence[Any]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise SettingsError(f"{where}{key}", f"<{type(value).__name__}>", expected)
    return value


def _processors(where: str, value: object) -> tuple[str, ...]:
    expected = "an import path such as package.module:name"
    found = _list(where, "processors", value, "a list of import paths such as package.module:name")
    for at, item in enumerate(found):
        if not isinstance(item, str) or not _PROCESSOR.fullmatch(item):
            shown = item if isinstance(item, str) else f"<{type(item).__name__}>"
            raise SettingsError(f"{where}processors[{at}]", shown, expected)
    return tuple(found)


def _events(where: str, value: object) -> tuple[Event, ...]:
    tables = _list(where, "events", value, "tables, each begun by [[events]]")
    if len(tables) > MAX_EVENTS:
        raise SettingsError(f"{where}events", f"<{len(tables)}>", f"at most {MAX_EVENTS}")
    found: dict[str, Event] = {}
    types = KeyTypes()
    for at, table in enumerate(tables):
        place = f"{where}events[{at}]"
        try:
            new = _event(place, table)
            if new.name in found:
                raise DefinitionError(new.name, "name", new.name, "each event once")
            types.check(new)
        except DefinitionError as error:
            raise SettingsError(f"{place}.{error.key}", error.value, error.expected) from None
        found[new.name] = new
    return tuple(found.values())


def _event(where: str, table: object) -> Event:
    given = _table(where, table, _EVENT_KEYS)
    arguments = given.pop("arguments", None)
    if arguments is None:
        arguments = []
    if isinstance(arguments, list):
        arguments = [_argument(f"{where}.arguments[{at}]", item) for at, item in enumerate(arguments)]
    return define(arguments=arguments, **given)


def _argument(where: str, item: object) -> Any:
    if not isinstance(item, dict):
        return item
    return Argument(**_table(where, item, Argument._fields))


def _table(where: str, table: object, known: Sequence[str]) -> dict[str, Any]:
    """Its keys that are set, checked."""
    if not isinstance(table, dict):
        raise SettingsError(where, f"<{type(table).__name__}>", f"a table with {', '.join(known)}")
    for key in table:
        _check_key(f"{where}.", key, known, ", ".join(known))
    if table.get("name") is None:
        raise SettingsError(f"{where}.name", None, "a name")
    return {key: value for key, value in table.items() if value is not None}
