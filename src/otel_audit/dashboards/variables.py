"""Variables of a dashboard: what they may be, what is chosen, and how a value is written into a query, as Grafana does.

Source of the rules: Grafana's documentation of template variables and of its Prometheus and Loki data sources.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from otel_audit.errors import AuditError

_PLACE = re.compile(r"\$(\w+)|\$\{(\w+)(?::(\w+))?\}|\[\[(\w+)(?::(\w+))?\]\]")
_SPECIAL = re.compile(r"[$^*{}\[\]'+?.()|]")
_POINTS = 1000
"""Values over time that a panel of a usual width asks for."""
_ALL = "$__all"


class VariableError(AuditError):
    """A query needs a variable that has no value; its text is one line."""


class Choice(NamedTuple):
    """What a variable is set to.

    Args:
        values: those chosen.
        raw: of a custom `All`: written as it is.
        several: whether more than one could be chosen; such values are escaped for a regular expression.
    """

    values: tuple[str, ...]
    raw: bool = False
    several: bool = False


def times(range_s: int, scrape_s: int, *, start: int, end: int) -> dict[str, str]:
    """The built-in variables of a time range.

    Args:
        range_s: seconds.
        scrape_s: seconds between two samples: the dashboards' Export interval.
        start: seconds since the Unix epoch.
        end: the same.
    """
    interval = step(range_s, scrape_s)
    return {
        "__range": f"{range_s}s",
        "__range_s": str(range_s),
        "__range_ms": str(range_s * 1000),
        "__interval": f"{interval}s",
        "__interval_ms": str(interval * 1000),
        "__auto": f"{interval}s",
        "__rate_interval": f"{max(interval + scrape_s, 4 * scrape_s)}s",
        "__rate_interval_ms": str(max(interval + scrape_s, 4 * scrape_s) * 1000),
        "__from": str(start * 1000),
        "__to": str(end * 1000),
    }


def step(range_s: int, scrape_s: int) -> int:
    """Seconds between two values of a panel."""
    return max(scrape_s, -(-range_s // _POINTS))


def substituted(text: str, choices: Mapping[str, Choice], built_in: Mapping[str, str], *, loki: bool) -> str:
    """A query as the data source gets it.

    Args:
        text: with `$name`, `${name}`, `${name:format}` or `[[name]]`.
        choices: of the dashboard's variables.
        built_in: of `times`.
        loki: write several values as Loki's data source does.

    Raises:
        VariableError: a variable has no value, or the format is none of those that queries use.
    """

    def value(found: re.Match[str]) -> str:
        name = next(group for group in (found[1], found[2], found[4]) if group)
        if name in built_in:
            return built_in[name]
        choice = choices.get(name)
        if choice is None:
            return found[0]  # as Grafana leaves it
        if not choice.values:
            raise VariableError(f"the variable {name} has no value")
        return _written(choice, found[3] or found[5], loki)

    return _PLACE.sub(value, text)


def _written(choice: Choice, how: str | None, loki: bool) -> str:
    if choice.raw:
        return choice.values[0]
    if how is None:
        if not choice.several:
            return choice.values[0].replace("\\", "\\\\").replace("'", "\\\\'")
        escaped = [_SPECIAL.sub(r"\\\\\g<0>", value.replace("\\", "\\\\\\\\")) for value in choice.values]
        return escaped[0] if len(escaped) == 1 else "|".join(escaped) if loki else f"({'|'.join(escaped)})"
    if how not in _FORMATS:
        raise VariableError(f"the format {how} is not known here")
    return _FORMATS[how](choice.values)


def _as_regex(values: Sequence[str]) -> str:
    escaped = [re.sub(r"[\\^$*+?.()|[\]{}/]", r"\\\g<0>", value) for value in values]
    return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"


_FORMATS: Mapping[str, Callable[[Sequence[str]], str]] = {
    "pipe": "|".join,
    "csv": ",".join,
    "raw": ",".join,
    "regex": _as_regex,
}


def choose(model: Mapping[str, Any], options: Sequence[str], wanted: re.Pattern[str] | None = None) -> Choice:
    """What a variable is set to when the dashboard opens, or what was asked for.

    Args:
        model: the variable of the JSON.
        options: what its query found.
        wanted: choose the options that match as a whole instead.
    """
    several = bool(model.get("multi") or model.get("includeAll"))
    if wanted is not None:
        found = tuple(option for option in options if wanted.fullmatch(option))
        return Choice(found if model.get("multi") else found[:1], several=several)
    current = (model.get("current") or {}).get("value") or ""
    current = current[0] if isinstance(current, list) and current else current
    if model.get("includeAll") and current in (_ALL, ""):
        everything = model.get("allValue")
        return Choice((everything,), raw=True) if everything else Choice(tuple(options), several=several)
    if model.get("type") == "textbox":
        return Choice(tuple(filter(None, (str(current or model.get("query") or ""),))))
    return Choice((str(current),) if current else tuple(options[:1]), several=several)


def matches(texts: Sequence[str], regex: str) -> list[str]:
    """Options that a variable's regular expression takes out of what its query found.

    Args:
        texts: values, or series as text.
        regex: `/.../`, whose first group is the option; empty takes the texts themselves.
    """
    if not regex:
        return sorted(set(filter(None, texts)))
    pattern = re.compile(regex[1:].rpartition("/")[0] if regex.startswith("/") else regex)
    found = (pattern.search(text) for text in texts)
    return sorted({(match[1] if pattern.groups else match[0]) or "" for match in found if match} - {""})
