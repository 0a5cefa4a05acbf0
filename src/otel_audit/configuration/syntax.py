"""From the bytes of a configuration file to tables: TOML, or YAML where PyYAML is installed."""

from __future__ import annotations

import sys
from typing import Any

_YAML_SUFFIXES = (".yaml", ".yml")
_YAML_TYPES = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map"))
_YAML_NULL = frozenset(("", "~", "null", "Null", "NULL"))


def parse(path: str, data: bytes) -> dict[str, Any]:
    """The file's top table. The suffix tells YAML; everything else is TOML.

    Raises:
        ValueError: where and why it cannot be read, in one line. It quotes nothing of the file, which may hold a key.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start} is not UTF-8") from None
    try:
        return _yaml(text) if path.lower().endswith(_YAML_SUFFIXES) else _toml(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _toml(text: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        try:
            import tomli as tomllib
        except ImportError:
            raise ValueError("TOML on Python 3.10 needs tomli: pip install tomli") from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(str(error)) from None


def _yaml(text: str) -> dict[str, Any]:
    try:
        import yaml
    except ImportError:
        raise ValueError("YAML needs PyYAML: pip install pyyaml, or write TOML") from None
    try:
        # Resolves no type: `off` stays the word, as in a variable, and no constructor runs.
        node = yaml.BaseLoader(text).get_single_node()
    except yaml.YAMLError as error:
        raise ValueError(_yaml_problem(error)) from None
    found = _YamlTree().value(node)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise ValueError("not a mapping of keys to values")
    return found


def _yaml_problem(error: Any) -> str:
    """The error's own text would quote the lines around it."""
    mark = getattr(error, "problem_mark", None)
    where = f" (at line {mark.line + 1}, column {mark.column + 1})" if mark is not None else ""
    said = ", ".join(text for text in (getattr(error, "context", None), getattr(error, "problem", None)) if text)
    return f"{said or 'not YAML'}{where}"


class _YamlTree:
    """Turns nodes into values. No aliases: a few lines of them can stand for billions of items."""

    def __init__(self) -> None:
        self._seen: set[int] = set()

    def value(self, node: Any) -> Any:
        if node is None:
            return None
        line = node.start_mark.line + 1
        if id(node) in self._seen:
            raise ValueError(f"an alias to line {line}; aliases are not read")
        self._seen.add(id(node))
        if node.tag not in _YAML_TYPES:
            raise ValueError(f"a tag at line {line}; tags are not read")
        if node.id == "scalar":
            return None if node.style is None and node.value in _YAML_NULL else node.value
        if node.id == "sequence":
            return [self.value(item) for item in node.value]
        return self._table(node)

    def _table(self, node: Any) -> dict[str, Any]:
        table: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self.value(key_node)
            line = key_node.start_mark.line + 1
            if not isinstance(key, str):
                raise ValueError(f"a key at line {line} that is no text")
            if key in table:
                raise ValueError(f"a key twice, at line {line}")
            table[key] = self.value(value_node)
        return table
