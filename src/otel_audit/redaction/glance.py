"""What tells of a command line, or of a whole record, at a glance that it holds no secret: most hold none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from otel_audit.compiled import optional_extension
from otel_audit.lazy import lazy
from otel_audit.model import AttributeValue
from otel_audit.redaction.keys import key_kind
from otel_audit.redaction.program_rows import NAMES, SETTERS
from otel_audit.redaction.programs import FAMILY_BEGINNINGS, SUFFIXES, Program, programs
from otel_audit.redaction.suspicion import suspicious
from otel_audit.redaction.walk import NAME_LIMIT, option_kind

_LOWERED = frozenset(map(str.lower, NAMES | SETTERS))
"""Words behind which a secret may stand without an option that says so."""
_NUMBERS = frozenset((int, float, bool))
_NOTABLE_PARTS = (*FAMILY_BEGINNINGS, "/pass", "/pwd")
_PIECE = lazy(r"-{1,2}[\w.:/@-]+|[A-Za-z0-9_.+-]+")


def announces(text: str) -> bool:
    """Whether a word of the text is one that a walk would stop at."""
    lowered = text.lower()
    for part in _NOTABLE_PARTS:
        if part in lowered:
            return True
    pieces = _PIECE.findall(text)
    options = [piece for piece in pieces if piece[0] == "-"]
    for option in options:
        if option_kind(option[:NAME_LIMIT]):
            return True
    words = set(map(str.lower, pieces))
    words.update([word[: -len(SUFFIXES[0])] for word in words if word.endswith(SUFFIXES)])
    if not SETTERS.isdisjoint(words):
        return True
    return any(_takes(programs()[name], words, options) for name in words & NAMES)


def _takes(program: Program, words: set[str], options: list[str]) -> bool:
    """Whether a program that is named in the text may take a secret from the words and options beside it."""
    if program.after or program.windows:
        return True
    if program.when and program.when.isdisjoint(words):
        return False
    beginnings = ("-",) if program.cluster else tuple(program.options)
    return any(option.startswith(beginnings) for option in options)


@lru_cache(maxsize=1024)
def _begins_secret(word: str) -> bool:
    """Whether an option, or a word behind a slash, announces a secret without a program that says so."""
    return bool(option_kind(word) if word[0] == "-" else key_kind(word[1:]))


def _may_announce(item: str) -> bool:
    if item[:1] != "-" and (item[:1] != "/" or "/" in item[1:]):
        return False
    return len(item) > NAME_LIMIT or _begins_secret(item)


def _names_program(item: str) -> bool:
    name = item.rpartition("/")[2].lower()
    return name in _LOWERED or name.endswith(SUFFIXES) or name.startswith(FAMILY_BEGINNINGS)


def plain(items: Sequence[str]) -> bool:
    """Whether one look at all arguments tells that none is a secret.

    No option that announces one, no program that takes one, no suspicion.
    """
    joined = "\0".join(items)
    if suspicious(joined) or "\\" in joined:
        return False
    return not any(_may_announce(item) or _names_program(item) for item in items)


def calm_in_python(attributes: dict[str, AttributeValue], keys: set[str], /) -> bool:
    """Whether certainly none of the attributes holds a secret, at level default and in a catalogued event.

    Args:
        attributes: all of a record.
        keys: those that announce no secret; others are not looked at, and so not certain.
    """
    for key, value in attributes.items():
        if type(value) is str:
            if key not in keys or suspicious(value):
                return False
        elif type(value) is list:
            if key not in keys or not all(type(item) is str for item in value) or not plain(value):
                return False
        elif type(value) not in _NUMBERS:
            return False
    return True


calm: Callable[[dict[str, AttributeValue], set[str]], bool] = calm_in_python
"""The same by the C code where it was compiled, which is certain less often."""
_calm = optional_extension("otel_audit.redaction._calm")
if _calm is not None:
    _calm.bind(_LOWERED, FAMILY_BEGINNINGS, SUFFIXES, _begins_secret)
    calm = _calm.calm
